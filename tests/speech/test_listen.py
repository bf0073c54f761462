"""Listening as a whole: the sample line, the public recordings, and what a script changes."""

import csv
import re
import sys
from itertools import pairwise
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.speech import phones
from backend.speech.decode import decode
from backend.speech.inventory import PHONES, SILENCE, VOWELS
from backend.speech.listen import listen
from backend.speech.speech import SAMPLE_RATE, Speech
from backend.speech.words import recognise_words

ROOT = Path(__file__).parents[2]
LINE = ROOT / "samples" / "line.flac"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def script() -> str:
    return LINE.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def line(folder, script) -> Speech:
    return listen(LINE, script, cache=folder)


def check(speech: Speech) -> None:
    """What holds for speech from any recording."""
    assert speech.phones[0].start == 0
    assert speech.phones[-1].end == speech.duration
    assert all(a.end == b.start for a, b in pairwise(speech.phones))
    assert all(
        p.duration > 0 and p.symbol in PHONES and 0 <= p.confidence <= 1 and (p.stress == 0 or p.symbol in VOWELS) for p in speech.phones
    )
    assert all(0 <= w.start < w.end <= speech.duration + 0.02 and w.text == w.text.lower() for w in speech.words)
    assert all(a.end <= b.start + 1e-9 for a, b in pairwise(speech.words))
    assert len(speech.prosody.loudness) == len(speech.prosody.pitch) == len(speech.prosody.voicing)
    assert speech.ear in (phones.SCRIPT, phones.WORDS) if speech.words else speech.ear == phones.SOUND
    assert len(speech.posteriors) == len(speech.prosody.loudness)
    assert np.allclose(np.exp(speech.posteriors.astype(float)).sum(1), 1, atol=0.02)
    assert all(note.endswith(".") and "\n" not in note for note in speech.notes)


def test_the_sample_line_is_aligned_word_for_word(line, script):
    check(line)
    assert [word.text for word in line.words] == re.findall(r"[a-z]+", script.lower())
    assert line.notes == ()
    spoken = [p for p in line.phones if p.symbol != SILENCE]
    assert " ".join(p.symbol for p in spoken[:7]) == "j u k eɪ m b æ"
    assert sum(p.stress == 1 for p in spoken) >= 12


def test_loud_frames_are_voiced_vowels(line):
    """Phones and prosody are heard apart; where they are right they agree."""
    at = np.searchsorted([p.end for p in line.phones], line.prosody.times[:-1], side="right")
    symbols = np.array([p.symbol for p in line.phones])[at.clip(max=len(line.phones) - 1)]
    level, voiced = line.prosody.loudness[:-1], line.prosody.pitch[:-1] > 0
    vowel = np.isin(symbols, list(VOWELS))
    assert voiced[vowel].mean() > 0.85
    assert level[vowel].mean() > level[(symbols != SILENCE) & ~vowel].mean() + 4
    assert level[symbols == SILENCE].mean() < level[vowel].mean() - 20


def test_what_was_heard_before_comes_back_the_same(line, folder, script, monkeypatch):
    monkeypatch.setattr(phones, "posteriors", None)  # hearing it again would fail
    again = listen(LINE, script, cache=folder)
    assert (again.words, again.phones, again.digest, again.ear, again.notes) == (line.words, line.phones, line.digest, line.ear, line.notes)
    for name in ("loudness", "pitch", "voicing"):
        assert np.array_equal(getattr(again.prosody, name), getattr(line.prosody, name))
    assert np.array_equal(again.samples, line.samples)
    assert np.array_equal(again.posteriors, line.posteriors)


def test_hearing_something_else_in_between_changes_nothing(line, script):
    noise = (decode(LINE)[::-1] + np.random.default_rng(0).normal(0, 0.05, len(line.samples))).astype(np.float32)
    fresh = recognise_words(line.samples), phones.understand(line.samples, script, []).phones
    recognise_words(noise)
    phones.understand(noise, script, [])
    assert (recognise_words(line.samples), phones.understand(line.samples, script, []).phones) == fresh


