"""Pitch, loudness and voicing of sounds whose values are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.speech.prosody import prosody
from backend.speech.prosody.measure import PIECE
from backend.speech.speech import BANDS, SAMPLE_RATE


def buzz(pitch: np.ndarray, level: float = 0.3) -> np.ndarray:
    """Ten harmonics that fall off as a voice's do; ``pitch`` in Hz for every sample."""
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
    wave = sum(np.sin(k * phase) / k for k in range(1, 11))
    return (level * wave / np.abs(wave).max()).astype(np.float32)


def steady(pitch: float, seconds: float = 1.0) -> np.ndarray:
    return buzz(np.full(round(seconds * SAMPLE_RATE), pitch))


@pytest.mark.parametrize("pitch", [75, 110, 180, 260, 400, 620])
def test_pitch_of_a_steady_voice(pitch):
    found = prosody(steady(pitch))
    inner = slice(10, -10)
    np.testing.assert_allclose(found.pitch[inner], pitch, rtol=0.02)
    assert found.voicing[inner].min() > 0.9


@pytest.mark.parametrize(("low", "high"), [(90, 180), (300, 150), (200, 500)])
def test_pitch_of_a_glide(low, high):
    n = 2 * SAMPLE_RATE
    glide = np.geomspace(low, high, n)
    found = prosody(buzz(glide))
    inner = slice(10, 190)
    truth = np.interp(found.times[inner], np.arange(n) / SAMPLE_RATE, glide)
    np.testing.assert_allclose(found.pitch[inner], truth, rtol=0.02)


def test_noise_and_silence_have_no_voice():
    noise = np.random.default_rng(0).normal(0, 0.1, SAMPLE_RATE).astype(np.float32)
    found = prosody(np.concatenate([noise, np.zeros(SAMPLE_RATE, np.float32)]))
    assert (found.pitch[:100] == 0).mean() > 0.95
    assert not found.pitch[105:].any()
    assert not found.voicing[found.pitch == 0].any()


@pytest.mark.parametrize("level", [-3.0, -20.0, -60.0])
def test_loudness_is_the_rms_level(level):
    sine = np.sqrt(2) * 10 ** (level / 20) * np.sin(2 * np.pi * 1000 * np.arange(SAMPLE_RATE) / SAMPLE_RATE)
    np.testing.assert_allclose(prosody(sine.astype(np.float32)).loudness[5:-5], level, atol=0.05)


def test_loudness_falls_to_nothing_in_silence_after_full_scale():
    found = prosody(np.concatenate([np.ones(SAMPLE_RATE, np.float32), np.zeros(SAMPLE_RATE, np.float32)]))
    assert found.loudness[10:95] == pytest.approx(0.0, abs=1e-6)
    assert (found.loudness[105:] == -100).all()


def test_loudness_agrees_with_a_plain_sum_across_pieces():
    rng = np.random.default_rng(1)
    envelope = np.repeat(rng.uniform(0.01, 0.5, 700), SAMPLE_RATE // 10)
    samples = (envelope * rng.standard_normal(len(envelope))).astype(np.float32)  # 70 s: three pieces
    assert len(samples) / SAMPLE_RATE > 2 * PIECE
    found = prosody(samples)
    for i in (0, 50, 2333, 2334, 2999, 3000, 3001, 4666, 4667, 6999, 7000):
        window = samples[max(i * 160 - 200, 0) : i * 160 + 200].astype(np.float64)
        assert found.loudness[i] == pytest.approx(10 * np.log10((window**2).sum() / 400), abs=0.1), i


def test_pitch_goes_on_across_pieces():
    seconds = 2 * PIECE + 3
    found = prosody(steady(150, seconds))
    np.testing.assert_allclose(found.pitch[10:-10], 150, rtol=0.02)


@settings(max_examples=25, deadline=None)
@given(st.integers(SAMPLE_RATE // 10, 3 * SAMPLE_RATE))
def test_frames_cover_the_recording(n):
    found = prosody(np.random.default_rng(n).normal(0, 0.1, n).astype(np.float32))
    assert len(found.loudness) == len(found.pitch) == len(found.voicing) == len(found.times)
    assert found.times[-1] >= n / SAMPLE_RATE > found.times[-2]
    assert all(row.dtype == np.float32 for row in (found.loudness, found.pitch, found.voicing))
    assert ((found.voicing >= 0) & (found.voicing <= 1)).all()
    assert ((found.pitch == 0) | ((found.pitch >= 55) & (found.pitch <= 710))).all()


@pytest.mark.parametrize("amplitude", [0.9, 0.1, 0.001])
@pytest.mark.parametrize("hertz", [80, 437, 3000])
def test_the_envelope_of_a_sine_is_its_amplitude(amplitude, hertz):
    sine = amplitude * np.sin(2 * np.pi * hertz * np.arange(SAMPLE_RATE) / SAMPLE_RATE)
    np.testing.assert_allclose(prosody(sine.astype(np.float32)).envelope[5:-5], amplitude, rtol=0.01)


def test_the_envelope_follows_a_slow_swell_through_a_piece_border():
    at = np.arange(round((PIECE + 5) * SAMPLE_RATE)) / SAMPLE_RATE
    swell = 0.5 + 0.4 * np.sin(2 * np.pi * 2 * at)
    found = prosody((swell * np.sin(2 * np.pi * 500 * at)).astype(np.float32))
    np.testing.assert_allclose(found.envelope[5:-5], np.interp(found.times, at, swell)[5:-5], atol=0.01)


@pytest.mark.parametrize(("hertz", "band"), [(100, 0), (430, 0), (700, 1), (1500, 2), (3000, 3), (6000, 4)])
def test_a_tone_is_in_its_band_at_its_level(hertz, band):
    tone = 0.5 * np.sin(2 * np.pi * hertz * np.arange(SAMPLE_RATE) / SAMPLE_RATE)
    bands = prosody(tone.astype(np.float32)).bands[5:-5]
    np.testing.assert_allclose(bands[:, band], 20 * np.log10(0.5 / np.sqrt(2)), atol=0.2)
    assert np.delete(bands, band, axis=1).max() < bands[:, band].min() - 25


def test_bands_together_are_the_loudness():
    noise = np.random.default_rng(3).normal(0, 0.1, 4 * SAMPLE_RATE).astype(np.float32)
    found = prosody(noise)
    whole = (10 ** (found.bands / 10)).sum(axis=1)
    assert 10 * np.log10(whole[5:-5].mean()) == pytest.approx(-20, abs=0.1)
    # White noise: as much power as a band is wide.
    widths = np.diff(BANDS) / (SAMPLE_RATE / 2)
    np.testing.assert_allclose((10 ** (found.bands[5:-5] / 10)).mean(axis=0) / 0.01, widths, rtol=0.05)
