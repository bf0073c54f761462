"""Trained weights as rows of a table: what was left out of them, and by which seed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from backend.errors import InputError
from backend.generators.medtalk.features import Array, word_encoder
from backend.generators.medtalk.generator import MedTalk
from backend.generators.medtalk.stored import Trained, load
from backend.training.medtalk.settings import ABLATIONS

FULL, RULES = "full", "rules"
ROWS = (FULL, *(f"without {part}" for part in ABLATIONS))


@dataclass(frozen=True, eq=False)
class Entry:
    """One file of weights; ``row`` is what the table calls it."""

    path: Path
    trained: Trained

    @property
    def row(self) -> str:
        without = self.trained.facts.get("without", "")
        return f"without {without}" if without else FULL

    @property
    def seed(self) -> int:
        return int(self.trained.facts.get("seed", 0))

    def performer(self) -> MedTalk:
        return MedTalk(given=self.trained, words=words_of(self.trained))


def entries(paths: Iterable[Path], device: str | None = None) -> tuple[Entry, ...]:
    """Load weights; a folder stands for every ``.safetensors`` file in it. In the order of the paper's table, then of the seeds.

    Raises:
        InputError: there are none, or two are of the same row and seed.
        MissingError: a file is not MEDTalk's.
    """
    files = [file for path in paths for file in (sorted(path.glob("*.safetensors")) if path.is_dir() else [path])]
    if not files:
        raise InputError("there are no weights to measure: give files, or a folder of .safetensors files.")
    found = sorted((Entry(file, load(file, device)) for file in files), key=lambda e: (_place(e.row), e.seed))
    seen = dict[tuple[str, int], Entry]()
    for entry in found:
        if (twin := seen.get((entry.row, entry.seed))) is not None:
            raise InputError(f"{twin.path} and {entry.path} are both '{entry.row}' with seed {entry.seed}: give one of them.")
        seen[entry.row, entry.seed] = entry
    return tuple(found)


def words_of(trained: Trained) -> Callable[[list[str]], Array]:
    """The encoder of words that the weights were trained with, loaded once however many files need it."""
    return _encoder(trained.sources.text)


def unequal(found: Iterable[Entry]) -> str:
    """A sentence where files did not learn from as much speech for as many steps; empty where all did."""
    facts = [entry.trained.facts for entry in found]
    minutes = {told.get("minutes of speech") for told in facts}
    steps = {told["stages"]["content"] for told in facts if "content" in told.get("stages", {})}
    if len(minutes) < 2 and len(steps) < 2:
        return ""
    return "The files did not learn from as much speech for as many steps: their rows cannot be compared."


@cache
def _encoder(name: str) -> Callable[[list[str]], Array]:
    return word_encoder(name)


def _place(row: str) -> int:
    return ROWS.index(row) if row in ROWS else len(ROWS)
