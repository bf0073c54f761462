"""The first run: a real environment, a real pip, and a small package that answers as Mien does."""

import json
import os
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest

from addon.bridge import ServiceError, find, setup, start
from addon.bridge.pip_lines import Pip
from addon.bridge.place import judge
from addon.bridge.places import alive

ROOT = Path(__file__).parents[2]
MAIN = """
import json, sys
def run():
    if sys.argv[1] == "doctor":
        findings = FINDINGS
        print(json.dumps({"version": "VERSION", "python": "3.11", "findings": findings}))
        sys.exit(2 if any(f["required"] and not f["well"] for f in findings) else 0)
    assert sys.argv.pop() == "serve"
    sys.path.insert(0, ROOT)
    from tests.bridge.playing import main
    main()
"""
WELL = {"part": "numpy", "well": True, "found": "1.26", "mend": "", "required": True}
ABSENT = {"part": "bpy", "well": False, "found": "not installed", "mend": "pip install 'mien[blender]'", "required": False}
LACKING = {"part": "torch", "well": False, "found": "not installed", "mend": "pip install torch", "required": True}


def wheel(folder: Path, version: str = "0.1.0", findings=(WELL, ABSENT)) -> Path:
    """A wheel named mien, made by hand."""
    folder.mkdir(exist_ok=True)
    path = folder / f"mien-{version}-py3-none-any.whl"
    main = MAIN.replace("FINDINGS", repr(list(findings))).replace("VERSION", version).replace("ROOT", repr(str(ROOT)))
    info = f"mien-{version}.dist-info"
    files = {
        "backend/__init__.py": "",
        "backend/cli/__init__.py": "",
        "backend/cli/main.py": main,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: mien\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    (folder / "constraints.txt").write_text("mien==" + version + "\nnumpy==1.26.4\n")
    return path


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """One environment for the tests that only look at it: making it takes seconds."""
    base = tmp_path_factory.mktemp("first run")
    steps = list(setup.install(str(base / "Mien hier"), sys.executable, str(wheel(base / "wheels")), state=base / "state"))
    return base, steps


def test_the_first_run_makes_installs_verifies_and_remembers(environment):
    base, steps = environment
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1], steps[-1].line) == (0.0, 1.0, "Mien 0.1.0 is ready")
    assert list(dict.fromkeys(step.stage for step in steps)) == ["check", "environment", "install", "verify"]
    assert any("Successfully installed mien-0.1.0" in step.line for step in steps)
    place = setup.recall(base / "state")
    assert place == setup.Place(str(base / "Mien hier"), place.python, "0.1.0", str(base / "wheels" / "mien-0.1.0-py3-none-any.whl"))
    assert Path(place.python).is_relative_to(base / "Mien hier")
    assert setup.verify(place)["version"] == "0.1.0"
    if os.name == "posix":
        assert (base / "state" / "place.json").stat().st_mode & 0o777 == 0o600


def test_the_service_of_the_place_starts(environment, state):
    base, _ = environment
    service = start(setup.command(setup.recall(base / "state")), state, timeout=20)
    assert service.hello()["name"] == "mien"
    service.stop()
    until = time.monotonic() + 5
    while find(state) is not None:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_second_run_makes_nothing_anew_and_brings_the_newer_version(environment, tmp_path):
    base, _ = environment
    inside = Path(setup.recall(base / "state").python)
    made = (inside.parents[1] / "pyvenv.cfg").stat().st_mtime_ns
    newer = wheel(tmp_path / "newer", "0.2.0")
    *_, last = setup.install(str(base / "Mien hier"), sys.executable, str(newer), state=tmp_path / "state")
    assert last.line == "Mien 0.2.0 is ready"
    assert (inside.parents[1] / "pyvenv.cfg").stat().st_mtime_ns == made


@pytest.mark.parametrize(
    ("version", "findings", "code", "words"),
    [("0.1.1", (WELL, LACKING), "missing", "lacks torch"), ("0.0.1", (WELL,), "version", "Update Mien")],
)
def test_one_that_is_not_whole_or_too_old_is_not_called_ready(environment, tmp_path, version, findings, code, words):
    base, _ = environment
    with pytest.raises(ServiceError, match=words) as caught:
        list(
            setup.install(str(base / "Mien hier"), sys.executable, str(wheel(tmp_path / "w", version, findings)), state=tmp_path / "state")
        )
    assert caught.value.code == code
    assert setup.recall(tmp_path / "state") is None


def test_pip_is_quoted_where_it_fails(environment, tmp_path):
    base, _ = environment
    broken = tmp_path / "mien-0.1.0-py3-none-any.whl"
    broken.write_bytes(b"no zip")
    with pytest.raises(ServiceError, match="could not install Mien: ERROR: ") as caught:
        list(setup.install(str(base / "Mien hier"), sys.executable, str(broken), state=tmp_path / "state"))
    assert caught.value.code == "install"


def test_a_stopped_run_ends_its_child_and_the_next_one_goes_on(tmp_path, monkeypatch):
    """Stopped while the environment is made: what is half made is made anew, and nothing goes on behind."""
    stop, home = threading.Event(), tmp_path / "mien"
    package = wheel(tmp_path / "wheels")
    pids = []
    real = subprocess.Popen

    class Seen(real):
        def __init__(self, command, *args, **named):
            super().__init__(command, *args, **named)
            if "venv" in command:
                pids.append(self.pid)
                threading.Timer(0.3, stop.set).start()

    monkeypatch.setattr(subprocess, "Popen", Seen)
    with pytest.raises(ServiceError) as caught:
        list(setup.install(str(home), sys.executable, str(package), state=tmp_path / "state", stop=stop))
    assert caught.value.code == "cancelled"
    assert len(pids) == 1
    assert not alive(pids[0])
    assert setup.recall(tmp_path / "state") is None
    monkeypatch.setattr(subprocess, "Popen", real)
    again = setup.install(str(home), sys.executable, str(package), state=tmp_path / "state")
    assert next(again).stage == "check"  # it is not refused as a folder of other things
    assert next(again).line.startswith("Making an environment")
    again.close()


