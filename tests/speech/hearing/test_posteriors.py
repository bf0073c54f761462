"""The network over recordings of any length: no seam, no level, no colour, nothing out of reach."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from backend.errors import MissingError
from backend.speech.hearing import posteriors as module
from backend.speech.hearing.network import PhoneNetwork, Shape
from backend.speech.hearing.posteriors import Ear, load, posteriors, save
from backend.speech.hearing.spectrum import BANDS, NEAR, energies, loudness, whitened
from backend.speech.inventory import PHONES

EVEN = np.full(len(PHONES), 1 / len(PHONES), np.float32)


@pytest.fixture(scope="module")
def ear() -> Ear:
    torch.manual_seed(1)
    return Ear(PhoneNetwork(Shape(24, 48, 5, (1, 3))).eval(), EVEN)


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    """Noise that swells and changes colour, so that every frame differs."""
    random = np.random.default_rng(seed)
    n = int(seconds * 16000)
    swell = np.interp(np.arange(n), np.linspace(0, n, max(int(seconds * 5), 2)), random.uniform(0, 0.3, max(int(seconds * 5), 2)))
    return (random.standard_normal(n) * swell).astype(np.float32)


def test_windows_leave_no_seam(ear, monkeypatch):
    samples = noise(21.37)
    whole = posteriors(samples, ear)
    monkeypatch.setattr(module, "WINDOW", 500)
    monkeypatch.setattr(module, "PIECE", 300)
    assert np.allclose(posteriors(samples, ear), whole, atol=1e-3)


@settings(max_examples=20, deadline=None)
@given(length=st.integers(1, 5000))
def test_any_length_has_a_frame_each_ten_milliseconds(ear, length):
    logs = posteriors(noise(1)[:length], ear)
    assert logs.shape == (-(-length // 160) + 1, len(PHONES))
    assert np.isfinite(logs).all()


@pytest.mark.parametrize("gain", [0.01, 3.0])
def test_the_level_of_a_recording_does_not_matter(ear, gain):
    samples = noise(3)
    assert np.allclose(posteriors(samples * np.float32(gain), ear), posteriors(samples, ear), atol=5e-3)


def test_the_colour_of_a_recording_hardly_matters():
    """A gain for each band is taken away with the local mean, but for the floor."""
    mel = energies(torch.from_numpy(noise(3)))
    colour = torch.linspace(0.5, 2, BANDS)
    plain, coloured = (whitened(some, loudness(mel)) for some in (mel, mel * colour))
    assert (plain - coloured).abs().mean() < 0.01


def test_a_frame_depends_on_its_neighbours_within_reach_alone(ear):
    samples = noise(30)
    reach = ear.network.shape.reach + NEAR
    other = samples.copy()
    other[: 160 * 800] = noise(8, seed=5)[: 160 * 800] * samples[: 160 * 800].std()
    mels = [energies(torch.from_numpy(some)) for some in (samples, other)]
    loud = loudness(mels[0])
    with torch.inference_mode():
        first, second = (ear.network(whitened(mel, loud)[None, :3000])[0] for mel in mels)
    assert torch.allclose(first[800 + reach :], second[800 + reach :], atol=1e-4)
    assert not torch.allclose(first[:800], second[:800], atol=1e-4)


def test_a_burst_is_seen_in_the_frame_that_is_its_time():
    samples = np.zeros(16000, np.float32)
    samples[160 * 37] = 1
    assert energies(torch.from_numpy(samples)).sum(-1).argmax() == 37


def test_a_tone_is_seen_in_the_band_of_its_pitch():
    at = np.arange(16000) / 16000
    bands = [
        int(energies(torch.from_numpy(np.sin(2 * np.pi * hertz * at).astype(np.float32)))[50].argmax()) for hertz in (200, 1000, 4000, 7000)
    ]
    assert bands == sorted(bands)
    edges = 700 * (10 ** (np.linspace(2595 * np.log10(1 + 50 / 700), 2595 * np.log10(1 + 7600 / 700), BANDS + 2) / 2595) - 1)
    assert all(edges[band] < hertz < edges[band + 2] for band, hertz in zip(bands, (200, 1000, 4000, 7000), strict=True))


def test_weights_come_back_as_they_were_written(ear, tmp_path):
    save(tmp_path / "ear.safetensors", ear.network, ear.prior, {"seed": "0"})
    again = load(tmp_path / "ear.safetensors")
    assert np.allclose(posteriors(noise(2), again), posteriors(noise(2), ear), atol=0.05)
    assert np.array_equal(again.prior, EVEN)
    first = (tmp_path / "ear.safetensors").read_bytes()
    save(tmp_path / "again.safetensors", ear.network, ear.prior, {"seed": "0"})
    assert (tmp_path / "again.safetensors").read_bytes() == first


def test_weights_that_are_none_are_refused_in_a_sentence(tmp_path):
    with pytest.raises(MissingError, match="install Mien again"):
        load(tmp_path / "nothing.safetensors")
    (tmp_path / "text.safetensors").write_text("no weights")
    with pytest.raises(MissingError, match="cannot be read"):
        load(tmp_path / "text.safetensors")
    save_file({"prior": EVEN}, tmp_path / "bare.safetensors")
    with pytest.raises(MissingError, match="cannot be read"):
        load(tmp_path / "bare.safetensors")
    save_file({"prior": EVEN}, tmp_path / "other.safetensors", {"ear": '{"phones": ["x"]}'})
    with pytest.raises(MissingError, match="other phones"):
        load(tmp_path / "other.safetensors")
