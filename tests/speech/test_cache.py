"""Speech kept on disk: exact, replaceable, bounded, never in the way."""

import os

import numpy as np
import pytest

from backend.speech import cache
from backend.speech.cache import cache_folder, digest_of, keep, recall
from backend.speech.speech import Phone, Prosody, Speech, Word


def speech(seed: int = 0) -> Speech:
    rng = np.random.default_rng(seed)
    samples = rng.uniform(-1, 1, 16_000).astype(np.float32)
    rows = [rng.normal(size=101).astype(np.float32) for _ in range(4)]
    bands = rng.normal(size=(101, 5)).astype(np.float32)
    phones = (Phone("sil", 0.0, 0.1), Phone("aɪ", 0.1, 1 / 3, 1), Phone("sil", 1 / 3, 1.0))
    posteriors = np.random.default_rng(2).normal(size=(len(rows[0]), 56)).astype(np.float16)
    return Speech(
        samples, (Word("“i”", 0.1, 1 / 3),), phones, posteriors, Prosody(*rows, bands), digest_of(samples), "an ear", ("a note: ä",)
    )


def same(a: Speech, b: Speech) -> bool:
    arrays = zip((a.samples, *vars(a.prosody).values()), (b.samples, *vars(b.prosody).values()), strict=True)
    plain = [(s.words, s.phones, s.digest, s.ear, s.notes) for s in (a, b)]
    return plain[0] == plain[1] and all(x.dtype == y.dtype and np.array_equal(x, y) for x, y in arrays)


def test_what_is_kept_comes_back_exactly(tmp_path):
    heard = speech()
    keep(tmp_path, heard, ("I",))
    found = recall(tmp_path, heard.samples, heard.digest, ("I",))
    assert found is not None
    assert same(found, heard)


def test_another_script_recording_or_ear_is_another_entry(tmp_path, monkeypatch):
    heard, other = speech(), speech(1)
    keep(tmp_path, heard, ("I",))
    assert recall(tmp_path, heard.samples, heard.digest, (None,)) is None
    assert recall(tmp_path, heard.samples, heard.digest, ("You",)) is None
    assert recall(tmp_path, other.samples, other.digest, ("I",)) is None
    monkeypatch.setattr(cache, "EAR", cache.EAR + 1)
    assert recall(tmp_path, heard.samples, heard.digest, ("I",)) is None


def test_the_samples_are_not_kept(tmp_path):
    keep(tmp_path, speech(), (None,))
    (entry,) = tmp_path.iterdir()
    assert entry.stat().st_size < speech().samples.nbytes / 4


DAMAGES = {
    "emptied": lambda content: b"",
    "header cut": lambda content: content[:40],
    "end cut": lambda content: content[:-20],
    "overwritten": lambda content: b"x" * len(content),
    "phones lost": lambda content: content.replace(b"phones", b"phonos"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_entry_is_ignored_and_replaced(tmp_path, damage):
    heard = speech()
    keep(tmp_path, heard, (None,))
    (entry,) = tmp_path.iterdir()
    entry.write_bytes(damage(entry.read_bytes()))
    assert recall(tmp_path, heard.samples, heard.digest, (None,)) is None
    keep(tmp_path, heard, (None,))
    assert recall(tmp_path, heard.samples, heard.digest, (None,)) is not None
    assert list(tmp_path.iterdir()) == [entry]


def test_a_folder_that_cannot_be_written_is_no_obstacle(tmp_path):
    (tmp_path / "file").write_text("in the way")
    heard = speech()
    keep(tmp_path / "file" / "cache", heard, (None,))
    assert recall(tmp_path / "file" / "cache", heard.samples, heard.digest, (None,)) is None


def test_the_entries_unused_for_longest_go_when_there_is_no_room(tmp_path, monkeypatch):
    first, second, third = (speech(i) for i in range(3))
    keep(tmp_path, first, (None,))
    (entry,) = tmp_path.iterdir()
    monkeypatch.setattr(cache, "LARGEST", int(2.5 * entry.stat().st_size))
    keep(tmp_path, second, (None,))
    for path in tmp_path.iterdir():
        os.utime(path, (1000 if path == entry else 500,) * 2)
    recall(tmp_path, first.samples, first.digest, (None,))
    keep(tmp_path, third, (None,))
    found = [recall(tmp_path, s.samples, s.digest, (None,)) is not None for s in (first, second, third)]
    assert found == [True, False, True]


def test_the_folder_can_be_chosen(tmp_path, monkeypatch):
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path / "speech"
    monkeypatch.delenv("MIEN_CACHE")
    assert cache_folder().parent.name == "mien"
