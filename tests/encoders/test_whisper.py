"""Whisper. A tiny one with random weights says nonsense; its form and its times can be tested."""

import json
import shutil

import numpy as np
import pytest

from backend import encoders
from backend.encoders.recogniser import recogniser
from backend.encoders.whisper import _words
from backend.errors import AudioError, DirectionError, InputError
from backend.speech.listen import listen
from tests.conftest import ROOT

LINE, SCRIPT = ROOT / "samples" / "line.flac", ROOT / "samples" / "line.txt"


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


def test_the_ear_asks_the_largest_whisper_that_is_here(made, monkeypatch, tmp_path):
    assert recogniser() is None
    monkeypatch.setenv("MIEN_MODELS", str(tmp_path))
    for size in ("whisper-tiny", "whisper-base"):
        shutil.copytree(made("whisper"), tmp_path / size)
    found = recogniser()
    assert found is not None
    assert found.name.startswith("whisper-base")
    # It was never taught: what it writes is doubted, and the ear goes by the sound.
    heard = listen(LINE, language="de", recogniser=found)
    assert heard.ear == "sound alone"
    assert [phone.symbol for phone in heard.phones] == [phone.symbol for phone in listen(LINE, language="de").phones]


def test_what_a_recogniser_writes_is_aligned(tmp_path):
    class Perfect:
        name = "perfect"

        def __call__(self, samples, language):
            assert samples.ndim == 1
            assert language is None
            return SCRIPT.read_text("utf-8")

    written = listen(LINE, SCRIPT.read_text("utf-8"), cache=tmp_path)
    heard = listen(LINE, recogniser=Perfect(), cache=tmp_path)
    assert heard.ear == "recognised words"
    assert [(w.text, w.start) for w in heard.words] == [(w.text, w.start) for w in written.words]
    # Kept apart from what is heard without it.
    assert [w.text for w in listen(LINE, cache=tmp_path).words] != [w.text for w in heard.words]
