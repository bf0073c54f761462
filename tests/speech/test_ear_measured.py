"""What the shipped ear promises in its card, on recordings that it never learnt from."""

import pytest

from backend.speech.hearing.posteriors import shipped
from backend.training.evaluate_ear import measured, unheard_actors, ways
from backend.training.speech.recordings import FOLDERS
from backend.training.speech.references import librivox, lj_speech


def test_with_a_script_phones_start_where_another_aligner_has_them(shared_data):
    found = measured(lj_speech(shared_data), ways(shipped())["Mien, script"])
    assert found is not None
    assert found["starts within 20 ms"] >= 0.78
    assert found["starts within 50 ms"] >= 0.96
    assert found["closures recall"] >= 0.99
    assert found["closures precision"] >= 0.98


@pytest.mark.corpus
def test_without_a_script_english_is_seen_right(shared_data):
    found = measured(lj_speech(shared_data), ways(shipped())["Mien, no script"])
    assert found is not None
    assert found["viseme"] >= 0.70
    assert found["viseme within 20 ms"] >= 0.85
    assert found["closures recall"] >= 0.90
    assert found["closures precision"] >= 0.90


@pytest.mark.corpus
def test_sound_alone_beats_pocketsphinx_in_english_and_in_german(shared_data):
    """On the sound alone: both know no words here; the Germans are actors whom the ear never heard."""
    ear = ways(shipped())
    unheard = unheard_actors(shared_data)
    assert len(unheard) > 20
    for references in (lj_speech(shared_data), unheard):
        ours, theirs = (measured(references, ear[way]) for way in ("Mien, sound alone", "PocketSphinx, no script"))
        assert ours is not None
        assert theirs is not None
        assert ours["viseme"] > theirs["viseme"] + 0.04
        assert ours["viseme"] >= 0.60


def test_what_is_measured_on_was_not_learnt(shared_data):
    for reference in (*lj_speech(shared_data), *librivox(shared_data)):
        assert not reference.audio.relative_to(shared_data).as_posix().startswith(FOLDERS)
