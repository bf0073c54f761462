"""What every loader yields."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.errors import InputError
from backend.motion import Motion, Rate

Vertices = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Clip:
    """One utterance: what was said, by whom and how, with the movement of the face where the set has it.

    ``motion`` is in one of Mien's rigs; ``vertices [frames, V, 3]`` are metres, of the mesh that rests as ``template [V, 3]``;
    ``rate`` is theirs, None where there is neither. Their frame 0 happens ``start`` seconds into ``audio``, which may
    be a film. ``video`` is the film where tracking it is still to do (``mien curate``). ``identity`` holds FLAME's shape
    coefficients. ``emotion`` is Mien's own label where it has one, else the set's word; ``intensity`` is the share of the
    strongest that the set tells apart, 0 for neutral, None where it does not say. ``sentence`` names what is said, alike for
    all who say it, and "" where nobody knows; ``script`` has the words. ``split`` is the set's own part or "".

    Raises:
        InputError: a moving face without a frame rate, or a template of another mesh.
    """

    name: str
    source: Path
    audio: Path | None = None
    motion: Motion | None = None
    vertices: Vertices | None = None
    template: Vertices | None = None
    rate: Rate | None = None
    start: float = 0.0
    video: Path | None = None
    identity: NDArray[np.float32] | None = None
    speaker: str = ""
    emotion: str = ""
    intensity: float | None = None
    language: str = ""
    script: str = ""
    sentence: str = ""
    split: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        if self.rate is None and self.motion is not None:
            object.__setattr__(self, "rate", self.motion.rate)
        if self.vertices is not None and self.rate is None:
            raise InputError(f"{self.source} does not say its frame rate: give one, such as rate 30.")
        if self.vertices is not None and self.template is not None and self.template.shape != self.vertices.shape[1:]:
            moved, rest = self.vertices.shape[1], len(self.template)
            raise InputError(f"{self.source} moves {moved} vertices and its template has {rest}: give the template of that mesh.")

    @property
    def frames(self) -> int:
        """Of the moving face; 0 where there is none."""
        if self.motion is not None:
            return self.motion.frames
        return 0 if self.vertices is None else len(self.vertices)


@dataclass(frozen=True, slots=True)
class Given:
    """What the caller knows of a folder and its files may not say."""

    rate: Rate | None = None
    speaker: str = ""
    licence: str = ""


Loader = Callable[[Path, Given], Iterator[Clip]]
