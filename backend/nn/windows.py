"""Long sequences in windows: every frame once, computed among as many neighbours as it depends on."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """Frames ``begin`` to ``end`` are computed, of which ``first`` to ``last`` are kept."""

    begin: int
    first: int
    last: int
    end: int

    @property
    def kept(self) -> slice:
        """Where the kept frames stand among the computed ones."""
        return slice(self.first - self.begin, self.last - self.begin)


def windows(frames: int, length: int, margin: int) -> Iterator[Window]:
    """Windows that keep ``length`` frames each and see ``margin`` more on either side, where there are any."""
    for first in range(0, frames, length):
        last = min(first + length, frames)
        yield Window(max(first - margin, 0), first, last, min(last + margin, frames))
