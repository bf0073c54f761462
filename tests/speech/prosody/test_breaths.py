"""Breath: noise of the right colour in a pause, and nothing else."""

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from backend.speech.listen import listen
from backend.speech.prosody import prosody
from backend.speech.prosody.breaths import breaths
from backend.speech.speech import SAMPLE_RATE, Phone, Speech

BREATH = (800, 4200)
HUM = (50, 400)


def coloured(seconds, band, level, seed=0):
    noise = np.random.default_rng(seed).normal(size=round(seconds * SAMPLE_RATE))
    shaped = sosfilt(butter(2, band, "bandpass", fs=SAMPLE_RATE, output="sos"), noise)
    swell = np.sin(np.linspace(0, np.pi, len(shaped))) ** 0.5
    return (shaped * swell / np.sqrt(np.mean(shaped**2)) * 10 ** (level / 20)).astype(np.float32)


def said_around(middle):
    """A second of vowel, the pause, a second of vowel."""
    buzz = sum(np.sin(2 * np.pi * 130 * k * np.arange(SAMPLE_RATE) / SAMPLE_RATE) / k for k in range(1, 12)).astype(np.float32)
    buzz *= 0.1 / np.sqrt(np.mean(buzz**2))
    room = np.random.default_rng(9).normal(0, 1e-4, 2 * SAMPLE_RATE + len(middle)).astype(np.float32)
    samples = np.concatenate([buzz, middle, buzz]) + room
    end = 1 + len(middle) / SAMPLE_RATE
    phones = (Phone("ɑ", 0, 1), Phone("sil", 1, end), Phone("ɑ", end, end + 1))
    return Speech(samples, (), phones, np.zeros((1, 56), np.float16), prosody(samples), "", "by hand")


@pytest.mark.parametrize("level", [-35, -45, -55])
@pytest.mark.parametrize("length", [0.25, 0.6])
def test_a_breath_is_found_where_it_is(level, length):
    silence = np.zeros(round(0.2 * SAMPLE_RATE), np.float32)
    speech = said_around(np.concatenate([silence, coloured(length, BREATH, level), silence]))
    (found,) = breaths(speech)
    assert found.start == pytest.approx(1.2, abs=0.06)
    assert found.end == pytest.approx(1.2 + length, abs=0.06)
    # A noise's 25 ms are some dB louder or softer than all of it.
    assert found.loudness == pytest.approx(level + 20, abs=5)


@pytest.mark.parametrize(
    "middle",
    [
        np.zeros(SAMPLE_RATE, np.float32),
        coloured(1, HUM, -35),
        coloured(0.06, BREATH, -35),
        coloured(1, BREATH, -75),
        coloured(1, (5500, 7500), -35),
    ],
    ids=["silence", "hum", "a click", "below the room", "hiss"],
)
def test_what_is_no_breath(middle):
    assert breaths(said_around(middle)) == ()


def test_gain_makes_no_difference():
    middle = np.pad(coloured(0.5, BREATH, -40), SAMPLE_RATE // 5)
    loud = said_around(middle)
    soft = Speech(loud.samples / 4, (), loud.phones, loud.posteriors, prosody(loud.samples / 4), "", "by hand")
    (one,), (other,) = breaths(loud), breaths(soft)
    assert (one.start, one.end) == pytest.approx((other.start, other.end), abs=0.011)
    assert one.loudness == pytest.approx(other.loudness, abs=0.01)


def test_an_actress_out_of_breath_is_heard_to_breathe(shared_data):
    takes = {
        name: listen(shared_data / "emotional/nvidia_samples" / f"Claire_{name}.wav", language="xx")
        for name in ("outofbreath_mandarin", "neutral", "anger", "sadness")
    }
    each = {name: len(breaths(take)) / take.duration for name, take in takes.items()}
    assert each["outofbreath_mandarin"] > 0.8
    assert max(each["neutral"], each["anger"], each["sadness"]) < 0.25
