"""Decoding against libsndfile and scipy, and every recording that should be refused."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.signal import resample_poly

from backend.errors import AudioError
from backend.speech.decode import decode
from backend.speech.speech import SAMPLE_RATE

TONE = 440.0  # Hz


def tone(rate: int, seconds: float = 1.0, level: float = 0.5) -> np.ndarray:
    return (level * np.sin(2 * np.pi * TONE * np.arange(round(rate * seconds)) / rate)).astype(np.float32)


def write(path: Path, samples: np.ndarray, rate: int, **kind: str) -> Path:
    soundfile.write(path, samples, rate, **kind)
    return path


def frequency(samples: np.ndarray) -> float:
    """By parabolic interpolation of the spectrum's highest peak."""
    spectrum = np.log(np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) + 1e-9)
    k = int(spectrum.argmax())
    a, b, c = spectrum[k - 1 : k + 2]
    return float((k + (a - c) / (2 * (a - 2 * b + c))) * SAMPLE_RATE / len(samples))


CONTAINERS = [
    ("a.wav", {"subtype": "PCM_16"}),
    ("a.wav", {"subtype": "PCM_24"}),
    ("a.wav", {"subtype": "PCM_U8"}),
    ("a.wav", {"subtype": "FLOAT"}),
    ("a.wav", {"subtype": "DOUBLE"}),
    ("a.flac", {"subtype": "PCM_16"}),
    ("a.aiff", {"subtype": "PCM_16"}),
    ("a.ogg", {"format": "OGG", "subtype": "VORBIS"}),
    ("a.opus", {"format": "OGG", "subtype": "OPUS"}),
    ("a.mp3", {"format": "MP3", "subtype": "MPEG_LAYER_III"}),
    ("an mp3 named.wav", {"format": "MP3", "subtype": "MPEG_LAYER_III"}),
    ("räkning, 台詞 реплика.flac", {"subtype": "PCM_16"}),
]


@pytest.mark.parametrize(("name", "kind"), CONTAINERS, ids=lambda v: v if isinstance(v, str) else "-".join(v.values()))
def test_each_container_keeps_length_pitch_and_level(tmp_path, name, kind):
    samples = decode(write(tmp_path / name, tone(48_000), 48_000, **kind))
    assert samples.dtype == np.float32
    assert len(samples) / SAMPLE_RATE == pytest.approx(1.0, abs=0.06)  # lossy formats pad
    middle = samples[SAMPLE_RATE // 4 : 3 * SAMPLE_RATE // 4]
    assert frequency(middle) == pytest.approx(TONE, rel=0.001)
    assert np.sqrt((middle**2).mean()) == pytest.approx(0.5 / np.sqrt(2), rel=0.03)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 96_000, 192_000])
def test_resampling_agrees_with_scipy(tmp_path, rate):
    rng = np.random.default_rng(0)
    # Noise well inside the band that both filters pass, across several blocks.
    noise = np.fft.rfft(rng.standard_normal(rate * 2))
    noise[(np.fft.rfftfreq(rate * 2, 1 / rate) > 3000)] = 0
    source = np.fft.irfft(noise, rate * 2).astype(np.float32)
    source *= np.float32(0.3) / np.abs(source).max()
    samples = decode(write(tmp_path / "a.wav", source, rate, subtype="FLOAT"))
    common = np.gcd(rate, SAMPLE_RATE)
    other = resample_poly(source.astype(np.float64), SAMPLE_RATE // common, rate // common)
    assert len(samples) == pytest.approx(2 * SAMPLE_RATE, abs=1)
    inner = slice(800, 2 * SAMPLE_RATE - 800)
    assert np.abs(samples[inner] - other[inner]).max() < 0.002


def test_sixteen_kilohertz_is_kept_bit_for_bit(tmp_path):
    source = np.random.default_rng(1).uniform(-1, 1, 300_000).astype(np.float32)  # more than one block
    assert np.array_equal(decode(write(tmp_path / "a.wav", source, SAMPLE_RATE, subtype="FLOAT")), source)


def test_eight_channels_are_averaged(tmp_path):
    channels = np.random.default_rng(2).uniform(-0.5, 0.5, (20_000, 8)).astype(np.float32)
    samples = decode(write(tmp_path / "a.wav", channels, SAMPLE_RATE, subtype="FLOAT"))
    np.testing.assert_allclose(samples, channels.mean(axis=1), atol=1e-7)


def test_channels_in_opposite_phase_do_not_vanish(tmp_path):
    one = tone(SAMPLE_RATE)
    samples = decode(write(tmp_path / "a.wav", np.stack([0.9 * one, -one], axis=1), SAMPLE_RATE, subtype="FLOAT"))
    np.testing.assert_allclose(samples, -one, atol=1e-6)


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(8000, np.float32),
        np.clip(4 * tone(SAMPLE_RATE), -1, 1),
        tone(SAMPLE_RATE, level=0.2) + np.float32(0.5),
        3 * tone(SAMPLE_RATE),
    ],
    ids=["silent", "clipped", "offset", "beyond full scale"],
)
def test_ugly_recordings_are_heard_as_they_are(tmp_path, samples):
    assert np.array_equal(decode(write(tmp_path / "a.wav", samples, SAMPLE_RATE, subtype="FLOAT")), samples)


