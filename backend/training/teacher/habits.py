"""What a speaker does besides speaking and feeling: brows, head, eyes and lids, tied to accents, pauses and words."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from backend.generators.procedural.beats import brow_beats, head_motion
from backend.generators.procedural.gaze import gaze
from backend.generators.procedural.line import Array, Curves, Line, bump, ease
from backend.speech.prosody.accents import Accent
from backend.speech.speech import PROSODY_RATE
from backend.training.teacher.style import Style

FURROW, FURROW_HALF_WIDTH = 0.28, (0.14, 0.38)  # browDown on a full accent, s from rest to its height
BROW_LIFE, SQUINT_LIFE = 0.07, 0.09  # by how much brows and lower lids wander between
QUICK = 0.8  # of what brows and mouth corners wander is quick, turning within QUICKLY seconds
QUICKLY = 0.25
# By how much the mouth wanders apart from words and feelings, at most; real captures never hold it still.
MOUTH_LIFE = {"mouthSmile": 0.22, "mouthFrown": 0.12, "mouthDimple": 0.08, "mouthStretch": 0.08, "noseSneer": 0.05, "cheekSquint": 0.03}
MOUTH_TURNS = 0.45  # s
SYLLABLES = 1.2  # factor by which that grows on loud syllables, now and then
SIDEWAYS = 0.10
VOICE, VOICED = 0.012, 0.05  # rad on a loud syllable, s that smooth it: the head moves with the voice (Munhall et al. 2004)
SWAY = 1.5  # factor on the rules performer's drift of the head, which is meant to go unnoticed
DIP, DIP_HALF_WIDTH = 0.045, 0.45  # rad, s: the head goes down as a phrase ends (Hadar et al. 1983: with falling pitch)
SHIFT, SHIFT_SECONDS = {"headYaw": 0.07, "headPitch": 0.025, "headRoll": 0.04}, 0.7  # rad, s: a new posture between phrases (Kendon 1972)
LONG_ENOUGH = 0.2  # s; in a shorter pause nobody looks away or turns
AWAY = (0.20, 0.09)  # rad across and up or down (Kendon 1967: eyes go aside while what comes next is planned)
HALF_BLINK = (0.25, 0.6)


def brow_habits(line: Line, stressed: Sequence[Accent], style: Style) -> Curves:
    """Raised brows on some accents, drawn ones on others, and a little life between, by frame."""
    chance = line.random("furrow")
    drawn = [chance.random() < style.furrow for _ in stressed]
    raised = brow_beats(line, [accent for accent, furrows in zip(stressed, drawn, strict=True) if not furrows])
    down = np.zeros_like(line.times)
    for accent in (accent for accent, furrows in zip(stressed, drawn, strict=True) if furrows):
        near, hill = bump(line.times, accent.time + chance.normal(0, 0.05), chance.uniform(*FURROW_HALF_WIDTH))
        down[near] = np.maximum(down[near], accent.strength * hill)
    down = line.at_frames(FURROW * style.brows * down)
    alive = _alive(line, "brow life", 0.9) * BROW_LIFE * style.brows
    lowered = 0.6 * _alive(line, "brow weight", 1.1) * BROW_LIFE * style.brows
    squint = line.at_frames(np.maximum(line.wander("squint life", 1.4), 0)) * SQUINT_LIFE + 0.3 * down
    return raised | {
        "browInnerUp": raised["browInnerUp"] + alive,
        "browDownLeft": down + lowered,
        "browDownRight": down + lowered,
        "eyeSquintLeft": squint,
        "eyeSquintRight": squint,
    }


def head_habits(line: Line, stressed: Sequence[Accent], style: Style) -> Curves:
    """Head rotations in radians, by frame: sway, nods, dips as phrases end, new postures between phrases, and how it is held."""
    share = style.nods / (SWAY * style.sway)  # the rules performer's one factor stands for drift and nods alike
    turned = head_motion(line, [replace(accent, strength=accent.strength * share) for accent in stressed])
    chance = line.random("posture")
    extra = {name: np.zeros_like(line.times) for name in SHIFT}
    extra["headRoll"] += style.tilt
    extra["headPitch"] += VOICE * style.nods * _voice(line)
    extra["headYaw"] += VOICE * style.sway * _voice(line) * line.wander("voice aside", 0.8)
    for start, _ in _pauses(line):
        down, moves = chance.uniform(0.3, 1.0), chance.random() < style.shifts
        near, hill = bump(line.times, start, DIP_HALF_WIDTH)
        extra["headPitch"][near] += DIP * style.nods * down * hill
        for name, size in SHIFT.items():
            to = chance.normal(0, size) * style.sway * moves
            extra[name] += to * ease((line.times - start) / SHIFT_SECONDS)
    return {name: curve + line.at_frames(extra[name]) for name, curve in turned.items()}


def look(line: Line, head: Curves, style: Style) -> Curves:
    """The rules performer's gaze, with glances aside in pauses; looks away are put on as turns of the head that the eyes undo."""
    chance = line.random("aversion")
    across, down = np.zeros_like(line.times), np.zeros_like(line.times)
    for start, end in _pauses(line):
        averts, side, height = chance.random() < style.aversion, chance.uniform(0.4, 1) * chance.choice([-1, 1]), chance.uniform(-1, 1)
        away = ease((line.times - start) / 0.05) * ease((end + chance.uniform(0.0, 0.4) - line.times) / 0.05)
        across += averts * side * AWAY[0] * away
        down += averts * height * AWAY[1] * away
    return gaze(
        line,
        head | {"headYaw": head["headYaw"] - line.at_frames(across), "headPitch": head["headPitch"] - line.at_frames(down) / 0.8},
    )


