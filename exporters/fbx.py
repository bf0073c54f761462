"""FBX through Blender. Format: ``docs/formats/fbx.md``."""

from backend.take import Take
from exporters.blender import through_blender
from exporters.options import Options


def fbx(take: Take, options: Options) -> bytes:
    """A head with shape keys, skeleton and one animation, a key per frame, starting at time zero.

    Loses the direction, the emotion, the words and phones; channels that the head has no shape or
    bone for; and, on an artist's own head, modifiers other than the skeleton and animation it had.

    Raises:
        FaceError: the artist's head cannot be read or has no shape that matches a channel.
        MissingError: Blender's Python module is not installed.
        OutputError: Blender failed, or the file did not read back as written.
    """
    return through_blender(take, options, ".fbx")
