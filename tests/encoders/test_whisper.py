"""Whisper. A tiny one with random weights says nonsense; its form and its times can be tested."""

import json
import shutil

import numpy as np
import pytest

from backend import encoders
from backend.encoders.whisper import _words
from backend.errors import AudioError, DirectionError, InputError


@pytest.mark.parametrize("aligned", [True, False])
def test_words_in_time_order(made, noise, aligned):
    said = encoders.load("whisper-tiny", made("whisper", aligned=aligned)).transcribe(noise)
    assert said.timed is aligned
    assert said.words
    starts = [word.start for word in said.words]
    assert starts == sorted(starts)
    assert all(0 <= word.start <= word.end <= 3.0 for word in said.words)
    assert all(word.text == word.text.lower().strip() != "" for word in said.words)


def test_longer_than_a_window(made):
    samples = (np.random.default_rng(0).standard_normal(16_000 * 52) * 0.1).astype(np.float32)
    words = encoders.load("whisper-tiny", made("whisper")).transcribe(samples, "de").words
    assert words
    assert max(word.end for word in words) > 30
    assert all(0 <= word.start <= word.end <= 52 for word in words)


def test_shorter_than_a_frame(made):
    encoders.load("whisper-tiny", made("whisper")).transcribe(np.zeros(80, np.float32), "en")


def test_languages(made, noise):
    with pytest.raises(DirectionError, match="'xx'"):
        encoders.load("whisper-tiny", made("whisper")).transcribe(noise, "xx")


def test_nothing_to_hear(made):
    with pytest.raises(AudioError):
        encoders.load("whisper-tiny", made("whisper")).transcribe(np.zeros(0, np.float32))


def test_phrases_are_shared_out():
    words = list(_words({"text": " Well, – hello THERE!", "timestamp": (1.0, 2.4)}, 9.0))
    assert [word.text for word in words] == ["well", "hello", "there"]
    assert [word.start for word in words] == pytest.approx([1.0, 1.4, 1.9])
    assert words[-1].end == pytest.approx(2.4)


def test_a_phrase_without_an_end():
    assert [(word.start, word.end) for word in _words({"text": "so", "timestamp": (8.5, None)}, 9.0)] == [(8.5, 9.0)]


def test_without_its_settings(made, tmp_path):
    shutil.copytree(made("whisper"), tmp_path / "copy")
    path = tmp_path / "copy" / "generation_config.json"
    settings = json.loads(path.read_text())
    del settings["no_timestamps_token_id"]
    path.write_text(json.dumps(settings))
    with pytest.raises(InputError, match="generation_config"):
        encoders.load("whisper-tiny", tmp_path / "copy")