def test_two_threads_hear_what_one_does(line):
    alone, found = recognise_words(line.samples[:24_000]), []
    threads = [Thread(target=lambda: found.append(recognise_words(line.samples[:24_000]))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [alone] * 3


def test_without_a_script_words_are_recognised_and_aligned(line, tmp_path):
    free = listen(LINE, cache=tmp_path)
    check(free)
    assert free.ear == phones.WORDS
    assert {word.text for word in free.words} & {word.text for word in line.words}
    assert visemes_shared(free, line) > 0.7
    assert listen(LINE, "  \n", cache=tmp_path).phones == free.phones


def test_in_another_language_the_sound_alone_is_heard(line, tmp_path):
    free = listen(LINE, language="de", cache=tmp_path)
    check(free)
    assert free.ear == phones.SOUND
    assert visemes_shared(free, line) > 0.6


def visemes_shared(one: Speech, other: Speech) -> float:
    """Share of 10 ms frames on which two hearings agree on the viseme."""
    at = np.arange(0.005, one.duration, 0.01)
    rows = []
    for speech in (one, other):
        seen = np.array([p.viseme for p in speech.phones])
        rows.append(seen[np.searchsorted([p.end for p in speech.phones], at).clip(max=len(seen) - 1)])
    return float((rows[0] == rows[1]).mean())


@pytest.mark.parametrize(
    "wrong",
    [
        "客観的実在の判断的知識が成立するのである",
        "?!",
        "The invention of movable metal letters in the middle of the fifteenth century may justly be considered.",
        "zhong1 guo2 jin1 ri4 you3 wang4 chuang4 xia4 li4 shi3",
        "Der Lappen liegt auf dem Eisschrank, und das will sie am Mittwoch abgeben.",
        "word " * 400,
    ],
)
def test_a_script_that_is_not_said_is_not_believed(wrong, line, tmp_path):
    speech = listen(LINE, wrong, cache=tmp_path)
    check(speech)
    assert speech.words == ()
    assert len(speech.notes) == 1
    assert "recognised from the sound instead" in speech.notes[0]
    assert speech.phones == listen(LINE, language="de", cache=tmp_path).phones


def test_silence_is_heard_as_silence(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(3 * SAMPLE_RATE), SAMPLE_RATE)
    for text in (None, "Is anybody there?"):
        speech = listen(tmp_path / "a.wav", text, cache=tmp_path)
        check(speech)
        assert [p.symbol for p in speech.phones] == [SILENCE]
        assert any("silent" in note for note in speech.notes)


def test_pauses_put_into_a_line_are_silent_and_change_little_else(line, script, tmp_path):
    """Half a second of digital silence in front, behind, and between two words."""
    gap = np.zeros(SAMPLE_RATE // 2, np.float32)
    cut = round(line.words[3].start * SAMPLE_RATE)
    soundfile.write(tmp_path / "a.wav", np.concatenate([gap, line.samples[:cut], gap, line.samples[cut:], gap]), SAMPLE_RATE, "FLOAT")
    spread = listen(tmp_path / "a.wav", script, cache=tmp_path)
    check(spread)
    middle = cut / SAMPLE_RATE + 0.75
    for moment in (0.2, middle, spread.duration - 0.2):
        assert next(p for p in spread.phones if p.start <= moment < p.end).symbol == SILENCE
    moved = [w.start + 0.5 + 0.5 * (i >= 3) for i, w in enumerate(line.words)]
    assert np.median(np.abs(np.array([w.start for w in spread.words]) - moved)) <= 0.03


def test_a_long_recording_is_aligned_in_one_go(line, script, tmp_path):
    gap = np.zeros(SAMPLE_RATE, np.float32)
    times = 10
    soundfile.write(tmp_path / "a.wav", np.concatenate([line.samples, gap] * times), SAMPLE_RATE, "FLOAT")
    told: list[float] = []
    speech = listen(tmp_path / "a.wav", " ".join([script] * times), cache=tmp_path, progress=told.append)
    check(speech)
    assert speech.ear == phones.SCRIPT
    assert [w.text for w in speech.words] == [w.text for w in line.words] * times
    expected = np.array([w.start + k * (line.duration + 1) for k in range(times) for w in line.words])
    error = np.abs(np.array([w.start for w in speech.words]) - expected)
    assert np.median(error) <= 0.02
    assert error.max() < 0.5
    assert told == sorted(told)
    assert told[-1] == 1.0


@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_phones_tile_any_sound(data, tmp_path_factory):
    """Bursts of tone, noise and silence of any length and level."""
    kinds = st.tuples(st.sampled_from(["tone", "noise", "silence"]), st.integers(300, 12_000), st.floats(1e-4, 1.0))
    parts = data.draw(st.lists(kinds, min_size=1, max_size=5).filter(lambda p: sum(n for _, n, _ in p) >= 1600))
    rng = np.random.default_rng(0)
    makers = {"tone": lambda n: np.sin(np.arange(n) * 0.06), "noise": lambda n: rng.uniform(-1, 1, n), "silence": np.zeros}
    samples = np.concatenate([level * makers[kind](n) for kind, n, level in parts]).astype(np.float32)
    path = tmp_path_factory.mktemp("sound") / "a.wav"
    soundfile.write(path, samples, SAMPLE_RATE, "FLOAT")
    check(listen(path, data.draw(st.sampled_from([None, "Hello there"])), cache=path.parent))


# What follows needs recordings that are not part of the project.


def transcripts(shared_data: Path) -> dict[str, dict[str, str]]:
    with (shared_data / "speech.csv").open(encoding="utf-8", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def test_scripts_are_believed_where_they_are_said_and_nowhere_else(shared_data):
    """Each of a dozen speakers' own script fits; the next one's does not."""
    rows = transcripts(shared_data)
    several = ("speech/libritts", "speech/librivox", "speech/jfk", "speech/leopard/test.wav")
    names = [name for name, row in rows.items() if name.startswith(several) and row["transcript"]]
    assert len(names) >= 8
    for i, name in enumerate(names):
        samples = decode(shared_data / name)
        assert phones.understand(samples, rows[name]["transcript"], []).ear == phones.SCRIPT, name
        assert phones.understand(samples, rows[names[i - 1]]["transcript"], []).ear == phones.SOUND, name


@pytest.mark.corpus
def test_every_recording_is_heard_with_its_script_and_without(shared_data, tmp_path, capsys):
    rows = transcripts(shared_data)
    suffixes = {".wav", ".flac", ".mp3", ".opus", ".ogg"}
    files = sorted(p for part in ("speech", "emotional") for p in (shared_data / part).rglob("*") if p.suffix in suffixes)
    assert len(files) > 100
    aligned: dict[str, list[bool]] = {}
    for path in files:
        row = rows.get(path.relative_to(shared_data).as_posix(), {"transcript": "", "language": ""})
        free = listen(path, cache=tmp_path)
        check(free)
        assert any(p.symbol != SILENCE for p in free.phones), path
        if row["transcript"]:
            speech = listen(path, row["transcript"], cache=tmp_path)
            check(speech)
            assert speech.ear == phones.SCRIPT or any("recognised from the sound instead" in note for note in speech.notes)
            aligned.setdefault(row["language"], []).append(speech.ear == phones.SCRIPT)
    with capsys.disabled():
        sys.stdout.write(f"\naligned: { {language: f'{sum(found)} of {len(found)}' for language, found in aligned.items()} }\n")
    assert np.mean(aligned["en"]) > 0.85


@pytest.mark.parametrize(("script", "words"), [("You came back!", 3), ("You came back! I really believed that you", 8)])
def test_what_a_script_leaves_out_is_recognised(script, words):
    """The words given stay where they are in the whole script; the mouth moves on through the others."""
    whole, part = listen(LINE, LINE.with_suffix(".txt").read_text("utf-8")), listen(LINE, script)
    assert len(part.words) == words
    assert "leaves out" in part.notes[-1]
    assert part.ear == phones.SCRIPT
    starts = [(a.start, b.start) for a, b in zip(whole.words, part.words, strict=False)]
    assert np.mean([abs(a - b) < 0.08 for a, b in starts]) >= 0.65
    still = [phone for phone in part.phones if phone.symbol == SILENCE and phone.duration > 0.5]
    assert sum(phone.duration for phone in still) < 0.6
