"""How the corpus moves beside how real faces do: range, speed and spectrum of every channel."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import detrend, welch

from backend.errors import InputError
from backend.motion import Motion, Rate, resample
from backend.training.corpus.reading import Corpus
from backend.training.corpus.splitting import SPLITS

RATE: Rate = Fraction(30)  # at which both are compared; phones capture at 30 or 60
MOVES, BUSY = 0.25, 0.4  # jaw speed per second that counts as moving, and the share of 1.5 s in which it does while talking
WINDOW = 4.0  # s of one spectrum
STILL = 0.01  # a channel whose range is smaller is not used by the face, or not tracked
FACTOR = 2.0  # what is off by more is told

# What the table tells: the channels of one line are averaged.
ROWS: Mapping[str, tuple[str, ...]] = {
    **{name: (name,) for name in ("jawOpen", "mouthClose", "mouthFunnel", "mouthPucker")},
    **{name: (name,) for name in ("mouthRollLower", "mouthRollUpper", "mouthShrugLower")},
    **{
        name: (f"{name}Left", f"{name}Right")
        for name in ("mouthSmile", "mouthFrown", "mouthStretch", "mouthPress", "mouthLowerDown", "mouthUpperUp", "mouthDimple")
    },
    "mouth sideways": ("mouthLeft", "mouthRight"),
    **{name: (f"{name}Left", f"{name}Right") for name in ("browDown", "browOuterUp")},
    "browInnerUp": ("browInnerUp",),
    **{name: (f"{name}Left", f"{name}Right") for name in ("eyeBlink", "eyeSquint", "eyeWide", "cheekSquint", "noseSneer")},
    **{name: (name,) for name in ("headYaw", "headPitch", "headRoll")},
}


@dataclass(frozen=True, slots=True)
class Figures:
    """Of a channel: ``range`` from its 2nd to its 98th percentile, mean ``speed`` per second, and the shares of its power
    (without what is slower than half a hertz, which windows cannot tell from posture) above 3 and above 8 Hz.
    """

    range: float
    speed: float
    above_3: float
    above_8: float


def figures(motions: Iterable[Motion]) -> dict[str, Figures]:
    """The figures of every row of ``ROWS`` over all motions, at 30 frames per second. Rows without movement are left out.

    Raises:
        InputError: there is no motion.
    """
    parts = [resample(motion, RATE) for motion in motions]
    if not parts:
        raise InputError("there is no motion to measure.")
    found = {row: [_figures([part[name] for part in parts]) for name in names] for row, names in ROWS.items()}
    return {row: _mean(each) for row, each in found.items() if max(one.range for one in each) > STILL}


def _figures(curves: Sequence[NDArray[np.float32]]) -> Figures:
    values = np.concatenate(curves)
    low, high = np.percentile(values, [2, 98])
    steps = np.concatenate([np.abs(np.diff(curve)) for curve in curves])
    power = sum((_power(curve) for curve in curves), np.zeros(_bins() // 2 + 1))
    hertz = np.arange(len(power)) / WINDOW
    power[hertz < 0.5] = 0
    total = max(float(power.sum()), 1e-12)
    above = [float(power[hertz > limit].sum()) / total for limit in (3, 8)]
    return Figures(float(high - low), float(steps.mean()) * float(RATE) if len(steps) else 0.0, *above)


def _bins() -> int:
    return round(WINDOW * float(RATE))


def _power(curve: NDArray[np.float32]) -> NDArray[np.float64]:
    """Power by frequency, as much as the curve is long."""
    size = _bins()
    if len(curve) < size // 4:
        return np.zeros(size // 2 + 1)
    padded = np.pad(detrend(curve.astype(np.float64), type="constant"), (0, max(size - len(curve), 0)))
    _, power = welch(padded, float(RATE), nperseg=size)
    found: NDArray[np.float64] = power * max(len(curve), size)
    return found


def _mean(each: Sequence[Figures]) -> Figures:
    return Figures(*(float(np.mean([getattr(one, name) for one in each])) for name in ("range", "speed", "above_3", "above_8")))


def of_corpus(corpus: Corpus, most: int = 200, emotion: str = "") -> dict[str, Figures]:
    """The figures of ``most`` sentences at most, from all over a corpus: each in one emotion after another, or all in ``emotion``.

    Raises:
        InputError: the sentences were not performed so.
    """
    return figures(_motions(corpus, most, emotion))


def _motions(corpus: Corpus, most: int, emotion: str) -> Iterator[Motion]:
    number, step = 0, max(1, len(corpus) // most)
    for split in SPLITS:
        for place, talk in enumerate(corpus.clips(split)):
            if place % step == 0:
                yield talk.motion(emotion or talk.emotions[number % len(talk.emotions)])
                number += 1


def of_captures(folder: Path) -> dict[str, Figures]:
    """The figures of the Live Link Face takes below a folder, where the jaw is as busy as in speech (``talking``).

    Raises:
        InputError: nobody talks in any, or one cannot be read.
    """
    from backend.training.datasets import load

    return figures(part for clip in load("livelink", folder) if clip.motion is not None for part in talking(clip.motion))


def talking(motion: Motion) -> Iterator[Motion]:
    """The stretches of a second or more in which the jaw moves most of the time: captures without sound do not say more."""
    rate = float(motion.rate)
    moves = np.abs(np.gradient(motion["jawOpen"])) * rate > MOVES if motion.frames > 1 else np.zeros(1, bool)
    busy = uniform_filter1d(moves.astype(np.float64), max(round(1.5 * rate), 1)) > BUSY
    edges = np.flatnonzero(np.diff(busy.astype(int), prepend=0, append=0))
    for first, last in edges.reshape(-1, 2):
        if last - first >= rate:
            yield motion.with_values(motion.values[first:last])


def table(ours: Mapping[str, Figures], real: Mapping[str, Figures] | None = None) -> str:
    """Both side by side, as Markdown; what is off by more than ``FACTOR`` has a star."""
    heads = ("range", "speed", "> 3 Hz", "> 8 Hz")
    columns = [head for name in heads for head in ((name, "real") if real else (name,))]
    lines = ["| channel | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for row, mine in ours.items():
        theirs = real.get(row) if real else None
        cells = [cell for name in Figures.__dataclass_fields__ for cell in _cells(name, mine, theirs, bool(real))]
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cells(name: str, mine: Figures, theirs: Figures | None, compared: bool) -> tuple[str, ...]:
    digits = ".0%" if name.startswith("above") else ".2f"
    value = float(getattr(mine, name))
    if not compared:
        return (f"{value:{digits}}",)
    if theirs is None:
        return (f"{value:{digits}}", "-")
    other = float(getattr(theirs, name))
    return (f"{value:{digits}}{'*' * off(value, other)}", f"{other:{digits}}")


def off(value: float, other: float) -> bool:
    """Whether two numbers differ by more than ``FACTOR``."""
    return max(value, other) > FACTOR * max(min(value, other), 1e-9)
