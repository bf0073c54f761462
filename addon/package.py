# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the Blender extension's zip, without Blender: ``python -m addon.package -o build/``.

The zip's root is this folder, so that ``from ..bridge import ...`` means the same in the repository and installed. What other
hosts need, caches and this file stay out. The same sources give the same bytes, on any machine and at any time.
"""

import argparse
import os
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import tomllib

_HERE = Path(__file__).parent
_MANIFEST = "blender_manifest.toml"
_TOP = ("__init__.py", _MANIFEST, "LICENSE")
_FOLDERS = ("blender", "bridge")
_LEFT_OUT = ("__pycache__",)
_LEFT_OUT_ENDINGS = (".pyc", ".pyo", ".part", ".orig", "~")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can name


def package(folder: Path, source: Path = _HERE) -> Path:
    """Write ``ID-VERSION.zip`` into ``folder`` and answer with its path; an older one is replaced when the new one is complete.

    Raises:
        ValueError: the sources have no manifest, or one that names neither id nor version.
        OSError: the file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{_name(source)}.zip"
    partial = folder / f".{target.name}.{os.getpid()}.part"
    try:
        with zipfile.ZipFile(partial, "w") as packed:
            for file in files(source):
                packed.writestr(_entry(file.relative_to(source)), file.read_bytes())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def files(source: Path = _HERE) -> Iterator[Path]:
    """The files that belong to the extension, in an order that does not depend on the disk's."""
    yield from (source / name for name in sorted(_TOP) if (source / name).is_file())
    for folder in _FOLDERS:
        found = (file for file in (source / folder).rglob("*") if file.is_file() and _belongs(file.relative_to(source)))
        yield from sorted(found, key=lambda file: file.relative_to(source).as_posix())


def _belongs(place: Path) -> bool:
    hidden = any(part.startswith(".") or part in _LEFT_OUT for part in place.parts)
    return not hidden and not place.name.endswith(_LEFT_OUT_ENDINGS)


def _entry(place: Path) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(place.as_posix(), _EPOCH)
    # Stored as it is: what deflating makes of it depends on the version of zlib.
    entry.compress_type = zipfile.ZIP_STORED
    entry.create_system, entry.external_attr = 3, 0o100644 << 16
    return entry


def _name(source: Path) -> str:
    try:
        manifest = tomllib.loads((source / _MANIFEST).read_text("utf-8"))
        return f"{manifest['id']}-{manifest['version']}"
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise ValueError(f"{source / _MANIFEST} is missing, or has no id and version ({error}).") from error


def main(words: Sequence[str] | None = None) -> int:
    """The command line; answers with its exit code."""
    parser = argparse.ArgumentParser(prog="python -m addon.package", description="Build the Blender extension's zip.")
    parser.add_argument("-o", "--output", type=Path, default=Path("build"), metavar="FOLDER", help="where the zip goes (build)")
    asked = parser.parse_args(words)
    try:
        made = package(asked.output)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    sys.stdout.write(f"{made}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
