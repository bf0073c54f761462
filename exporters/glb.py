"""Binary glTF through Blender. Format: ``docs/formats/glb.md``."""

from backend.take import Take
from exporters.blender import through_blender
from exporters.options import Options


def glb(take: Take, options: Options) -> bytes:
    """A head with morph targets, skeleton and one animation, a key per frame, starting at time zero.

    Loses what FBX loses, and the frame rate: glTF keeps the seconds of every key alone.

    Raises:
        FaceError: the artist's head cannot be read or has no shape that matches a channel.
        MissingError: Blender's Python module is not installed.
        OutputError: Blender failed, or the file did not read back as written.
    """
    return through_blender(take, options, ".glb")
