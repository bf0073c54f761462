"""Exporters turn a take into the bytes of one file format; only :func:`export` opens files."""

from dataclasses import replace
from pathlib import Path

from backend.errors import DirectionError
from backend.face.convert import convert
from backend.files import write_atomically
from backend.registry import Registry
from backend.take import Take
from exporters.options import Exporter, Options

EXPORTERS: Registry[Exporter] = Registry(
    "file format",
    {
        ".take": "exporters.take:take",
        ".fbx": "exporters.fbx:fbx",
        ".glb": "exporters.glb:glb",
        ".csv": "exporters.csv:csv",
        ".npz": "exporters.npz:npz",
        ".mp4": "exporters.video:video",
        ".sheet.png": "exporters.sheet:sheet",
        ".plot.png": "exporters.plot:plot",
    },
)

ANY_RIG = (".take", ".npz")  # the others carry ``arkit``


def export(take: Take, path: Path, options: Options | None = None) -> None:
    """Write a take in the format that the file's suffix names; all of it, or nothing.

    A take in a rig that the format cannot carry is converted to ``arkit``, and a note says so.

    Raises:
        DirectionError: no exporter has that suffix, or nothing leads from the take's rig to one that the format carries.
        FaceError: the artist's head cannot be used.
        MissingError: the format needs an optional part that is not installed.
        OutputError: the file cannot be written, or did not read back as written.
    """
    suffix, options = suffix_of(path), options or Options()
    if suffix not in ANY_RIG and take.motion.rig.name != "arkit":
        options.note(f"{suffix} files carry rig 'arkit': the take was converted from '{take.motion.rig.name}'.")
        take = replace(take, motion=convert(take.motion, "arkit"))
    write_atomically(path, EXPORTERS[suffix](take, options))


def suffix_of(path: Path) -> str:
    """The longest known suffix that the file name ends with.

    Raises:
        DirectionError: there is none.
    """
    name = path.name.lower()
    fitting = [suffix for suffix in EXPORTERS if name.endswith(suffix)]
    if fitting:
        return max(fitting, key=len)
    if name.endswith(".png"):
        raise DirectionError(f"a picture of a take is a contact sheet or a plot: end '{path.name}' in .sheet.png or .plot.png.")
    raise DirectionError(f"'{path.name}' does not say its format: end it in {', '.join(EXPORTERS)}.")


__all__ = ["EXPORTERS", "Exporter", "Options", "export", "suffix_of"]
