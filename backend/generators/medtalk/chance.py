"""What no voice tells: when the eyes blink, where they look, how the head moves. From the procedural performer, by its rules."""

import numpy as np
from numpy.typing import NDArray

from backend.emotion.track import EmotionTrack
from backend.face.metahuman import arkit_to_metahuman
from backend.generators.procedural.beats import head_motion
from backend.generators.procedural.blinks import blinks
from backend.generators.procedural.gaze import gaze
from backend.generators.procedural.line import Curves, Line
from backend.motion import Motion, Rate
from backend.motion.arkit import ARKIT
from backend.motion.metahuman import METAHUMAN, control
from backend.speech.prosody.accents import accents
from backend.speech.speech import Speech

LIDS = tuple(METAHUMAN.index(control(f"{side}_eye_blink")) for side in "LR")
GAZE = tuple(METAHUMAN.index(name) for name in METAHUMAN.in_region("gaze"))
_USED = ("gaze", "head", "blinks_per_minute")
_REST = {"mouth": 1.0, "brows": 1.0, "breath": 1.0, "asymmetry": 1.0}


def line_of(speech: Speech, track: EmotionTrack, rate: Rate, seed: int, settings: dict[str, float]) -> Line:
    """The line as the procedural performer reads it, with those of ``settings`` that it knows."""
    return Line(speech, track, rate, seed, _REST | {name: settings[name] for name in _USED})


def eyes_and_head(line: Line) -> Curves:
    """Blinks, gaze and head rotations by frame, by channels of ``arkit``."""
    head = head_motion(line, accents(line.speech))
    return blinks(line) | gaze(line, head) | head


def look_and_blink(values: NDArray[np.float32], chance: Curves, window: slice, rate: Rate) -> NDArray[np.float32]:
    """Motion ``[T, 174]`` of the window's frames with gaze in place of its own, and lids that close from wherever they are."""
    eyes = {name: curve[window] for name, curve in chance.items() if not name.startswith("head")}
    looking = arkit_to_metahuman(Motion.from_curves(ARKIT, eyes, len(values), rate), rotations=True)
    seen = values.copy()
    seen[:, GAZE] = looking.values[:, GAZE]
    for column, side in zip(LIDS, ("Left", "Right"), strict=True):
        blink = eyes[f"eyeBlink{side}"].astype(np.float32)
        seen[:, column] += (1 - seen[:, column]) * blink
    return seen
