"""What is noticed about recordings that are no clear speech: never a crash, always a sentence, and none where all is well."""

from itertools import pairwise

import numpy as np
import pytest
import soundfile

from backend.speech.decode import decode
from backend.speech.inventory import SILENCE
from backend.speech.listen import listen
from backend.speech.speech import SAMPLE_RATE, Speech
from backend.training.speech import augment
from backend.training.speech.convert import Speaker, convert
from tests.conftest import ROOT

LINE = ROOT / "samples" / "line.flac"


@pytest.fixture(scope="module")
def line() -> np.ndarray:
    return decode(LINE)


def heard(samples: np.ndarray, folder) -> Speech:
    soundfile.write(folder / "a.wav", samples, SAMPLE_RATE, "FLOAT")
    return listen(folder / "a.wav", cache=folder)


def spoken(speech: Speech) -> float:
    return sum(p.duration for p in speech.phones if p.symbol != SILENCE) / speech.duration


def test_nothing_is_said_about_a_clear_line(line, tmp_path):
    assert heard(line, tmp_path).notes == ()


@pytest.mark.parametrize("make", [augment.music, augment.noise])
def test_music_and_noise_are_no_speech(make, tmp_path):
    speech = heard(0.1 * make(5 * SAMPLE_RATE, np.random.default_rng(4)), tmp_path)
    assert "no speech is made out" in speech.notes[-1]
    assert spoken(speech) < 0.05


def test_a_whisper_is_noticed_and_still_heard(line, tmp_path):
    whispered = heard(convert(line, Speaker(whisper=True), np.random.default_rng(0)), tmp_path)
    assert "whispered" in whispered.notes[-1]
    clear = heard(line, tmp_path)
    assert len([p for p in whispered.phones if p.symbol != SILENCE]) > 0.6 * len([p for p in clear.phones if p.symbol != SILENCE])


def test_shouting_into_the_microphone_is_noticed(line, tmp_path):
    assert any("clipped" in note for note in heard(np.clip(line * 8, -1, 1), tmp_path).notes)


def test_several_voices_at_once_are_noticed(shared_data, tmp_path):
    clips = [decode(path) for path in sorted((shared_data / "speech" / "librispeech").glob("*.flac"))[:6]]
    told = 0
    for one, other in pairwise(clips[1:]):
        count = min(len(one), len(other), 10 * SAMPLE_RATE)
        mixed = sum(part[:count] / np.std(part[:count]) * 0.05 for part in (one, other))
        told += any("hard to make out" in note for note in heard(mixed, tmp_path).notes)
    assert told >= 2
    assert not any("hard to make out" in note for clip in clips for note in heard(clip[: 10 * SAMPLE_RATE], tmp_path).notes)
