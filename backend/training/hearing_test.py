"""How well an ear hears: what of the mouth it gets right, measured against somebody else's phone times."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.speech.inventory import CLOSURES, SILENCE, VISEME, VISEMES
from backend.speech.speech import Phone

FRAME = 0.01  # s
NEAR = 2  # frames of tolerance
EVENT = 0.05  # s within which a closure, or a start, is found

Frames = NDArray[np.intp]


@dataclass
class Score:
    """Sums over recordings; the properties are what is reported, each a share but for ``median``, in seconds."""

    frames: int = 0
    right: int = 0
    near: int = 0
    spoken: int = 0
    spoken_right: int = 0
    closures: int = 0
    found: int = 0
    claimed: int = 0
    true: int = 0
    starts: tuple[float, ...] = ()

    def add(self, reference: Sequence[Phone], heard: Sequence[Phone]) -> None:
        """One recording's phones against the reference's. Frames in no phone of the reference do not count."""
        end = max(phone.end for phone in reference)
        truth, told = _visemes(reference, end), _visemes(heard, end)
        known = truth >= 0
        close = np.zeros(len(truth), np.bool_)
        for shift in range(-NEAR, NEAR + 1):
            close |= truth == _shifted(told, shift)
        self.frames, self.right, self.near = (
            self.frames + int(known.sum()),
            self.right + int((truth == told)[known].sum()),
            self.near + int(close[known].sum()),
        )
        spoken = truth > 0
        self.spoken, self.spoken_right = self.spoken + int(spoken.sum()), self.spoken_right + int((truth == told)[spoken].sum())
        wanted, given = _closures(reference), _closures(heard)
        self.found += sum(any(_meet(w, g) for g in given) for w in wanted)
        # What is claimed where nobody labelled anything is neither right nor wrong.
        true = [any(_meet(w, g) for w in wanted) for g in given]
        judged = [
            hit or (g[1] <= end and truth[min(int(sum(g) / 2 / FRAME), len(truth) - 1)] >= 0) for hit, g in zip(true, given, strict=True)
        ]
        self.closures, self.claimed, self.true = self.closures + len(wanted), self.claimed + sum(judged), self.true + sum(true)

    def add_starts(self, reference: Sequence[Phone], heard: Sequence[Phone]) -> None:
        """Errors of the starts of the phones that both have, in order."""
        self.starts += tuple(_start_errors(reference, heard))

    @property
    def strict(self) -> float:
        return self.right / max(self.frames, 1)

    @property
    def within_20_ms(self) -> float:
        return self.near / max(self.frames, 1)

    @property
    def in_speech(self) -> float:
        return self.spoken_right / max(self.spoken, 1)

    @property
    def recall(self) -> float:
        return self.found / max(self.closures, 1)

    @property
    def precision(self) -> float:
        return self.true / max(self.claimed, 1)

    @property
    def median(self) -> float:
        return float(np.median(self.starts)) if self.starts else float("nan")

    def within(self, seconds: float) -> float:
        """The share of the starts that are no further off than this."""
        return float(np.mean(np.array(self.starts) <= seconds + 1e-6)) if self.starts else float("nan")


def _visemes(phones: Sequence[Phone], end: float) -> Frames:
    """The number of the viseme at each hundredth of a second, -1 where there is none."""
    frames = np.full(int(end / FRAME) + 1, -1)
    for phone in phones:
        frames[int(np.ceil(phone.start / FRAME - 1e-6)) : int(np.ceil(phone.end / FRAME - 1e-6))] = VISEMES.index(VISEME[phone.symbol])
    return frames


def _shifted(frames: Frames, by: int) -> Frames:
    moved = np.roll(frames, by)
    if by:
        moved[slice(0, by) if by > 0 else slice(by, None)] = -2
    return moved


def _closures(phones: Sequence[Phone]) -> list[tuple[float, float]]:
    """Stretches in which the lips stay together; neighbours are one."""
    found: list[tuple[float, float]] = []
    for phone in phones:
        if phone.symbol not in CLOSURES:
            continue
        if found and phone.start - found[-1][1] < 1e-3:
            found[-1] = found[-1][0], phone.end
        else:
            found.append((phone.start, phone.end))
    return found


def _meet(a: tuple[float, float], b: tuple[float, float]) -> bool:
    """Whether two closures overlap, or their middles lie within :data:`EVENT`."""
    return abs(sum(a) - sum(b)) / 2 <= EVENT or min(a[1], b[1]) - max(a[0], b[0]) > 0


def _start_errors(reference: Sequence[Phone], heard: Sequence[Phone]) -> list[float]:
    """By the best alignment of both sequences of phones, counting only equal ones (longest common subsequence, near in time)."""
    ours = [p for p in heard if p.symbol != SILENCE]
    theirs = [p for p in reference if p.symbol != SILENCE]
    best = np.zeros((len(ours) + 1, len(theirs) + 1))
    for i, a in enumerate(ours):
        for j, b in enumerate(theirs):
            same = _alike(a.symbol, b.symbol)
            best[i + 1, j + 1] = max(best[i, j + 1], best[i + 1, j], best[i, j] + 1 - 0.1 * min(abs(a.start - b.start), 5) if same else 0)
    i, j, errors = len(ours), len(theirs), list[float]()
    while i and j:
        if best[i, j] == best[i - 1, j]:
            i -= 1
        elif best[i, j] == best[i, j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            errors.append(abs(ours[i].start - theirs[j].start))
    return errors


def _alike(a: str, b: str) -> bool:
    """The same phone, but for vowels that dictionaries write now so, now so."""
    return a == b or {a, b} <= {"ʌ", "ə", "ɪ"} or {a, b} <= {"ɑ", "ɔ"}
