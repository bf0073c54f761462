"""``rules``: the procedural performer, teacher and baseline of the learned ones. No network.

Visemes by dominance (Cohen & Massaro 1993), emotion prototypes in action units (Friesen & Ekman
1983), beats on accents, blinks, gaze and breath; every table is in ``presets/`` or at the head of
the part that reads it, with its source.
"""

import numpy as np

from backend.emotion.direction import KINDS, Direction
from backend.emotion.track import EmotionTrack
from backend.generators.generator import Setting, resolve
from backend.generators.procedural.articulation import Articulation, articulate, close_lips
from backend.generators.procedural.beats import brow_beats, head_motion
from backend.generators.procedural.blinks import blinks
from backend.generators.procedural.breathing import breathing
from backend.generators.procedural.expression import express
from backend.generators.procedural.gaze import gaze
from backend.generators.procedural.guided import in_presets
from backend.generators.procedural.line import Curves, Line
from backend.motion import Motion, clamp
from backend.motion.arkit import ARKIT
from backend.speech.prosody.accents import accents
from backend.speech.speech import Speech

ROUNDING_FIGHTS_SMILE = 0.7  # a full pucker takes this share of a smile away: zygomatic and orbicularis pull against each other


class Rules:
    name = "rules"
    summary = "procedural performer: visemes, emotion prototypes, beats, blinks and gaze by rule; no network"
    rig = "arkit"
    guides = KINDS
    pictures = "landmarks"
    settings = (
        Setting("mouth", 1.0, 0.0, 2.0, "how far the mouth opens and shapes words", animatable=True),
        Setting("brows", 1.0, 0.0, 2.0, "how strongly the brows beat with stressed syllables", animatable=True),
        Setting("head", 1.0, 0.0, 2.0, "how much the head nods and drifts", animatable=True),
        Setting("gaze", 1.0, 0.0, 2.0, "how much the eyes move", animatable=True),
        Setting("blinks_per_minute", 20.0, 0.0, 60.0, "17 at rest, 26 in conversation (Bentivoglio et al. 1997)"),
        Setting("breath", 1.0, 0.0, 2.0, "how visible breathing is"),
        Setting("asymmetry", 1.0, 0.0, 3.0, "how much left and right differ"),
    )

    def perform(self, speech: Speech, track: EmotionTrack, direction: Direction) -> Motion:
        """Perform on the ``arkit`` rig at the direction's frame rate; memory grows with the frames alone.

        A text or a picture is performed as the mixture of presets that is nearest to it.
        """
        line = Line(speech, in_presets(track), direction.rate, direction.seed, resolve(self.settings, direction.settings))
        stressed = accents(line.speech)
        mouth = articulate(line)
        head = head_motion(line, stressed)
        curves = speak_through(mouth, express(line))
        curves = add(curves, head, brow_beats(line, stressed), gaze(line, head), breathing(line))
        curves = lids(curves, blinks(line))
        return clamp(Motion.from_curves(ARKIT, curves, len(line.frame_times), direction.rate))


def speak_through(mouth: Articulation, felt: Curves) -> Curves:
    """Join the speaking mouth and the felt face: the emotion colours the mouth, lip contacts still close."""
    curves = add(mouth.curves, close_lips(felt, mouth.seal, mouth.tuck))
    rounded = np.clip(curves["mouthPucker"] + 0.7 * curves["mouthFunnel"], 0, 1)
    for channel in ("mouthSmileLeft", "mouthSmileRight", "mouthStretchLeft", "mouthStretchRight"):
        curves[channel] = curves[channel] * (1 - ROUNDING_FIGHTS_SMILE * rounded)
    return curves | {"mouthClose": curves["jawOpen"] * mouth.seal}


def lids(curves: Curves, blinked: Curves) -> Curves:
    """A blink closes the eye from wherever the lids are, and nothing else holds it open meanwhile."""
    joined = dict(curves)
    for side in ("Left", "Right"):
        name = f"eyeBlink{side}"
        blink = blinked.get(name, np.zeros(1))
        droop = curves.get(name, np.zeros(1))
        joined[name] = droop + (1 - droop) * blink
        for channel in (f"eyeWide{side}", f"eyeSquint{side}", f"eyeLookDown{side}", f"eyeLookUp{side}"):
            joined[channel] = curves.get(channel, np.zeros(1)) * (1 - blink)
    return joined


def add(*parts: Curves) -> Curves:
    """The sum of the parts' curves, channel by channel."""
    total: Curves = {}
    for part in parts:
        for channel, curve in part.items():
            total[channel] = total[channel] + curve if channel in total else curve
    return total


RULES = Rules()
