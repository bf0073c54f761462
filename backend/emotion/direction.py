"""What the artist asks for: frozen, and written into every take."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import DirectionError, unknown
from backend.motion.rate import Rate, parse_rate

MAX_INTENSITY = 2.0
KINDS = ("label", "text", "image")  # of guides
LONGEST_TEXT, MOST_FEATURES = 2000, 4096
Value = float | int | bool | str


class Ease(StrEnum):
    """How a guide fades in and out."""

    STEP = "step"
    LINEAR = "linear"
    SMOOTH = "smooth"


@dataclass(frozen=True, slots=True)
class Guide:
    """One say in how the line is felt: ``value`` from ``start`` to ``end`` seconds.

    ``kind`` is what the value is: a ``label`` of the presets, a ``text`` that describes the face, or the name of an ``image`` (no path),
    whose ``features`` were read when the guide was made (``backend.emotion.pictures``), so that the picture is needed no more.

    An open start or end reaches to that end of the recording. ``fade`` is the time in seconds that
    the guide takes to come in, centred on its start, and to go, centred on its end; left open, the
    label's own onset and offset are used, and for a text or an image those of ``feel.ONSET`` and ``feel.OFFSET``.
    """

    value: str
    weight: float = 1.0
    start: float | None = None
    end: float | None = None
    fade: float | None = None
    ease: Ease = Ease.SMOOTH
    kind: str = "label"
    features: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not (np.isfinite(self.weight) and 0 <= self.weight <= MAX_INTENSITY):
            raise DirectionError(f"'{self.value}' has weight {self.weight:g}: give one from 0 to {MAX_INTENSITY:g}.")
        start, end = self.start or 0.0, np.inf if self.end is None else self.end
        if not 0 <= start < end:
            raise DirectionError(f"'{self.value}' runs from {start:g} s to {end:g} s: the start must be at least zero and before the end.")
        if self.fade is not None and not (np.isfinite(self.fade) and self.fade >= 0):
            raise DirectionError(f"'{self.value}' fades over {self.fade:g} s: give a time of zero or more.")
        self._check_kind()

    def _check_kind(self) -> None:
        if self.kind not in KINDS:
            raise DirectionError(unknown("kind of guide", self.kind, KINDS))
        if self.kind == "text" and not 0 < len(self.value.strip()) <= LONGEST_TEXT:
            raise DirectionError(f"a text that guides has 1 to {LONGEST_TEXT:,} characters, not {len(self.value.strip()):,}.")
        if self.kind != "image" and self.features:
            raise DirectionError(f"the {self.kind} '{self.value}' has features of a picture: only images have.")
        if self.kind == "image" and not (0 < len(self.features) <= MOST_FEATURES and np.isfinite(self.features).all()):
            raise DirectionError(f"the picture '{self.value}' was not read: a guide of an image needs its features, finite numbers.")
        if self.kind == "image" and ("/" in self.value or "\\" in self.value or not self.value):
            raise DirectionError(f"'{self.value}' is no name of a picture: leave its folder out.")


@dataclass(frozen=True, slots=True)
class Curve:
    """Keys in time, joined by straight lines and held beyond the ends."""

    times: tuple[float, ...] = (0.0,)
    values: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        if not self.times or len(self.times) != len(self.values):
            raise DirectionError("a curve needs at least one key, and a value for every time.")
        if not np.isfinite([*self.times, *self.values]).all():
            raise DirectionError("a curve holds a time or value that is not finite.")
        if any(b <= a for a, b in zip(self.times, self.times[1:], strict=False)):
            raise DirectionError("the times of a curve must rise from key to key.")

    def at(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values at the given seconds, of the same shape."""
        return np.interp(times, self.times, self.values)


@dataclass(frozen=True)
class Direction:
    """The artist's wishes for one line.

    ``settings`` are the generator's own, by the names it describes. Equal directions give equal
    takes: everything random is drawn from ``seed``.
    """

    guides: tuple[Guide, ...] = ()
    intensity: Curve = Curve()
    generator: str = "rules"
    rig: str = "arkit"
    rate: Rate = Fraction(30)
    seed: int = 0
    settings: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        outside = [v for v in self.intensity.values if not 0 <= v <= MAX_INTENSITY]
        if outside:
            raise DirectionError(f"an intensity of {outside[0]:g} is out of range: keep it from 0 to {MAX_INTENSITY:g}.")
        if not 0 <= self.seed < 2**63:
            raise DirectionError(f"a seed of {self.seed} cannot be used: give a whole number from 0 to {2**63 - 1}.")

    @property
    def references(self) -> dict[str, Guide]:
        """Texts and images by the name that they have in an emotion track: texts in quotes, images in brackets, in the order of the guides.

        No label is called so. What is told twice has one name; different pictures of one name are numbered.
        """
        found: dict[str, Guide] = {}
        for guide in self.guides:
            if guide.kind == "label" or any(_same(guide, other) for other in found.values()):
                continue
            name = f'"{guide.value}"' if guide.kind == "text" else f"[{guide.value}]"
            again = sum(other.kind == guide.kind and other.value == guide.value for other in found.values())
            found[f"{name[:-1]} {again + 1}]" if again else name] = guide
        return found

    def column(self, guide: Guide) -> str:
        """The name of a text or an image among :attr:`references`."""
        return next(name for name, other in self.references.items() if _same(guide, other))

    def to_json(self) -> str:
        """The same text for equal directions, byte for byte."""
        plain = asdict(self) | {"rate": str(self.rate), "settings": dict(self.settings)}
        return json.dumps(plain, sort_keys=True, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Direction":
        """Read what :meth:`to_json` wrote.

        Raises:
            DirectionError: a field is missing, unknown or of the wrong kind.
        """
        try:
            plain: dict[str, Any] = json.loads(text)
            guides = tuple(_guide(guide) for guide in plain.pop("guides"))
            curve = plain.pop("intensity")
            intensity = Curve(tuple(curve["times"]), tuple(curve["values"]))
            return cls(guides=guides, intensity=intensity, rate=parse_rate(plain.pop("rate")), **plain)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DirectionError(f"this is no direction that Mien wrote: {error}.") from error


def _guide(plain: dict[str, Any]) -> Guide:
    features = tuple(plain.get("features", ()))
    if not all(isinstance(number, int | float) and not isinstance(number, bool) for number in features):
        raise TypeError("a picture's features are no numbers")
    return Guide(**plain | {"ease": Ease(plain["ease"]), "features": features})


def _same(one: Guide, other: Guide) -> bool:
    """Whether two guides tell the same, whenever and however strongly."""
    return (one.kind, one.value, one.features) == (other.kind, other.value, other.features)
