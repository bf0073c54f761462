"""Gaze: held on the listener by small saccades, averted now and then, steady while the head moves."""

import numpy as np

from backend.generators.procedural.line import Array, Curves, Line, ease

# Radians that a look shape at full weight stands for: slopes of eye angle over look weights in Live Link Face
# captures (0.59 to 0.61 across, 0.48 to 0.56 up and down in four takes).
ACROSS, UP_DOWN = 0.60, 0.50
FIXATION = (0.45, 2.2)  # s; on a partner's face a look stays about a second (Lee, Badler & Badler 2002)
NEAR = (0.035, 0.025)  # rad across and up; from eye to eye to mouth of a partner at conversation distance
AWAY = (0.22, 0.10)  # rad; glances aside while thinking
AVERT_SPEAKING, AVERT_PAUSE = 0.12, 0.35  # chance that a look goes aside (Kendon 1967: more when a turn is being planned)


def gaze(line: Line, head: Curves) -> Curves:
    """Eye angles in radians and the look shapes that go with them, by frame; ``head`` holds head rotations."""
    across, down = _target(line)
    strength = line.settings["gaze"]
    # The eyes keep their target while the head turns under them (vestibulo-ocular reflex, gain near one).
    yaw = strength * np.clip(line.at_frames(across) - head["headYaw"], -0.6, 0.6)
    pitch = np.clip(strength * (line.at_frames(down) - 0.8 * head["headPitch"]) + line.at_frames(line.felt("gaze_down", 0.0)), -0.45, 0.45)
    curves: Curves = {}
    for side, outward in (("Left", 1.0), ("Right", -1.0)):
        curves[f"{side.lower()}EyeYaw"] = yaw
        curves[f"{side.lower()}EyePitch"] = pitch
        curves[f"eyeLookOut{side}"] = np.maximum(outward * yaw, 0) / ACROSS
        curves[f"eyeLookIn{side}"] = np.maximum(-outward * yaw, 0) / ACROSS
        curves[f"eyeLookDown{side}"] = np.maximum(pitch, 0) / UP_DOWN
        curves[f"eyeLookUp{side}"] = np.maximum(-pitch, 0) / UP_DOWN
    return curves


def _target(line: Line) -> tuple[Array, Array]:
    """Where the look rests, left and down in radians, at 100 Hz: fixations joined by saccades."""
    chance = line.random("gaze")
    across, down = np.zeros_like(line.times), np.zeros_like(line.times)
    time, here = 0.0, np.zeros(2)
    while time < line.times[-1]:
        time += chance.uniform(*FIXATION)
        silent = np.interp(time, line.times, line.speaking) < 0.5
        reach = AWAY if chance.random() < (AVERT_PAUSE if silent else AVERT_SPEAKING) else NEAR
        there = chance.uniform(-1, 1, 2) * reach
        # Main sequence (Bahill, Clark & Stark 1975): a saccade of d degrees takes about 2.2 d + 21 ms.
        seconds = 0.021 + 0.0022 * float(np.degrees(np.hypot(*(there - here))))
        step = ease((line.times - time) / seconds)
        across += (there[0] - here[0]) * step
        down += (there[1] - here[1]) * step
        here = there
    return across, down
