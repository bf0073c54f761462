"""The command among other processes: its streams, its exit codes, and how it ends when told to."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from backend.emotion.direction import Direction
from backend.emotion.track import EmotionTrack
from backend.motion import Motion, parse_rate
from backend.motion.arkit import ARKIT
from backend.take import Sound, Take
from tests.conftest import ROOT

MIEN = [sys.executable, "-W", "error", "-c", "from backend.cli.main import run; run()"]
LINUX = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")


def run(*words: object, **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*MIEN, *map(str, words)], stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False, timeout=60, **more)  # type: ignore[call-overload]


def in_shell(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    script = f"set -o pipefail; mien() {{ {sys.executable} -W error -c 'from backend.cli.main import run; run()' \"$@\"; }}; {line}"
    return subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, cwd=ROOT, check=False, timeout=60, env={**os.environ, **environment}
    )


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds at 30 fps: long enough to be stopped while it is exported."""
    path = tmp_path_factory.mktemp("take") / "long.take"
    emotion = EmotionTrack(("happy",), np.zeros((1000, 1), np.float32), np.ones(1000, np.float32), parse_rate("100"))
    Take(
        Motion(ARKIT, np.zeros((300, len(ARKIT)), np.float32), parse_rate("30")), Direction(), emotion, Sound("a.wav", "ab" * 32, 10.0)
    ).write(path)
    return path


MISUSED = {
    "command": (["generat"], "did you mean 'generate'?"),
    "no such command": (["xyzzy"], "'mien --help' lists"),
    "option": (["emotions", "--jsn"], "did you mean '--json'?"),
    "short option": (["-x"], "no such option: -x"),
    "missing argument": (["generate"], "missing argument"),
    "missing option": (["generate", "a.wav"], "missing option '-o' / '--output'"),
    "no value": (["generate", "a.wav", "-o"], "requires an argument"),
    "no number": (["generate", "a.wav", "-o", "x.take", "--seed", "x"], "--seed"),
    "too much": (["emotions", "more"], "unexpected extra argument"),
    "two lines": (["gener\nat\x1b[31me"], r"\n"),
}


@pytest.mark.parametrize("name", MISUSED)
def test_wrong_usage_is_one_line(name):
    words, message = MISUSED[name]
    done = run(*words, stdout=subprocess.PIPE)
    assert done.returncode == 2
    assert message.lower() in done.stderr.lower()
    assert done.stderr.startswith("mien: ")
    assert done.stderr.count("\n") == 1
    assert done.stderr[:-1].isprintable()
    assert done.stdout == ""


def test_wrong_usage_is_json_where_json_was_asked_for():
    done = run("generate", "a.wav", "--seed", "x", "--json", stdout=subprocess.PIPE)
    assert done.returncode == 2
    assert done.stderr == ""
    assert json.loads(done.stdout)["error"]["kind"] == "UsageError"


@pytest.mark.parametrize("words", [(), ("train",)])
def test_nothing_asked_for_shows_the_help(words):
    done = run(*words, stdout=subprocess.PIPE)
    assert done.returncode == 2
    assert "Commands" in done.stdout
    assert done.stderr == "mien: no command was given.\n"


@LINUX
@pytest.mark.parametrize("words", ["emotions", "emotions --json", "--help", "--version", "doctor --help"])
@pytest.mark.parametrize("buffered", ["", "1"])
def test_a_full_disk_under_stdout_is_told(words, buffered):
    done = in_shell(f"mien {words} > /dev/full", PYTHONUNBUFFERED=buffered)
    assert done.returncode == 2
    assert done.stderr == "mien: cannot write to standard output: no space left on device.\n"


@LINUX
@pytest.mark.parametrize("line", ["mien xyzzy 2> /dev/full", "mien xyzzy --json > /dev/full 2>&1", "mien xyzzy >&- 2>&-"])
@pytest.mark.parametrize("buffered", ["", "1"])
def test_an_error_that_cannot_be_told_keeps_its_exit_code(line, buffered):
    done = in_shell(line, PYTHONUNBUFFERED=buffered)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")


def test_closed_streams_are_no_fault(tmp_path):
    done = in_shell("mien emotions >&-")
    assert (done.returncode, done.stderr) == (0, "")
    done = in_shell(f"mien emotions -o {tmp_path}/e.png >&- 2>&- <&-")
    assert done.returncode == 0
    assert (tmp_path / "e.png").read_bytes().startswith(b"\x89PNG")  # nothing that was printed went into it


@pytest.mark.parametrize("words", ["emotions", "--help", "emotions --json"])
@pytest.mark.parametrize("buffered", ["", "1"])
def test_a_reader_that_leaves_is_no_fault(words, buffered):
    done = in_shell(f"(sleep 0.1; mien {words}) | true", PYTHONUNBUFFERED=buffered)
    assert (done.returncode, done.stdout, done.stderr) == (141, "", "")
    done = in_shell(f"mien {words} | head -n 1 >/dev/null", PYTHONUNBUFFERED=buffered)
    assert done.returncode in {0, 141}
    assert done.stderr == ""


def test_what_the_encoding_lacks_is_escaped(tmp_path):
    name = os.fsdecode(b"caf\xe9.take")
    done = in_shell(f"mien inspect '{tmp_path}'/$'caf\\xe9.take'", PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert "cannot read" in done.stderr
    assert "\\udce9" in done.stderr
    told = json.loads(in_shell(f"mien inspect '{tmp_path}'/$'caf\\xe9.take' --json").stdout)
    assert name in told["error"]["message"]


def started(take: Path, output: Path, folder: Path) -> subprocess.Popen[str]:
    folder.mkdir()
    command = [*MIEN, "export", str(take), "-o", str(output)]
    # A Python that a test runner started in the background may have been told to ignore Ctrl-C.
    return subprocess.Popen(
        command,
        cwd=ROOT,
        text=True,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(folder)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )


def gone(group: int) -> bool:
    """Whether every process of the group ends within ten seconds."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
@pytest.mark.parametrize("wait", [0.9, 1.8])
def test_a_video_that_is_stopped_leaves_nothing(take, tmp_path, name, code, wait):
    output = tmp_path / "out" / "x.mp4"
    child = started(take, output, tmp_path / "temporary")
    time.sleep(wait)
    os.killpg(child.pid, getattr(signal, name))  # as a terminal does it: to every process at once
    out, err = child.communicate(timeout=30)
    assert (child.returncode, out) == (code, "")
    assert err == "mien: stopped; nothing half-written was left behind.\n"
    assert gone(child.pid)
    assert not output.exists()
    assert not list((tmp_path / "temporary").iterdir())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_blender_goes_with_the_command(take, tmp_path, name, code):
    pytest.importorskip("bpy", reason="Blender's module is not installed")
    output = tmp_path / "out" / "x.fbx"
    child = started(take, output, tmp_path / "temporary")
    for _ in range(300):
        if list((tmp_path / "temporary").glob("mien-blender-*/log")):
            break
        time.sleep(0.05)
    time.sleep(0.3)
    child.send_signal(getattr(signal, name))  # to the command alone
    out, err = child.communicate(timeout=30)
    assert (child.returncode, out) == (code, "")
    assert err == "mien: stopped; nothing half-written was left behind.\n"
    assert gone(child.pid)
    assert not output.exists()
    assert not list((tmp_path / "temporary").iterdir())
