"""``mien doctor``: what is installed, what is missing, and the command that adds it."""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec

import typer

from backend.cli.generate import AsJson
from backend.cli.report import Report
from backend.errors import MienError
from backend.version import VERSION

OPTIONAL = {"bpy": ("exports FBX and GLB, reads your own characters", "pip install 'mien[blender]'")}


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
        report.say(f"  {mark:<8}{finding.part:<20}{finding.found}" + (f"  ->  {finding.mend}" if finding.mend else ""))
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
        yield Finding(name, found is not None, f"{found or 'not installed'}: {gain}", "" if found else command, required=False)
    yield _tried("emotion presets", _presets, "restore the folder presets/emotions, or reinstall")
    yield _tried("Mien's head", _head, "pip install --force-reinstall mien")
    yield _tried("cache", _cache, "set MIEN_CACHE to a folder you may write to (without it every recording is heard anew)", required=False)


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


def _tried(part: str, look: Callable[[], str], mend: str, required: bool = True) -> Finding:
    try:
        return Finding(part, True, look(), required=required)
    except (MienError, OSError) as error:
        return Finding(part, False, str(error), mend, required)


def _presets() -> str:
    from backend.emotion.presets import emotions

    return ", ".join(emotions())


def _head() -> str:
    from backend.face.heads import mien_head

    head = mien_head()
    return f"{len(head.vertices)} vertices, {len(head.shapes)} shapes"


def _cache() -> str:
    import tempfile

    from backend.speech.cache import cache_folder

    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        return str(folder)
