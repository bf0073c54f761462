"""Files that take Blender seconds to make are made once."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from exporters import Options, export
from tests.exporters.readers import run_reader
from tests.exporters.takes import random_take, spoken

FRAMES = 25
IN_RANGE = "24"
LOOKED_AT = (0, 9, FRAMES - 1)  # frames whose vertices are compared


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """``exported(suffix, rate)`` gives a take and the path of its file; at 24 fps its shapes stay in 0 to 1, else they go beyond."""
    folder = tmp_path_factory.mktemp("exported")

    @cache
    def make(suffix, rate):
        stretch = 0 if rate == IN_RANGE else 0.3
        take = random_take(FRAMES, rate, seed=int(float(rate)), stretch=stretch, turn=0.5)
        path = folder / f"a line «{rate}» é{suffix}"
        export(take, path)
        return take, path

    return make


@pytest.fixture(scope="session")
def in_blender(exported):
    """What Blender finds in an exported file."""

    @cache
    def read(suffix, rate):
        _, path = exported(suffix, rate)
        return run_reader("in_blender.py", path, Path(f"{path}.npz"), round(float(rate)), *(LOOKED_AT if rate == IN_RANGE else ()))

    return read


@pytest.fixture(scope="session")
def heads(tmp_path_factory):
    """A folder of artists' characters; see ``make_heads.py``."""
    folder = tmp_path_factory.mktemp("heads")
    ict = Path(__file__).parents[3] / "shared" / "data" / "faces" / "ict_facekit" / "ict_facekit_light.npz"
    command = [sys.executable, Path(__file__).with_name("make_heads.py"), folder, *([ict] if ict.exists() else [])]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
    return folder


@pytest.fixture(scope="session")
def line():
    """A spoken take and its recording."""
    return spoken()


@pytest.fixture
def to_options():
    """Options that collect what the exporter says."""

    def make(**given):
        notes, steps = [], []
        return Options(note=notes.append, progress=steps.append, **given), notes, steps

    return make
