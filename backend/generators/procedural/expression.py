"""The felt face: emotion prototypes in action units, alive over time and a little uneven."""

import numpy as np

from backend.emotion.presets import emotion
from backend.generators.procedural.line import Array, Curves, Line
from backend.generators.procedural.tables import action_units
from backend.motion.arkit import ARKIT

# What is left of an expression's mouth and jaw while words are shaped: lips must remain free for speech.
MOUTH_WHILE_SPEAKING = 0.6
JAW_WHILE_SPEAKING = 0.25
LIFE = 0.12  # an apex is never held still: the expression wanders by this share
EMPHASIS = 0.18  # and grows by this share on loud syllables
UNEVEN = 0.08  # posed and felt faces both differ between the sides by some percent (Borod et al. 1997)


def express(line: Line) -> Curves:
    """The emotion track on the face, by frame."""
    strengths = line.track.at(line.times)
    alive = (1 + LIFE * line.wander("expression", 1.1)) * (1 + EMPHASIS * line.speaking * np.clip(1 + line.level / 12, 0, 1))
    curves: Curves = {}
    for column, label in enumerate(line.track.labels):
        for unit, intensity in emotion(label).units.items():
            for channel, weight in action_units()[unit].items():
                share = strengths[:, column] * alive * intensity * weight
                curves[channel] = curves.get(channel, 0.0) + share
    return {channel: line.at_frames(_free_for_speech(line, channel, curve) * _side(line, channel)) for channel, curve in curves.items()}


def prototype(label: str) -> dict[str, float]:
    """A label's whole face in channel weights and radians, held still at full strength."""
    preset, face = emotion(label), dict[str, float]()
    for unit, intensity in preset.units.items():
        for channel, weight in action_units()[unit].items():
            face[channel] = min(face.get(channel, 0.0) + intensity * weight, 1.0)
    return face | {"headPitch": preset.head_pitch, "headRoll": preset.head_roll}


def _free_for_speech(line: Line, channel: str, curve: Array) -> Array:
    kept = {"mouth": MOUTH_WHILE_SPEAKING, "jaw": JAW_WHILE_SPEAKING}.get(ARKIT[channel].region, 1.0)
    return curve * (1 - (1 - kept) * line.speaking)


def _side(line: Line, channel: str) -> Array | float:
    sign = 1 if channel.endswith("Left") else -1 if channel.endswith("Right") else 0
    return 1 + sign * UNEVEN * line.settings["asymmetry"] * line.wander("uneven", 2.7)
