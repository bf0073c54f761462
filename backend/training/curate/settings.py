"""The thresholds of every stage, in one place."""

import hashlib
import json
from dataclasses import asdict, dataclass

from backend.errors import InputError


@dataclass(frozen=True, slots=True)
class Settings:
    """What a clip must be to be kept. ``docs/curation.md`` says how each is measured.

    Raises:
        InputError: a threshold that makes no sense.
    """

    rate: int = 25  # frames a second that faces are tracked at (3DXTalker, appendix B.1)
    shortest: float = 3.0  # s; the shortest clips of acted sets are as long
    longest: float = 20.0  # s; longer talk is cut in its pauses (3DXTalker joins and cuts to 10 to 20)
    resolution: int = 256  # px of the shorter side of the picture
    face: float = 40.0  # px between the outer corners of the eyes; a face of some 100 px across
    snr: float = 15.0  # dB
    speech: float = 0.3  # share of the time in which something is said
    language: str = ""  # a code such as en; anything goes where it is empty
    tracked: float = 0.95  # share of frames in which a face is found
    alone: float = 0.95  # share of frames with one face only
    turned: float = 40.0  # degrees of yaw or pitch from which half of the face is hidden
    facing: float = 0.9  # share of frames that are turned less
    lag: float = 0.08  # s between picture and sound, either way; viewers notice from 0.045 and 0.125 on (ITU-R BT.1359)
    sync: float = 0.35  # confidence that the mouth says what is heard
    cut: float = 0.10  # change of the whole picture from frame to frame, of 1

    def __post_init__(self) -> None:
        if not 5 <= self.rate <= 120:
            raise InputError(f"cannot track at {self.rate} frames a second: choose 5 to 120.")
        if not 0.5 <= self.shortest < self.longest:
            raise InputError(
                f"clips of {self.shortest:g} to {self.longest:g} s make no sense: at least 0.5 s, and the longest above the shortest."
            )
        for name in ("speech", "tracked", "alone", "facing"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"'{name}' is a share: give a number from 0 to 1, not {getattr(self, name):g}.")

    @property
    def digest(self) -> str:
        """Changes with any threshold, so that clips judged by others are judged again."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]
