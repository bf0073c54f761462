"""Decoding against libsndfile and scipy, and every recording that should be refused."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.signal import resample_poly

from backend.errors import AudioError
from backend.speech.decode import decode, decode_with_notes
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
    elif kind == "a little short":
        write(path, tone(16_000, 0.09994), 16_000)
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
    elif kind == "in a file":
        path.write_bytes(b"x")
        return path / "a.wav"
    elif kind == "raw":
        path = path.with_suffix(".raw")
        path.write_bytes(np.random.default_rng(4).bytes(40_000))
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(path))
    elif kind == "device":
        return Path("/dev/zero")
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
    "a little short": r"holds 0\.09994 s of sound: give at least 0\.1 s",
    "long": r"is 4\.0 h long: cut it into pieces",
    "damaged": "cannot read sound from",
    "header alone": "cannot read sound from|holds no sound",
    "name too long": "cannot read .*: file name too long",
    "in a file": "there is no recording at",
    "raw": r"cannot read sound from .*\.raw: .* Give a wav, flac, mp3, ogg or opus file",
    "pipe": "is a pipe or a device: save the recording to a file",
    "socket": "is a pipe or a device",
    "device": "is a pipe or a device",
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


def test_a_recording_goes_by_its_content_not_its_name(tmp_path):
    path = write(tmp_path / "a.wav", tone(16_000), 16_000)
    assert np.array_equal(decode(path.rename(tmp_path / "a.raw")), decode(write(tmp_path / "b.wav", tone(16_000), 16_000)))


def speechlike(seconds: float, rate: int = 16_000) -> np.ndarray:
    """A tone that comes and goes over noise, so that no two seconds are alike."""
    times = np.arange(round(rate * seconds)) / rate
    swell = (1 + np.sin(2 * np.pi * 3 * times)) / 2
    return (0.4 * np.sin(2 * np.pi * 300 * times) * swell + 0.01 * np.random.default_rng(5).standard_normal(len(times))).astype(np.float32)


CUT = {
    "a.wav": {"subtype": "PCM_16"},
    "float.wav": {"subtype": "FLOAT"},
    "adpcm.wav": {"subtype": "IMA_ADPCM"},
    "a.aiff": {"subtype": "PCM_16"},
    "a.au": {"subtype": "PCM_16"},
    "a.w64": {"format": "W64", "subtype": "PCM_16"},
    "a.flac": {"subtype": "PCM_16"},
    "a.ogg": {"format": "OGG", "subtype": "VORBIS"},
    "a.opus": {"format": "OGG", "subtype": "OPUS"},
    "a.mp3": {"format": "MP3", "subtype": "MPEG_LAYER_III"},
    "vbr.mp3": {"format": "MP3", "subtype": "MPEG_LAYER_III", "bitrate_mode": "VARIABLE"},
}
SAID = {"a.ogg": "its end is missing", "a.opus": "its end is missing"}


@pytest.mark.parametrize("share", [0.4, 0.7, 0.95])
@pytest.mark.parametrize("name", CUT)
def test_a_recording_cut_short_is_heard_as_far_as_it_goes(tmp_path, name, share):
    """As a full disk or a broken download leaves it."""
    source = speechlike(40)  # several blocks, which break off within one
    path = write(tmp_path / name, source, 16_000, **CUT[name])
    whole, notes = decode_with_notes(path)
    assert notes == ()
    content = path.read_bytes()
    path.write_bytes(content[: round(len(content) * share)])
    heard, notes = decode_with_notes(path)
    (note,) = notes
    assert note.startswith("the recording is cut off: ")
    assert SAID.get(name, "of 40.") in note
    assert f"{len(heard) / SAMPLE_RATE:.2f} s" in note
    assert len(whole) * (share - 0.15) < len(heard) < len(whole) * (share + 0.15)
    assert np.array_equal(heard[:-2000], whole[: len(heard) - 2000])  # an mp3's last frame borrows from the next
    assert np.array_equal(decode(path), heard)


def test_a_cut_at_a_page_s_edge_is_seen(tmp_path):
    path = write(tmp_path / "a.ogg", speechlike(10), 16_000, format="OGG", subtype="VORBIS")
    content = path.read_bytes()
    path.write_bytes(content[: content.rfind(b"OggS")])
    assert "its end is missing" in decode_with_notes(path)[1][0]


def sizeless(path: Path) -> Path:
    """As programs that record into a pipe write it: nobody has gone back to fill in the length."""
    content = bytearray(path.read_bytes())
    if path.suffix == ".wav":
        place = content.find(b"data") + 4
        content[4:8] = content[place : place + 4] = b"\xff" * 4
    elif path.suffix == ".flac":
        content[21] &= 0xF0  # 36 bits of the stream's length (RFC 9639, section 8.2)
        content[22:26] = bytes(4)
    else:
        content = content[content.find(content[:2], 4) :]  # without the first frame, which counts the others
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "vbr.mp3"])
def test_a_header_that_does_not_know_the_length_promises_nothing(tmp_path, name):
    source = np.concatenate([np.random.default_rng(6).uniform(-0.5, 0.5, 48_000).astype(np.float32), speechlike(17)])  # loud at first
    path = write(tmp_path / name, source, 16_000, **CUT[name])
    whole = decode(path)
    heard, notes = decode_with_notes(sizeless(path))
    assert notes == ()
    assert len(heard) == pytest.approx(len(whole), abs=3000)  # an mp3's first and last frames are padding, unless it says so
    if not name.endswith("mp3"):
        assert np.array_equal(heard, whole)
    level = lambda samples: np.sqrt((samples[-6 * SAMPLE_RATE : -SAMPLE_RATE] ** 2).mean())  # noqa: E731
    assert level(heard) == pytest.approx(level(whole), rel=0.1)


def test_what_is_added_at_the_end_is_no_cut(tmp_path):
    for name in ("a.wav", "a.mp3"):
        path = write(tmp_path / name, speechlike(3), 16_000, **CUT[name])
        path.write_bytes(path.read_bytes() + b"TAG" + b" " * 125)
        assert decode_with_notes(path)[1] == ()


def test_a_decoder_s_remarks_stay_off_the_terminal_and_others_do_not(tmp_path):
    path = write(tmp_path / "a.mp3", speechlike(40), 16_000, **CUT["a.mp3"])
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    plain = f"import soundfile; soundfile.read({str(path)!r})"
    hushed = (
        "import os, pathlib, soundfile; from backend.speech.decode import decode; real = soundfile.SoundFile.read\n"
        "def read(*a, **k): os.write(2, b'a word of another thread\\n'); return real(*a, **k)\n"
        f"soundfile.SoundFile.read = read; decode(pathlib.Path({str(path)!r}))"
    )
    told = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr for code in (plain, hushed)]
    assert "mpg123" in told[0] or "Xing" in told[0]  # else there is nothing to keep off
    assert set(told[1].splitlines()) == {"a word of another thread"}


def test_a_closed_standard_error_is_no_hindrance(tmp_path):
    path = write(tmp_path / "a.mp3", speechlike(3), 16_000, **CUT["a.mp3"])
    code = f"import pathlib; from backend.speech.decode import decode; print(len(decode(pathlib.Path({str(path)!r}))))"
    done = subprocess.run(["bash", "-c", f'"{sys.executable}" -c "{code}" 2>&-'], capture_output=True, text=True, check=True)
    assert int(done.stdout) == len(decode(path))
