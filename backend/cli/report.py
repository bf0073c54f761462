"""What the command line says: progress to people who watch, one JSON object to machines."""

import json
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

# Control characters, among them what moves a terminal's cursor; and the signs that turn the reading direction.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def plain_text(text: str) -> str:
    """The text with whatever could steer a terminal written as an escape, so that it is one line."""
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class Report:
    """Times stages, shows them while they run (on a terminal only), and remembers them for the end."""

    def __init__(self, as_json: bool, err: TextIO | None = None) -> None:
        self.as_json = as_json
        self.stages: dict[str, float] = {}
        self.notes: list[str] = []
        err = err or sys.stderr
        self._bars = Progress(
            TextColumn("{task.description:>22}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=Console(file=err, stderr=False),
            transient=True,
            disable=as_json or not err.isatty(),
        )
        self._task: Any = None
        self._stage = ""
        self._since = 0.0

    def watch(self, stage: str, share: float) -> None:
        """Be told how far a stage is; a new name closes the one before."""
        if stage != self._stage:
            self._close()
            self._stage, self._since = stage, time.perf_counter()
            self._task = self._bars.add_task(stage, total=1.0)
        self._bars.update(self._task, completed=share)

    @contextmanager
    def running(self) -> Iterator["Report"]:
        with self._bars:
            yield self
        self._close()

    def _close(self) -> None:
        if self._stage:
            self.stages[self._stage] = round(self.stages.get(self._stage, 0.0) + time.perf_counter() - self._since, 3)
            self._bars.update(self._task, completed=1.0)
        self._stage = ""

    def note(self, sentence: str) -> None:
        """Something the artist should know about the result; told once, at the end."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def say(self, line: str) -> None:
        """A line for people; machines get it in the JSON object instead."""
        if not self.as_json:
            sys.stdout.write(plain_text(line) + "\n")

    def result(self, **plain: Any) -> None:
        """The JSON object for machines; people have been told already."""
        if self.as_json:
            sys.stdout.write(json.dumps(plain, indent=2) + "\n")
