"""wav2vec 2.0, HuBERT and WavLM."""

from pathlib import Path

import numpy as np
import pytest

from backend import encoders
from backend.encoders.audio import FrameEncoder
from backend.errors import AudioError, InputError

KINDS = [
    ("wav2vec2", "wav2vec2", "group"),
    ("wav2vec2-xlsr", "wav2vec2", "layer"),
    ("hubert", "hubert", "group"),
    ("wavlm", "wavlm", "group"),
]


@pytest.fixture(params=KINDS, ids=[kind[0] for kind in KINDS])
def kind(request, made):
    name, family, norm = request.param
    folder = made("sound", kind=family, norm=norm, levels=name != "wavlm")
    return name, family, folder


def whole(family: str, folder: Path, samples: np.ndarray) -> np.ndarray:
    """What ``transformers`` itself makes of a recording in one piece, with its own front end."""
    import torch
    import transformers

    front = transformers.Wav2Vec2FeatureExtractor.from_pretrained(folder)
    model_class = {"wav2vec2": transformers.Wav2Vec2Model, "hubert": transformers.HubertModel, "wavlm": transformers.WavLMModel}[family]
    model = model_class.from_pretrained(folder).eval()
    with torch.no_grad():
        return model(**front(samples, sampling_rate=16_000, return_tensors="pt")).last_hidden_state[0].numpy()


def narrow(encoder: FrameEncoder, length: int, overlap: int) -> FrameEncoder:
    """The same encoder with other windows."""
    return FrameEncoder(encoder.card, encoder.stem, encoder._forward, encoder._like, encoder.epsilon, encoder._first, length, overlap)


def test_equal_to_transformers(kind, noise):
    name, family, folder = kind
    encoder = encoders.load(name, folder)
    heard = encoder.encode(noise)
    assert heard.values.dtype == np.float32
    assert heard.values.shape == (149, 16) == (149, encoder.card.width)
    assert heard.rate == 50 == encoder.card.frame_rate
    np.testing.assert_allclose(heard.values, whole(family, folder, noise), atol=2e-5)


@pytest.mark.parametrize("length", [1, 399, 400, 401, 719, 720, 5000])
def test_any_length(kind, length):
    name, _, folder = kind
    heard = encoders.load(name, folder).encode(np.random.default_rng(0).standard_normal(length).astype(np.float32))
    assert heard.values.shape == (max(0, length - 400) // 320 + 1, 16)
    assert np.isfinite(heard.values).all()


def test_digital_silence(kind):
    name, _, folder = kind
    assert np.isfinite(encoders.load(name, folder).encode(np.zeros(16_000, np.float32)).values).all()


def test_a_burst_is_heard_at_its_time(kind):
    """The frame that changes most is the one whose time is nearest, in one window and in several."""
    name, _, folder = kind
    encoder = encoders.load(name, folder)
    hiss = (np.random.default_rng(2).standard_normal(16_000 * 4) * 0.1).astype(np.float32)
    for listener in (encoder, narrow(encoder, 60, 20)):
        for time in (0.31, 1.0, 1.503, 2.77, 3.6):
            burst = hiss.copy()
            place = round(time * 16_000)
            burst[place - 40 : place + 40] += 0.3 * np.hanning(80).astype(np.float32)  # too short to change the level
            before, after = listener.encode(hiss), listener.encode(burst)
            moved = np.abs(after.values - before.values).sum(axis=1)
            peak = after.times[int(moved.argmax())]
            assert abs(peak - time) <= 0.02, (time, peak)


def test_the_stem_is_the_same_in_windows(kind, noise):
    """Whatever sees no further than the stem gives a recording in windows what it gives it in one piece."""
    import torch

    name, _, folder = kind
    encoder = encoders.load(name, folder)
    model = encoder._forward.__closure__[0].cell_contents
    stem = FrameEncoder(
        encoder.card, encoder.stem, lambda x: model.feature_extractor(x)[0].T, encoder._like, encoder.epsilon, encoder._first, 1000, 200
    )
    samples = np.tile(noise, 2) * np.linspace(0.1, 1, 96_000, dtype=np.float32)
    piece, windows = stem.encode(samples).values, narrow(stem, 50, 10).encode(samples).values
    assert piece.shape == windows.shape == (299, 8)
    np.testing.assert_allclose(windows, piece, atol=3e-4 * float(torch.from_numpy(piece).abs().max()))


def test_long_equals_short_in_the_middle(kind):
    """Frames a second from any edge are what one pass makes of them, but for attention that sees less far."""
    name, _, folder = kind
    encoder = encoders.load(name, folder)
    samples = (np.random.default_rng(3).standard_normal(16_000 * 12) * 0.1).astype(np.float32)
    piece, windows = encoder.encode(samples), narrow(encoder, 250, 100).encode(samples)
    assert piece.values.shape == windows.values.shape
    off = np.abs(piece.values - windows.values)[50:-50]
    apart = np.abs(piece.values[50:-51] - piece.values[51:-50]).mean()
    assert off.mean() < 0.1 * apart  # frames that had slipped by one would be as far off as neighbours are
    steps = np.abs(np.diff(windows.values, axis=0)).mean(axis=1)
    assert steps.max() < 1.5 * np.abs(np.diff(piece.values, axis=0)).mean(axis=1).max()  # no edge between windows


def test_streaming_is_encoding(kind, noise):
    name, _, folder = kind
    encoder = narrow(encoders.load(name, folder), 60, 20)
    pieces = list(encoder.stream(noise))
    assert max(map(len, pieces)) <= 60
    assert len(pieces) > 2
    np.testing.assert_array_equal(np.concatenate(pieces), encoder.encode(noise).values)


def test_bf16_is_near(kind, noise):
    name, _, folder = kind
    exact, rough = (encoders.load(name, folder, dtype=dtype).encode(noise).values for dtype in ("fp32", "bf16"))
    assert rough.dtype == np.float32
    assert 0 < np.abs(exact - rough).mean() < 0.1 * exact.std()


def test_frames_at_other_times(made, noise):
    heard = encoders.load("wav2vec2-xlsr", made("sound", norm="layer")).encode(noise)
    assert heard.times[0] == pytest.approx(199.5 / 16_000)
    np.testing.assert_allclose(heard.at(heard.times), heard.values, atol=1e-5)
    between = heard.at((heard.times[:-1] + heard.times[1:]) / 2)
    np.testing.assert_allclose(between, (heard.values[:-1] + heard.values[1:]) / 2, atol=1e-5)
    np.testing.assert_array_equal(heard.at(np.array([-1.0, 99.0])), heard.values[[0, -1]])


@pytest.mark.parametrize("samples", [np.zeros(0, np.float32), np.zeros((2, 800), np.float32), np.array([0, np.nan, 0], np.float32)])
def test_what_cannot_be_heard(made, samples):
    with pytest.raises(AudioError):
        encoders.load("wav2vec2", made("sound")).encode(samples)


def test_another_kind_is_refused(made):
    with pytest.raises(InputError, match="kind 'wav2vec2', and 'hubert'"):
        encoders.load("hubert", made("sound"))


def test_loaded_once(made):
    folder = made("sound")
    assert encoders.load("wav2vec2", folder) is encoders.load("wav2vec2", str(folder))
    encoders.forget()
    assert encoders.load("wav2vec2", folder) is encoders.load("wav2vec2", folder)