def nan_at(value: float) -> np.ndarray:
    samples = tone(8_000)
    samples[2_000] = value
    return samples


def bad(path: Path, kind: str) -> Path:
    """Make the bad recording of this kind."""
    if kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "no samples":
        write(path, np.zeros(0, np.float32), 16_000)
    elif kind == "text":
        path.write_text("This is a line of dialogue, not the sound of one.\n" * 20)
    elif kind in {"nan", "infinite"}:
        write(path, nan_at(np.nan if kind == "nan" else np.inf), 8_000, subtype="FLOAT")
    elif kind == "short":
        write(path, tone(16_000, 0.05), 16_000)
    elif kind == "long":
        write(path, np.zeros(4 * 3600 * 100 + 200, np.int16), 100)  # 100 Hz keeps it small
    elif kind == "damaged":
        flac = write(path.with_suffix(".flac"), np.random.default_rng(3).uniform(-1, 1, 50_000), 16_000)
        content = bytearray(flac.read_bytes())
        content[len(content) // 2 : len(content) // 2 + 4000] = bytes(4000)
        path.write_bytes(content[: len(content) * 3 // 4])
    elif kind == "header alone":
        whole = write(path, tone(16_000), 16_000)
        whole.write_bytes(whole.read_bytes()[:20])
    elif kind == "name too long":
        return path.with_name("a" * 400 + ".wav")
    return path


REFUSED = {
    "missing": "there is no recording",
    "folder": "is a folder",
    "empty": "is empty",
    "no samples": "holds no sound",
    "text": "cannot read sound from .* Give a wav, flac, mp3, ogg or opus file",
    "nan": "holds a value that is no number at 0.250 s",
    "infinite": "holds a value that is no number at 0.250 s",
    "short": r"holds 0\.05 s of sound: give at least 0\.1 s",
    "long": r"is 4\.0 h long: cut it into pieces",
    "damaged": "cannot read sound from",
    "header alone": "cannot read sound from|holds no sound",
    "name too long": "cannot read",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_bad_recordings_are_refused_in_one_line(tmp_path, kind):
    path = bad(tmp_path / "a.wav", kind)
    with pytest.raises(AudioError, match=REFUSED[kind]) as refusal:
        decode(path)
    message = str(refusal.value)
    assert str(path) in message
    assert "\n" not in message
    assert message.endswith(".")


def test_an_unreadable_recording_says_why(tmp_path, monkeypatch):
    path = write(tmp_path / "a.wav", tone(16_000), 16_000)
    monkeypatch.setattr(Path, "open", lambda *_: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    with pytest.raises(AudioError, match="permission denied"):
        decode(path)


def test_a_recording_cut_short_is_heard_as_far_as_it_goes(tmp_path):
    path = write(tmp_path / "a.wav", tone(16_000, 2.0), 16_000)
    path.write_bytes(path.read_bytes()[:32_044])  # as a full disk or a broken download leaves it
    assert len(decode(path)) == 16_000
