"""``mien doctor``: what is installed, what is missing, and the command that adds it."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec

import typer

from backend.cli.generate import AsJson
from backend.cli.report import Report
from backend.errors import DirectionError, MienError
from backend.version import VERSION

OPTIONAL = {"bpy": ("exports FBX and GLB, reads your own characters", "pip install 'mien[blender]'")}

LOADING = 60  # seconds that a package may take to load; Blender's takes some two


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; ``mend`` is what to do where it is not well."""

    part: str
    well: bool
    found: str
    mend: str = ""
    required: bool = True


def register(app: typer.Typer) -> None:
    app.command("doctor")(doctor)


def doctor(as_json: AsJson = False) -> None:
    """Say what is installed, what is missing, and the command that adds it."""
    findings = list(examine())
    report = Report(as_json)
    report.say(f"Mien {VERSION}, Python {sys.version.split()[0]} on {sys.platform}")
    for finding in findings:
        mark = "ok" if finding.well else "MISSING" if finding.required else "absent"
        report.say(f"  {mark:<8}{finding.part:<20} {finding.found}" + (f"  ->  {finding.mend}" if finding.mend else ""))
    report.result(version=VERSION, python=sys.version.split()[0], findings=[asdict(finding) for finding in findings])
    if not all(finding.well for finding in findings if finding.required):
        raise typer.Exit(2)


def examine() -> Iterator[Finding]:
    """Look at packages, presets, the head and the cache, in this order."""
    for name in required():
        found = _installed(name)
        yield Finding(name, found is not None, found or "not installed", "" if found else "pip install --force-reinstall mien")
    for name, (gain, command) in OPTIONAL.items():
        found = _installed(name) if find_spec(name) else None
        fault = _refusal(name) if found else ""
        state = f"{found}, but it cannot be loaded ({fault})" if fault else found or "not installed"
        yield Finding(name, bool(found) and not fault, f"{state}: {gain}", "" if found and not fault else command, required=False)
    yield _tried("emotion presets", _presets, "restore the folder presets/emotions, or reinstall")
    yield _tried("mouth shapes", _mouth_shapes, "restore the files in the folder presets, or reinstall")
    yield _tried("Mien's head", _head, "pip install --force-reinstall mien")
    yield _tried("cache", _cache, "set MIEN_CACHE to a folder you may write to (without it every recording is heard anew)", required=False)
    yield from _encoders()


def required() -> Iterator[str]:
    """The packages that Mien cannot do without, by its own declaration."""
    for line in requires("mien") or ():
        if "extra ==" not in line:
            yield re.split(r"[<>=!~; \[]", line, maxsplit=1)[0]


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _refusal(name: str) -> str:
    """Why a package cannot be imported, or nothing. A process of its own tries: Blender's module may end the one it is loaded into."""
    try:
        # -P: what lies about in the present folder is not what is installed.
        done = subprocess.run(
            [sys.executable, "-P", "-c", f"import {name}, os; os._exit(0)"], capture_output=True, timeout=LOADING, check=False
        )
    except subprocess.TimeoutExpired:
        return f"it takes more than {LOADING} s"
    except OSError as error:
        return str(error)
    lines = done.stderr.decode("utf-8", "replace").split("\n") if done.returncode else []
    return next((line.strip() for line in reversed(lines) if line.strip()), f"it stopped with code {done.returncode}") if lines else ""


def _tried(part: str, look: Callable[[], str], mend: str, required: bool = True) -> Finding:
    try:
        return Finding(part, True, look(), required=required)
    except (MienError, OSError) as error:
        return Finding(part, False, str(error), mend, required)


def _presets() -> str:
    from backend.emotion.presets import emotions

    return ", ".join(emotions())


def _mouth_shapes() -> str:
    from backend.generators.procedural.tables import action_units, visemes

    try:
        return f"{len(visemes().poses)} phones, {len(action_units()) // 3} action units"
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise DirectionError(f"visemes.toml or action_units.toml cannot be used ({type(error).__name__}: {error})") from error


def _head() -> str:
    from backend.face.heads import mien_head

    head = mien_head()
    return f"{len(head.vertices)} vertices, {len(head.shapes)} shapes"


def _encoders() -> Iterator[Finding]:
    from backend.encoders import available

    for row in available():
        about = f"{row.folder or 'not here'}: {row.card.role}, {row.card.gives}"
        yield Finding(f"encoder {row.card.name}", not row.mend, about, row.mend, required=False)


def _cache() -> str:
    import tempfile

    from backend.speech.cache import cache_folder

    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        return str(folder)
