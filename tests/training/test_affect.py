"""The recipe of arousal, run for real; and what the card says of actors left out."""

import numpy as np
import pytest

from backend.errors import InputError
from backend.speech.prosody.affect import CALM, CUES, reader
from backend.training.affect import AROUSAL, RECIPES, Recipe, Row, agreement, fit, left_out, make, table


@pytest.fixture(scope="module")
def rows(shared_data):
    return table(RECIPES["tiny"], shared_data)


def test_aroused_actors_are_put_above_calm_ones(rows):
    told = left_out(rows, RECIPES["tiny"])
    assert len(told) == 65
    found = agreement(told)
    assert found["rank correlation"] > 0.8
    assert found["aroused above calm"] > 0.95


def test_what_is_written_reads_the_same(rows, shared_data, tmp_path, monkeypatch):
    monkeypatch.setattr("backend.training.affect.table", lambda *_: rows)
    told = make(RECIPES["tiny"], shared_data, tmp_path / "a.safetensors")
    make(RECIPES["tiny"], shared_data, tmp_path / "b.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    assert told == agreement(left_out(rows, RECIPES["tiny"]))
    kept, found = reader(tmp_path / "a.safetensors"), fit(rows, RECIPES["tiny"])
    np.testing.assert_array_equal(kept.weights, found.weights)


def test_a_line_is_found_again():
    """Cues that make arousal up exactly, without anything that holds the weights back."""
    random = np.random.default_rng(0)
    weights = random.normal(0, 0.02, len(CUES))
    made = [
        Row(str(i), str(i % 5), "W", cues := random.normal(5, 3, (1, len(CUES))), float((cues @ weights).item() + 0.5), True)
        for i in range(200)
    ]
    found = fit(made, Recipe(0, ridge=1e-9))
    np.testing.assert_allclose(found.weights / found.spread, weights, rtol=1e-5)


def test_a_folder_without_actors(tmp_path):
    (tmp_path / "speech.csv").write_text("file,speaker\n")
    with pytest.raises(InputError, match="no recordings of EMO-DB"):
        table(RECIPES["tiny"], tmp_path)


def test_arousal_is_taught_from_drowsy_to_enraged():
    assert AROUSAL["T"] < AROUSAL["L"] < AROUSAL["N"] == CALM < AROUSAL["E"] < AROUSAL["A"] < AROUSAL["F"] < AROUSAL["W"] <= 1
