"""The authored table between ``arkit`` and ``metahuman``: ``presets/metahuman/arkit.toml`` as matrices."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import DirectionError, unknown
from backend.motion import Side, Unit
from backend.motion.arkit import ARKIT
from backend.motion.metahuman import METAHUMAN, control

Array = NDArray[np.float64]

SHAPES = ARKIT.in_unit(Unit.WEIGHT)
_SIDEWAYS = ("jawLeft", "jawRight", "mouthLeft", "mouthRight")  # to a side, but of the whole
_HALF = re.compile(r"(?P<control>[\w.]+?)(?P<half>[+-]?)")


@dataclass(frozen=True)
class Closure:
    """How ``mouthClose`` counts: the controls that bring the lips together, and the ``jawOpen`` at which it starts to and fully does."""

    controls: tuple[str, ...]
    shut: float
    open: float

    def share(self, jaw_open: Array) -> Array:
        """How much of ``mouthClose`` counts at an opening of the jaw, 0 to 1."""
        share: Array = np.clip((jaw_open - self.shut) / (self.open - self.shut), 0.0, 1.0)
        return share


@dataclass(frozen=True)
class Reach:
    """Radians that an eye turns by: sideways, up and down."""

    across: float
    up: float
    down: float


@dataclass(frozen=True)
class Table:
    """What :func:`read_table` made of the file.

    ``halves [shapes, 2 * 174]`` holds what a shape at 1 sets each half of each control to: first all halves above zero, then
    all below. ``readings`` has the same form and holds what a half at 1 adds to a shape. Shapes are in the order of ``SHAPES``.
    """

    halves: Array
    readings: Array
    closure: Closure
    board: Reach
    shape: Reach

    @property
    def signed(self) -> Array:
        """What a shape at 1 adds to each control, ``[shapes, 174]``."""
        above, below = np.split(self.halves, 2, axis=1)
        signed: Array = above - below
        return signed


def split_halves(values: Array) -> Array:
    """Controls ``[frames, 174]`` as how far they are above zero and below it, ``[frames, 2 * 174]``."""
    return np.concatenate([np.maximum(values, 0.0), np.maximum(-values, 0.0)], axis=1)


@cache
def shipped_table() -> Table:
    return read_table((files("presets") / "metahuman" / "arkit.toml").read_text("utf-8"))


def read_table(text: str) -> Table:
    """Read a table in the form that ``presets/metahuman/arkit.toml`` explains.

    Raises:
        DirectionError: the text is no TOML, a part is missing, a name is no shape or control, or a weight lies outside 0 to 1.
    """
    try:
        content = tomllib.loads(text)
        close, gaze = content["mouth_close"], content["gaze"]
        halves, readings = _shapes(content["shapes"]), _readings(content["readings"])
        controls = tuple(METAHUMAN.names[i] for half in close["controls"] for i, _ in _columns(half))
        closure = Closure(controls, float(close["shut"]), float(close["open"]))
        board, shape = (Reach(**{way: float(np.radians(angle)) for way, angle in gaze[name].items()}) for name in ("board", "shape"))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise DirectionError(
            f"the table between ARKit and MetaHuman cannot be read: {error}. Compare it with the one that ships."
        ) from error
    if not 0 <= closure.shut < closure.open or min(board.across, board.up, board.down, shape.across, shape.up, shape.down) <= 0:
        raise DirectionError("the table between ARKit and MetaHuman needs 0 <= shut < open in [mouth_close] and angles above 0 in [gaze].")
    twice = halves.any(axis=0) & readings.any(axis=0)
    if twice.any():
        name = METAHUMAN.names[int(np.argmax(twice)) % len(METAHUMAN)]
        raise DirectionError(f"the table between ARKit and MetaHuman has {name} both in [shapes] and in [readings]: keep one.")
    return Table(halves, readings, closure, board, shape)


def _shapes(rows: Mapping[str, Mapping[str, Any]]) -> Array:
    found = np.zeros((len(SHAPES), 2 * len(METAHUMAN)))
    for stem, targets in rows.items():
        for shape in _spread(stem):
            for half, weight in targets.items():
                for column, side in _columns(half):
                    if _meet(shape, side):
                        found[SHAPES.index(shape), column] = _weight(weight)
    return found


def _readings(rows: Mapping[str, Mapping[str, Any]]) -> Array:
    found = np.zeros((len(SHAPES), 2 * len(METAHUMAN)))
    for half, targets in rows.items():
        for column, side in _columns(half):
            for stem, weight in targets.items():
                for shape in _spread(stem):
                    if _meet(shape, side):
                        share = 0.5 if side is not Side.CENTRE and _of_both_sides(shape) else 1.0
                        found[SHAPES.index(shape), column] = share * _weight(weight)
    return found


def _meet(shape: str, side: Side) -> bool:
    """Whether a shape goes with a control of a side: one of a side only with its own and with the middle."""
    return side is Side.CENTRE or _of_both_sides(shape) or ARKIT[shape].side is side


def _of_both_sides(shape: str) -> bool:
    return ARKIT[shape].side is Side.CENTRE or shape in _SIDEWAYS


def _spread(stem: str) -> tuple[str, ...]:
    names = (stem,) if stem in ARKIT else (f"{stem}Left", f"{stem}Right")
    if not set(names) <= set(SHAPES):
        raise DirectionError(unknown("blend shape in the table between ARKit and MetaHuman", stem, SHAPES))
    return names


def _columns(half: str) -> list[tuple[int, Side]]:
    """Columns of ``halves`` for a control as the file writes it, with their sides: one in the middle or two."""
    found = _HALF.fullmatch(half)
    short, sign = (found["control"], found["half"]) if found else (half, "")
    names = [name for mark in ("C_", "L_", "R_", "") if (name := control(mark + short)) in METAHUMAN]
    if not names:
        raise DirectionError(unknown("control in the table between ARKit and MetaHuman", control(f"L_{short}"), METAHUMAN.names))
    if (METAHUMAN[names[0]].low < 0) != bool(sign):
        way = "goes both ways: add + or -" if not sign else "goes one way: leave out + and -"
        raise DirectionError(f"'{half}' in the table between ARKit and MetaHuman {way}.")
    offset = len(METAHUMAN) if sign == "-" else 0
    return [(METAHUMAN.index(name) + offset, METAHUMAN[name].side) for name in names]


def _weight(number: Any) -> float:
    if not isinstance(number, int | float) or not 0 <= number <= 1:
        raise DirectionError(f"the table between ARKit and MetaHuman has a weight {number!r}: write a number from 0 to 1.")
    return float(number)
