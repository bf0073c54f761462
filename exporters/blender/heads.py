"""The artist's own character: which file it is, and loading it into Blender."""

import gzip
import shutil
import zlib
from pathlib import Path

from backend.errors import FaceError
from exporters.blender.curves import Thing

_READABLE = (".blend", ".fbx", ".glb", ".gltf")


def find_head(path: Path, folder: Path) -> Path:
    """The file to open: ``path``, the one head inside it, or its unpacked copy in ``folder``.

    Raises:
        FaceError: there is nothing there, nothing readable, or more than one head.
    """
    file = _only_head(path) if path.is_dir() else path
    if not file.is_file():
        raise FaceError(f"there is no head at {path}: give a {', '.join(_READABLE)} file, or a folder that holds one.")
    if not _is_head(file):
        raise FaceError(f"'{file.name}' is no head that Mien can open: give a {', '.join(_READABLE)} file.")
    return _unpacked(file, folder) if file.suffix.lower() == ".gz" else file.resolve()


def _is_head(file: Path) -> bool:
    name = file.name.lower().removesuffix(".gz")
    return name.endswith(_READABLE) and file.is_file()


def _only_head(folder: Path) -> Path:
    heads = sorted(file for file in folder.iterdir() if _is_head(file))
    if len(heads) != 1:
        found = f"holds {len(heads)} heads ({', '.join(file.name for file in heads)})" if heads else "holds no head"
        raise FaceError(f"the folder {folder} {found}: name one {', '.join(_READABLE)} file.")
    return heads[0]


def _unpacked(file: Path, folder: Path) -> Path:
    target = folder / f"head{Path(file.stem).suffix.lower()}"
    try:
        with gzip.open(file, "rb") as packed, target.open("wb") as out:
            shutil.copyfileobj(packed, out)
    except (OSError, EOFError, zlib.error) as error:
        raise FaceError(f"'{file.name}' cannot be unpacked ({error}): compress it again, or give it uncompressed.") from error
    return target


def load_head(file: Path, name: str) -> list[Thing]:
    """The objects of the artist's file, now in Blender; scripts inside it do not run.

    Raises:
        FaceError: Blender cannot read it.
    """
    import bpy

    try:
        done = _open(file.suffix.lower(), str(file))
    except RuntimeError as error:
        reason = str(error).replace(str(file), name).strip().splitlines()[-1].removeprefix("Error: ").rstrip(".")
        raise FaceError(f"Blender cannot read the head '{name}': {reason}. Export it again, as binary FBX or glTF if need be.") from error
    objects = list(bpy.context.view_layer.objects)
    if done != {"FINISHED"} or not objects:
        raise FaceError(f"Blender found nothing in the head '{name}': export it again, with its mesh.")
    return objects


def _open(suffix: str, file: str) -> set[str]:
    import bpy

    done: set[str]
    match suffix:
        case ".blend":
            done = bpy.ops.wm.open_mainfile(filepath=file, load_ui=False, use_scripts=False)
        case ".fbx":
            done = import_fbx(file)
        case _:
            done = bpy.ops.import_scene.gltf(filepath=file)
            _without_helpers()
    return done


def _without_helpers() -> None:
    """Remove what Blender's glTF importer adds: a mesh to draw bones with, and empties that take skinned meshes' names."""
    import bpy

    helpers = bpy.data.collections.get("glTF_not_exported")
    for thing in list(helpers.objects) if helpers else []:
        bpy.data.objects.remove(thing)
    for empty in [thing for thing in bpy.data.objects if thing.type == "EMPTY" and not thing.children]:
        name, skinned = empty.name, bpy.data.objects.get(f"{empty.name}.001")
        if skinned and skinned.type == "MESH":
            bpy.data.objects.remove(empty)
            skinned.name = name
    # Until then the view layer lists what is gone as None.
    bpy.context.view_layer.update()


def import_fbx(file: str) -> set[str]:
    """Read an FBX with the newest importer there is, without shifting its time."""
    import bpy

    done: set[str]
    if "fbx_import" in dir(bpy.ops.wm):
        done = bpy.ops.wm.fbx_import(filepath=file, anim_offset=0.0)
    else:
        # Before Blender 4.5, and binary files only.
        done = bpy.ops.import_scene.fbx(filepath=file, anim_offset=0.0)
    return done
