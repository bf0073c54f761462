"""Writing a take in every format that was asked for."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from backend.cli.report import Report
from backend.errors import InputError
from backend.files import check_writable
from backend.take import Take
from exporters import Options, export, suffix_of

CARRY_HEADS = {".fbx", ".glb"}


def check(outputs: Sequence[Path], head: Path | None, inputs: Iterable[Path | None] = ()) -> None:
    """Find out before the work whether its results can be written.

    Raises:
        DirectionError: a suffix means no format.
        InputError: the head is missing, or an output is asked for twice, or is one of ``inputs``.
        OutputError: an output cannot be written.
    """
    for path in outputs:
        suffix_of(path)
    check_places(outputs, (head, *inputs))
    try:
        there = head is None or head.exists()
    except OSError as error:
        raise InputError(f"cannot read the head {head}: {(error.strerror or str(error)).lower()}.") from error
    if not there:
        raise InputError(f"there is no head at {head}. Give a .blend, .fbx or .glb file, or a folder that holds one.")


def check_places(outputs: Sequence[Path], inputs: Iterable[Path | None]) -> None:
    """Find out before the work whether results of any format can be written where they are asked for.

    Raises:
        InputError: an output is asked for twice, or is one of ``inputs``.
        OutputError: an output is a folder, a pipe or a device, or its folder cannot be written to.
    """
    # Not Path.resolve(), which stumbles over links that lead in circles.
    given = {os.path.realpath(path) for path in inputs if path is not None}
    for path in outputs:
        if os.path.realpath(path) in given:
            raise InputError(f"{path} is read and would be written over: give the output another name.")
        check_writable(path)
    if len({os.path.realpath(path) for path in outputs}) < len(outputs):
        raise InputError("the same output file is asked for twice.")


def write(report: Report, take: Take, outputs: Sequence[Path], options: Options) -> None:
    """Export one file after the other, told to ``report`` as stages."""
    if options.head is not None and not CARRY_HEADS & {suffix_of(path) for path in outputs}:
        report.note(f"your head was not used: only {' and '.join(sorted(CARRY_HEADS))} files carry one.")
    for path in outputs:
        stage = f"write {suffix_of(path)}"
        report.watch(stage, 0.0)
        export(take, path, replace(options, progress=partial(report.watch, stage), note=report.note))


def tell(report: Report, outputs: Sequence[Path]) -> None:
    """Say how long every stage took, what was written, and what the artist should know about it."""
    for stage, seconds in report.stages.items():
        report.say(f"{stage:>16} {seconds:8.2f} s")
    for path in outputs:
        report.say(f"wrote {path} ({path.stat().st_size / 1024:.0f} KiB)")
    for note in report.notes:
        report.say(f"note: {note}")
