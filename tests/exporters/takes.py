"""Takes to export: random but smooth, and a spoken one."""

from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter1d

from backend.emotion.direction import Direction, Guide
from backend.emotion.track import EmotionTrack
from backend.motion import RIGS, Motion, Unit, parse_rate
from backend.speech.inventory import PHONES
from backend.speech.speech import BANDS, SAMPLE_RATE, Phone, Prosody, Speech, Word
from backend.take import Sound, Take

ARKIT = RIGS["arkit"]
TRACK_RATE = parse_rate(100)


def random_motion(frames=30, rate="30", seed=0, stretch=0.0, turn=1.0):
    """Every channel runs through its whole range, and ``stretch`` of it beyond at both ends; rotations through ``turn`` of it."""
    rng = np.random.default_rng(seed)
    values = gaussian_filter1d(rng.normal(size=(frames, len(ARKIT))), 2, axis=0)
    values = (values - values.min(axis=0)) / np.maximum(np.ptp(values, axis=0), 1e-9)
    for i, channel in enumerate(ARKIT.channels):
        if channel.unit is Unit.WEIGHT:
            values[:, i] = values[:, i] * (1 + 2 * stretch) - stretch
        else:
            values[:, i] = turn * (channel.low + (channel.high - channel.low) * values[:, i])
    return Motion(ARKIT, values.astype(np.float32), parse_rate(rate))


def take_of(motion, name="line.wav"):
    count = int(motion.duration * 100) + 1
    track = EmotionTrack(("happy",), np.ones((count, 1), np.float32), np.ones(count, np.float32), TRACK_RATE)
    return Take(motion, Direction(), track, Sound(name, "00" * 32, motion.duration))


def random_take(frames=30, rate="30", seed=0, stretch=0.0, turn=1.0):
    return take_of(random_motion(frames, rate, seed, stretch, turn))


def spoken(seconds=1.4, rate="30"):
    """A take with words, phones and a change of mood, and the recording: a warble that nothing else sounds like."""
    rate = parse_rate(rate)
    frames = int(np.ceil(seconds * rate - 1e-6)) + 1
    motion = random_motion(frames, rate, seed=3, turn=0.1)
    times = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    samples = (0.5 * np.sin(2 * np.pi * (150 * times + 200 * times**2)) * np.sin(np.pi * times / seconds)).astype(np.float32)
    words = (Word("hello", 0.1, 0.5), Word("world", 0.6, 1.1))
    phones = (Phone("sil", 0, 0.1), Phone("h", 0.1, 0.25), Phone("oʊ", 0.25, 0.6), Phone("w", 0.6, 0.8), Phone("ɝ", 0.8, seconds))
    count = int(seconds * 100) + 1
    weights = np.stack([np.linspace(1, 0, count), np.linspace(0, 1, count)], axis=1).astype(np.float32)
    take = replace(
        take_of(motion),
        direction=Direction(guides=(Guide("sad"), Guide("happy"))),
        emotion=EmotionTrack(("sad", "happy"), weights, np.full(count, 0.8, np.float32), TRACK_RATE),
        words=words,
        phones=phones,
    )
    silent = np.zeros(count, np.float32)
    prosody = Prosody(silent, silent, silent, silent, np.zeros((count, len(BANDS) - 1), np.float32))
    return take, Speech(samples, words, phones, np.zeros((count, len(PHONES)), np.float16), prosody, "00" * 32, "test")