@pytest.mark.skipif(os.name != "posix", reason="looks at processes as POSIX has them")
def test_a_reader_that_goes_away_ends_the_child_as_well():
    from addon.bridge.children import lines

    program = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(os.getpid(), child.pid, flush=True); time.sleep(60)"
    )
    running = lines([sys.executable, "-c", program], threading.Event())
    pids = [int(word) for word in next(running).split()]
    assert all(map(alive, pids))
    running.close()
    until = time.monotonic() + 5
    while any(map(alive, pids)):
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_folder_that_holds_other_things_is_left_alone(tmp_path):
    (tmp_path / "film.blend").write_text("months of work")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ServiceError) as caught:
        list(setup.install(str(tmp_path), sys.executable, str(ROOT), state=tmp_path / "s"))
    assert (caught.value.code, caught.value.fix["name"]) == ("place", "folder")
    assert sorted(tmp_path.iterdir()) == before


def test_a_full_disk_is_told_before_anything_is_fetched(tmp_path, monkeypatch):
    import shutil

    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(ServiceError, match=r"0\.0 GB free"):
        list(setup.install(str(tmp_path / "m"), sys.executable, str(ROOT), state=tmp_path / "s"))


@pytest.mark.parametrize("source", ["", "-r evil.txt", "no/such/wheel.whl", "mien.whl", "mien"])
def test_a_source_that_is_none_is_told(tmp_path, source):
    with pytest.raises(ServiceError) as caught:
        list(setup.install(str(tmp_path / "m"), sys.executable, source, state=tmp_path / "s"))
    assert caught.value.code == "install"
    assert not (tmp_path / "m").exists()


def test_a_folder_without_sources_is_told(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ServiceError, match=r"pyproject\.toml"):
        list(setup.install(str(tmp_path / "m"), sys.executable, str(tmp_path / "empty"), state=tmp_path / "s"))


def test_interpreters_are_asked_what_they_are(tmp_path):
    python = setup.check_python(sys.executable)
    assert (python.version, python.problem) == (".".join(map(str, sys.version_info[:3])), "")
    found = list(setup.find_pythons())
    assert all(candidate.version.startswith("3.11.") for candidate in found)
    assert len({os.path.realpath(candidate.path) for candidate in found}) == len(found)


@pytest.mark.skipif(os.name != "posix", reason="makes programs out of shell scripts")
@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo hello", "ended with code 0"),
        ("exit 3", "ended with code 3"),
        ("echo 'mien:[]'", "ended with code"),
        ("""echo 'mien:{"version": [3, 9, 1], "bits": 64, "name": "cpython", "path": "", "missing": []}'""", "needs Python 3.11"),
        ("""echo 'mien:{"version": [3, 11, 1], "bits": 32, "name": "cpython", "path": "", "missing": []}'""", "32-bit"),
        ("""echo 'mien:{"version": [3, 11, 1], "bits": 64, "name": "pypy", "path": "", "missing": []}'""", "64-bit pypy"),
        (
            """echo 'mien:{"version": [3, 11, 1], "bits": 64, "name": "cpython", "path": "", "missing": ["_lzma"]}'""",
            "without its module _lzma",
        ),
    ],
)
def test_what_is_no_usable_python_is_refused(tmp_path, script, words):
    from addon.bridge.pythons import require_python

    path = tmp_path / "python3.11"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    with pytest.raises(ServiceError, match=words) as caught:
        require_python(str(path))
    assert (caught.value.code, caught.value.fix["name"]) == ("python", "python")


def test_a_python_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ServiceError, match="cannot be used as Python"):
        setup.check_python(str(tmp_path / "none"))


def test_a_place_that_has_gone_is_forgotten(tmp_path):
    place = setup.Place(str(tmp_path), str(tmp_path / "python"), "0.1.0", "x")
    (tmp_path / "python").write_text("")
    setup.remember(place, tmp_path / "state")
    assert setup.recall(tmp_path / "state") == place
    (tmp_path / "python").unlink()
    assert setup.recall(tmp_path / "state") is None
    (tmp_path / "state" / "place.json").write_text('{"folder": 1, "python": ["x"]}')
    assert setup.recall(tmp_path / "state") is None


def test_pips_share_rises_to_one():
    pip = Pip(4)
    said = [
        "Processing ./mien.whl",
        "Collecting numpy (from mien)",
        "  Downloading numpy.whl",
        "Collecting numpy",
        "Requirement already satisfied: scipy in x",
    ]
    said += ["Installing collected packages: numpy, mien", "noise", "Successfully installed mien-0.1.0"]
    assert [round(pip.share(line), 3) for line in said] == [0.188, 0.375, 0.375, 0.375, 0.562, 0.75, 0.75, 1.0]


def test_what_doctor_says_is_judged_without_trust(tmp_path):
    for written in ("", "[]", "{}", '{"findings": [{}]}', "9" * 5000, "[" * 50_000, json.dumps({"version": None, "findings": []})):
        with pytest.raises(ServiceError) as caught:
            judge(1, written, "Traceback\nModuleNotFoundError: No module named 'backend'\n", str(tmp_path))
        assert caught.value.code in ("missing", "version")
