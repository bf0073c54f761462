"""A motion: a rig, a value per frame and channel, and a frame rate."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backend.errors import InputError
from backend.motion.rate import Rate, frame_times
from backend.motion.rig import Rig


@dataclass(frozen=True, eq=False)
class Motion:
    """Values ``[frames, channels]``, float32, read-only; frame i happens at ``i / rate`` seconds.

    Raises:
        InputError: the shape does not fit the rig, there is no frame, or a value is not finite.
    """

    rig: Rig
    values: NDArray[np.float32]
    rate: Rate

    def __post_init__(self) -> None:
        values = np.ascontiguousarray(self.values, dtype=np.float32)
        if values.ndim != 2 or values.shape[1] != len(self.rig) or not len(values):
            raise InputError(f"a motion of rig '{self.rig.name}' needs values [frames, {len(self.rig)}], not {list(values.shape)}.")
        if not np.isfinite(values).all():
            bad = self.rig.names[int(np.argwhere(~np.isfinite(values))[0, 1])]
            raise InputError(f"channel '{bad}' holds a value that is not finite.")
        if values is self.values or values.base is not None:
            values = values.copy()
        values.flags.writeable = False
        object.__setattr__(self, "values", values)

    @classmethod
    def still(cls, rig: Rig, frames: int, rate: Rate) -> "Motion":
        """A face at rest: every value zero."""
        return cls(rig, np.zeros((frames, len(rig)), np.float32), rate)

    @classmethod
    def from_curves(cls, rig: Rig, curves: Mapping[str, ArrayLike], frames: int, rate: Rate) -> "Motion":
        """Put named curves ``[frames]`` into a face at rest."""
        return cls.still(rig, frames, rate).with_curves(curves)

    @property
    def frames(self) -> int:
        return len(self.values)

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the last."""
        return float((self.frames - 1) / self.rate)

    @property
    def times(self) -> NDArray[np.float64]:
        """Seconds of every frame, ``[frames]``."""
        return frame_times(self.frames, self.rate)

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        """The curve of one channel, ``[frames]``."""
        return self.values[:, self.rig.index(name)]

    def pick(self, names: tuple[str, ...]) -> NDArray[np.float32]:
        """The curves of several channels, ``[frames, len(names)]``."""
        return self.values[:, [self.rig.index(name) for name in names]]

    def with_values(self, values: NDArray[np.float32]) -> "Motion":
        return replace(self, values=values)

    def with_curves(self, curves: Mapping[str, ArrayLike]) -> "Motion":
        """A copy in which the named channels hold the given curves ``[frames]``."""
        values = self.values.copy()
        for name, curve in curves.items():
            values[:, self.rig.index(name)] = curve
        return replace(self, values=values)
