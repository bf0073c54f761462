"""Moves of action units, and a face that is alive under them, as a motion on the ``arkit`` rig."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.emotion.track import EmotionTrack
from backend.generators.procedural.beats import head_motion
from backend.generators.procedural.blinks import blinks
from backend.generators.procedural.gaze import gaze
from backend.generators.procedural.line import Curves, Line
from backend.generators.procedural.tables import action_units
from backend.generators.rules import add, lids
from backend.motion import Motion, Rate, clamp
from backend.motion.arkit import ARKIT
from backend.motion.curves import mirror
from backend.motion.rate import frame_times, frames_to_cover
from backend.speech.inventory import PHONES, SILENCE
from backend.speech.speech import BANDS, PROSODY_RATE, SAMPLE_RATE, Phone, Prosody, Speech
from backend.training.expressions.dynamics import Array, Move
from backend.training.expressions.variants import Event, exchanged

LIFE, TURNS = 0.07, 0.9  # an apex wanders by this share, and turns every so many seconds
BREATHS, NOSTRILS, NOD = 0.25, 0.02, 0.006  # a quarter of a breath a second at rest; weight, and radians
BLINKS = 17.0  # a minute, at rest (Bentivoglio et al. 1997)


@dataclass(frozen=True, eq=False)
class Acting:
    """A motion and what it shows.

    ``units`` hold the intensity of each action unit that moves, ``[frames]`` (the mean of both sides where they differ by chance);
    ``weights [frames, labels]`` how much of each label's preset is felt; ``events`` when.
    """

    motion: Motion
    units: Mapping[str, Array]
    labels: tuple[str, ...]
    weights: NDArray[np.float32]
    events: tuple[Event, ...]


def acting(
    moves: Sequence[Move], events: Sequence[Event], seed: int, rate: Rate, duration: float, *, idle: bool = True, mirrored: bool = False
) -> Acting:
    """Play moves on a face at rest; with ``idle`` it blinks, breathes, looks about and holds its head as the events' presets say."""
    labels = tuple(dict.fromkeys(event.label for event in events))
    line = _silent_line(labels, events, seed, rate, duration)
    times = line.frame_times
    played = exchanged(list(moves)) if mirrored else list(moves)
    alive = 1 + LIFE * line.at_frames(line.wander("apex", TURNS)) if idle else np.ones_like(times)
    felt, units = _channels(played, times, alive)
    curves = lids(add(felt, *_living(line, mirrored)), blinks(line)) if idle else felt
    motion = clamp(Motion.from_curves(ARKIT, curves, len(times), rate))
    weights = np.stack([_felt(label, events, times) for label in labels], axis=1).astype(np.float32)
    return Acting(motion, units, labels, weights, tuple(events))


def _channels(moves: Sequence[Move], times: Array, alive: Array) -> tuple[Curves, dict[str, Array]]:
    curves: Curves = {}
    units: dict[str, Array] = {}
    for move in moves:
        curve = move.at(times) * alive
        units[move.unit] = np.clip(units.get(move.unit, 0.0) + curve, 0, 1)
        for channel, weight in action_units()[move.unit].items():
            side = 1 + move.lean * (channel.endswith("Left") - channel.endswith("Right"))
            curves[channel] = curves.get(channel, 0.0) + weight * side * curve
    return curves, units


def _living(line: Line, mirrored: bool) -> list[Curves]:
    head = head_motion(line, [])
    still = np.zeros_like(line.frame_times)
    phase = line.random("breath").uniform(0, 2 * np.pi)
    air = 0.5 - 0.5 * np.cos(2 * np.pi * BREATHS * line.frame_times + phase)
    breath = {"noseSneerLeft": NOSTRILS * air, "noseSneerRight": NOSTRILS * air, "headPitch": -NOD * air}
    alive = add(head, gaze(line, head), breath)
    if not mirrored:
        return [alive]
    turned = mirror(Motion.from_curves(ARKIT, {name: alive.get(name, still) for name in ARKIT.names}, len(still), line.rate))
    return [{name: turned[name].astype(np.float64) for name in ARKIT.names}]


def _silent_line(labels: tuple[str, ...], events: Sequence[Event], seed: int, rate: Rate, duration: float) -> Line:
    times = frame_times(frames_to_cover(duration, PROSODY_RATE), PROSODY_RATE)
    weights = np.stack([_felt(label, events, times) for label in labels], axis=1).astype(np.float32)
    track = EmotionTrack(labels, weights, np.ones(len(times), np.float32), PROSODY_RATE)
    settings = {"blinks_per_minute": BLINKS, "gaze": 1.0, "head": 1.0, "asymmetry": 1.0, "brows": 1.0, "breath": 1.0, "mouth": 1.0}
    return Line(_silence(duration, len(times)), track, rate, seed, settings)


def _felt(label: str, events: Sequence[Event], times: Array) -> Array:
    """How much of a label's preset is felt at each time."""
    parts = [Move("", e.strength, e.start, e.onset, e.leave, e.offset).at(times) for e in events if e.label == label]
    return np.asarray(np.sum(parts, axis=0), np.float64)


def _silence(duration: float, frames: int) -> Speech:
    still = np.zeros(frames, np.float32)
    prosody = Prosody(np.full(frames, -100, np.float32), still, still, still, np.full((frames, len(BANDS) - 1), -100, np.float32))
    samples = np.zeros(round(duration * SAMPLE_RATE), np.float32)
    return Speech(samples, (), (Phone(SILENCE, 0.0, duration),), np.zeros((frames, len(PHONES)), np.float16), prosody, "", "silence")
