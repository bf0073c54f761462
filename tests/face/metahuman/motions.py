"""Motions for the tests of the MetaHuman rig: single channels, random ones, and real captures."""

import numpy as np
from hypothesis import strategies as st

from backend.face.metahuman.tables import SHAPES
from backend.motion import Motion, clamp, parse_rate
from backend.motion.arkit import ARKIT
from tests.face.heads_of_others import live_link

RATE = parse_rate(30)
TAKES = ("S07-001", "alex_rom_3", "apfel", "facial")
EYES = tuple(f"{side}Eye{axis}" for side in ("left", "right") for axis in ("Yaw", "Pitch"))
LOST = ("headYaw", "headPitch", "headRoll", "leftEyeRoll", "rightEyeRoll")
OPPOSED = (
    ("jawLeft", "jawRight"),
    ("mouthLeft", "mouthRight"),
    ("eyeBlink", "eyeWide"),
    ("eyeLookIn", "eyeLookOut"),
    ("eyeLookUp", "eyeLookDown"),
)


def motion_of(rig, values):
    return Motion(rig, np.atleast_2d(np.asarray(values, np.float32)), RATE)


def posed(rig, **curves):
    return Motion.from_curves(rig, {name: [value] for name, value in curves.items()}, 1, RATE)


def one_each(rig, level, names=None):
    """A frame per channel, in which it alone is at a level."""
    names = names or rig.names
    values = np.zeros((len(names), len(rig)), np.float32)
    values[np.arange(len(names)), [rig.index(name) for name in names]] = level
    return motion_of(rig, values)


def random_motion(rig, seed, frames=20, active=None):
    """Values all over the channels' ranges; with ``active``, only so many of them away from zero in a frame."""
    chance = np.random.default_rng(seed)
    low, high = (np.array([getattr(channel, end) for channel in rig.channels]) for end in ("low", "high"))
    values = chance.uniform(low, high, (frames, len(rig)))
    if active:
        values *= np.argsort(chance.random(values.shape), axis=1) < active
    return motion_of(rig, values)


def random_face(seed, frames=20, active=6, top=1.0):
    """Random sparse shapes without pairs that pull against each other, ``mouthClose`` within ``jawOpen``, eyes told once."""
    motion = random_motion(ARKIT, seed, frames, active)
    values = dict(zip(ARKIT.names, (motion.values * np.float32(top)).T.copy(), strict=True))
    for name in (*EYES, *LOST):
        values[name] = np.zeros(frames)
    for first, second in OPPOSED:
        for side in ("Left", "Right") if first.startswith("eye") else ("",):
            values[second + side] = np.where(values[first + side] > 0, 0, values[second + side])
    values["tongueUp"] = np.where(values["tongueOut"] > 0, 0, values["tongueUp"])
    values["mouthClose"] = np.minimum(values["mouthClose"], values["jawOpen"])
    return Motion.from_curves(ARKIT, values, frames, RATE)


def capture(shared_data, take):
    """A Live Link Face recording in the ``arkit`` rig: yaw and roll turned to count to the character's left, values within range."""
    motion = live_link(shared_data / "capture" / "livelink_alexdjulin" / f"{take}.csv.gz")
    turned = {name: -motion[name] for name in ARKIT.names if name.endswith(("Yaw", "Roll"))}
    return clamp(motion.with_curves(turned))


def errors(there, back, names=SHAPES):
    return np.abs(there.pick(names) - back.pick(names))


seeds = st.integers(0, 2**32 - 1)
