"""What the learned generators learn from: one line in one emotion, by one speaker.

The rules performer's own parts, each set to the speaker's style, with habits (``habits.py``) that the performer leaves out
because an artist would not have asked for them.
"""

from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from backend.generators.procedural.articulation import Articulation, articulate, close_lips
from backend.generators.procedural.blinks import blinks
from backend.generators.procedural.breathing import breathing
from backend.generators.procedural.expression import express
from backend.generators.procedural.line import Curves, Line
from backend.generators.rules import add, lids, speak_through
from backend.motion import Motion, Rate, clamp
from backend.motion.arkit import ARKIT
from backend.speech.prosody.accents import accents
from backend.speech.speech import Phone, Speech
from backend.training.teacher.course import course, track_of
from backend.training.teacher.habits import SWAY, brow_habits, head_habits, lid_habits, look, mouth_habits
from backend.training.teacher.style import Style

BLUR = 0.022  # s; standard deviation by which the laxest speaker blurs what is between contacts
UNDERSHOT = 0.3  # share of every opening that the laxest speaker leaves out
# How far the channels go beside the rules performer's, so that their ranges and speeds come within a factor of two of those in stretches of
# real captures in which the jaw talks (docs/corpus.md has the table).
SIZES = {"jawOpen": 1.9, "mouthLowerDown": 1.8, "mouthPucker": 0.6, "mouthRollLower": 0.7, "mouthPress": 0.5, "mouthShrugLower": 0.6}
BROWS = 0.8  # the same for raised brows
JAW_PULLS = 0.7  # share of a smile that a wide open jaw takes away: it draws the corners down
LEAN = 0.16  # share by which the side that does more exceeds what is asked for


def teach(speech: Speech, emotion: str, intensity: float, style: Style, rate: Rate, seed: int) -> Motion:
    """The line in an emotion, on rig ``arkit``, from time zero to its end.

    Words are said alike in every emotion: lips, jaw and tongue have the same times, contacts are made, and everything random is
    drawn from ``seed``. ``intensity`` is that of the emotion's apex, about 0.3 to 1.5.

    Raises:
        DirectionError: nobody knows the emotion.
    """
    track = track_of(emotion, course(speech, emotion, intensity, style, seed))
    line = Line(speech, track, rate, seed, _settings(style))
    stressed = accents(speech)
    head = head_habits(line, stressed, style)
    curves = speak_through(_speak(line, style), add(express(line), mouth_habits(line, style)))
    curves = add(curves, head, brow_habits(line, stressed, style), look(line, head, style), breathing(line))
    for name in ("mouthSmileLeft", "mouthSmileRight"):
        curves[name] = curves[name] * (1 - JAW_PULLS * np.clip(curves["jawOpen"], 0, 1))
    curves = lids(_lean(curves, style), lid_habits(line, blinks(line), style))
    return clamp(Motion.from_curves(ARKIT, curves, len(line.frame_times), rate))


def _settings(style: Style) -> dict[str, float]:
    """The rules performer's settings. Its ``mouth`` stays at 1, below which lips no longer meet; openings are scaled here."""
    return {
        "mouth": 1.0,
        "brows": BROWS * style.brows,
        "head": SWAY * style.sway,
        "gaze": style.gaze,
        "blinks_per_minute": style.blinks,
        "breath": style.breath,
        "asymmetry": style.asymmetry,
    }


def _speak(line: Line, style: Style) -> Articulation:
    """The speaking mouth, ahead of the sound by the speaker's lead, as wide and as lax as the speaker's."""
    spoken = replace(line, speech=replace(line.speech, phones=_ahead(line.speech.phones, style.lead)))
    mouth = articulate(spoken)
    size = style.mouth * (1 - UNDERSHOT * style.laxness)
    blur = BLUR * style.laxness / line.frame
    opened = {name: _size(name) * size * gaussian_filter1d(curve, max(blur, 1e-3), mode="nearest") for name, curve in mouth.curves.items()}
    return replace(mouth, curves=close_lips(opened, mouth.seal, mouth.tuck))


def _size(channel: str) -> float:
    return SIZES.get(channel.removesuffix("Left").removesuffix("Right"), 1.0)


def _ahead(phones: tuple[Phone, ...], seconds: float) -> tuple[Phone, ...]:
    """Every boundary but the outermost earlier by ``seconds``; no phone is lost."""
    if not phones:
        return phones
    bounds = np.array([phones[0].start, *(phone.end for phone in phones)])
    bounds[1:-1] -= seconds
    bounds = np.maximum.accumulate(np.clip(bounds, phones[0].start, phones[-1].end))
    return tuple(replace(p, start=float(a), end=float(b)) for p, a, b in zip(phones, bounds[:-1], bounds[1:], strict=True))


def _lean(curves: Curves, style: Style) -> Curves:
    """More on one side, in mouth, cheeks and brows; what is zero stays zero, so that contacts hold."""
    leaning = dict(curves)
    for name, curve in curves.items():
        sign = 1 if name.endswith("Left") else -1 if name.endswith("Right") else 0
        if sign and ARKIT[name].region in ("mouth", "cheek", "brow", "nose"):
            leaning[name] = curve * (1 + sign * LEAN * style.lean)
    return leaning
