"""An expression classifier on faces that do not speak, to read the faces of generators that do. ``docs/metrics.md``."""

from backend.training.expression_reader.learn import Lesson, lessons, make, train
from backend.training.expression_reader.reader import FELT, LABELS, Reader, load, save
from backend.training.expression_reader.reading import Readings, right, tally
from backend.training.expression_reader.seen import make_seen, read_seen, see

__all__ = [
    "FELT",
    "LABELS",
    "Lesson",
    "Reader",
    "Readings",
    "lessons",
    "load",
    "make",
    "make_seen",
    "read_seen",
    "right",
    "save",
    "see",
    "tally",
    "train",
]