def lid_habits(line: Line, blinked: Curves, style: Style) -> Curves:
    """Blinks as they are, with partial ones between them."""
    chance = line.random("half blinks")
    closed: Array = np.zeros_like(line.times)
    for time in chance.uniform(0, line.speech.duration, chance.poisson(style.half_blinks * line.speech.duration / 60)):
        near, hill = bump(line.times, float(time), 0.15)
        closed[near] = np.maximum(closed[near], chance.uniform(*HALF_BLINK) * hill)
    return {name: np.maximum(curve, line.at_frames(closed)) for name, curve in blinked.items()}


def mouth_habits(line: Line, style: Style) -> Curves:
    """Corners, nostrils and lips that are never quite still, by frame; the words close over it."""
    curves: Curves = {}
    for stem, most in MOUTH_LIFE.items():
        tightens = line.at_frames(np.maximum(_voice(line), 0) * np.maximum(line.wander(f"{stem} tension", 1.6), 0))
        alive = most * (_alive(line, f"{stem} life", MOUTH_TURNS) + SYLLABLES * tightens)
        lean = 0.3 * style.asymmetry * line.at_frames(line.wander(f"{stem} side", 1.3))
        curves[f"{stem}Left"], curves[f"{stem}Right"] = alive * np.maximum(1 + lean, 0), alive * np.maximum(1 - lean, 0)
    aside = SIDEWAYS * style.asymmetry * line.at_frames(line.wander("mouth aside", 0.5) * line.speaking)
    return curves | {"mouthLeft": np.maximum(aside, 0), "mouthRight": np.maximum(-aside, 0)}


def _alive(line: Line, what: str, seconds: float) -> Array:
    """Coming and going between 0 and 1 every ``seconds`` or so, with something quick in it, by frame."""
    slow, quick = line.wander(what, seconds), line.wander(f"{what} quick", QUICKLY)
    return line.at_frames(np.maximum(slow + QUICK * quick * np.maximum(slow, 0.2), 0))


def _voice(line: Line) -> Array:
    """How loud it is beside the second around it, about -1 to 1, at 100 Hz, nothing in pauses."""
    level = gaussian_filter1d(line.level, VOICED * float(PROSODY_RATE), mode="nearest")
    beside: Array = np.clip((level - gaussian_filter1d(line.level, float(PROSODY_RATE) / 2, mode="nearest")) / 8, -1, 1)
    return beside * line.speaking


def _pauses(line: Line) -> list[tuple[float, float]]:
    """Start and end of every pause after something was said that is long enough for a habit, seconds."""
    return [(pause.start, pause.end) for pause in line.speech.pauses() if pause.start > 0 and pause.duration >= LONG_ENOUGH]
