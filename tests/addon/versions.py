"""Run the extension's tests on other Blenders, each in an environment of its own.

    python -m tests.addon.versions [4.2 4.5 5.0] [--at FOLDER] [-- PYTEST ARGUMENTS]

An environment is made once and kept in ``FOLDER/bpy-4.2`` and so on (``build/`` unless given), with ``bpy``, numpy and pytest
alone: the extension may need nothing else. It needs a Python 3.11, ``bpy`` of 5.1 and later a 3.13 (variable PYTHON313).
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = ("4.2", "4.5", "5.0")
EXTRA = "https://download.blender.org/pypi/"
# The module's own clean-up at exit crashes (4.2) or never ends (4.5) after classes with callbacks were registered; Blender's does not.
RUN = "import os, sys, pytest; code = pytest.main(sys.argv[1:]); sys.stdout.flush(); sys.stderr.flush(); os._exit(code)"


def needs(version: str) -> tuple[str, str]:
    """The interpreter that a version's module is built for, and the numpy."""
    if tuple(int(part) for part in version.split(".")) >= (5, 1):
        return os.environ.get("PYTHON313", "python3.13"), "numpy>=2,<2.4"
    return os.environ.get("PYTHON311", "python3.11"), "numpy<2"


def environment(version: str, folder: Path) -> Path:
    """The interpreter of a version's environment, made where it is missing."""
    home = folder / f"bpy-{version}"
    python = home / "bin" / "python"
    if not (home / "complete").exists():
        interpreter, numpy = needs(version)
        subprocess.run([interpreter, "-m", "venv", "--clear", home], check=True)
        install = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--retries", "1"]
        wanted = [f"bpy=={version}.*", numpy, "pytest>=8"]
        # PyPI keeps the newest modules alone; Blender's own index has the others.
        if subprocess.run([*install, *wanted], check=False).returncode:
            subprocess.run([*install, "--extra-index-url", EXTRA, *wanted], check=True)
        (home / "complete").touch()
    return python


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("versions", nargs="*", default=VERSIONS)
    parser.add_argument("--at", type=Path, default=ROOT / "build")
    words, _, rest = " ".join(sys.argv[1:]).partition(" -- ")
    given = parser.parse_args(words.split())
    failed = []
    for version in given.versions:
        print(f"== bpy {version}", flush=True)  # noqa: T201  a command's own output
        command: list[str | Path] = [
            environment(version, given.at),
            "-c",
            RUN,
            "-q",
            "-p",
            "no:cacheprovider",
            *(rest.split() or ["tests/addon"]),
        ]
        if subprocess.run(command, cwd=ROOT, timeout=1200, check=False).returncode:
            failed.append(version)
    print(f"failed on {', '.join(failed)}" if failed else "all passed")  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
