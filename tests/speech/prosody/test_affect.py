"""Arousal: what must hold for any voice, and what the card promises on real ones."""

from dataclasses import replace

import numpy as np
import pytest

from backend.speech.decode import decode
from backend.speech.prosody import prosody
from backend.speech.prosody.affect import CALM, CUES, affect, cues, reader, spoken
from backend.training.affect import hear
from tests.lines import line


def arousal(path):
    speech = hear(decode(path))
    return float(affect(speech).arousal[spoken(speech)].mean())


def test_the_weights_are_of_these_cues():
    shipped = reader()
    assert len(shipped.weights) == len(shipped.mean) == len(shipped.spread) == len(CUES)
    assert (shipped.spread > 0).all()


def test_the_level_of_the_recording_makes_no_difference(shared_data):
    samples = decode(shared_data / "emotional/emodb/09b03Wb.wav")
    speech = hear(samples)
    soft = replace(speech, samples=samples / 8, prosody=prosody(samples / 8))
    np.testing.assert_allclose(affect(soft).arousal, affect(speech).arousal, atol=0.01)


@pytest.mark.parametrize("text", ["sil:3", "s:1 f:1 s:1", "m:.1 ɑ:.02 sil:.1"])
def test_who_has_no_voice_is_calm(text):
    found = affect(line(text)).arousal
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    assert ((found >= 0) & (found <= 1)).all()
    if "ɑ" not in text:
        np.testing.assert_allclose(found, CALM, atol=1e-6)


def test_higher_brighter_and_livelier_is_more_aroused():
    """Along each cue that the field agrees on, the reader goes the right way (Banse & Scherer 1996)."""
    shipped = reader()
    for cue in ("pitch", "pitch movement", "1-2 kHz", "2-4 kHz"):
        assert shipped.weights[CUES.index(cue)] > 0.01, cue


def test_cues_are_as_many_as_frames_and_finite_in_speech():
    speech = line()
    found = cues(speech)
    assert found.shape == (len(speech.prosody.loudness), len(CUES))
    assert np.isfinite(found).all()


def test_takes_that_were_not_learnt_from(shared_data):
    """An actress out of breath above the same one grieving; acted Mandarin above people who read aloud."""
    takes = shared_data / "emotional" / "nvidia_samples"
    assert arousal(takes / "Claire_outofbreath_mandarin.wav") > arousal(takes / "Claire_sadness.wav") + 0.15
    acted = [arousal(path) for path in sorted((shared_data / "emotional/medtalk").glob("*.wav"))]
    plain = [arousal(path) for path in sorted((shared_data / "speech/librispeech").glob("*.flac"))]
    assert min(acted) > np.percentile(plain, 90)


def test_a_whisper_tells_nothing(shared_data):
    assert arousal(shared_data / "speech/mfa/mfa_whisper.flac") == pytest.approx(CALM, abs=0.15)
