"""Live Link Face takes: real ones, and those that Mien's own exporter writes."""

import csv
import gzip
import io
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from backend.emotion.direction import Direction
from backend.emotion.track import EmotionTrack
from backend.errors import InputError
from backend.motion import Motion
from backend.motion.arkit import APPLE_52, ARKIT
from backend.take import Sound, Take
from backend.training.datasets import load
from backend.training.datasets.livelink import read_take
from backend.training.datasets.sound import samples_of
from backend.training.datasets.timecode import parse, times
from exporters import Options
from exporters.csv import csv as to_csv

CARRIED = [name for name in ARKIT.names if name not in ("tongueTipUp", "tongueUp")]


def take(frames=75, rate=Fraction(30), seed=0):
    values = np.random.default_rng(seed).uniform(-1, 1, (frames, len(ARKIT))).astype(np.float32)
    values[:, [ARKIT.index("tongueTipUp"), ARKIT.index("tongueUp")]] = 0
    felt = EmotionTrack((), np.zeros((frames, 0), np.float32), np.ones(frames, np.float32), rate)
    return Take(Motion(ARKIT, values, rate), Direction(rate=rate), felt, Sound("x.wav", "0" * 64, frames / float(rate)))


def written(path: Path, take: Take) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(to_csv(take, Options()))
    return path


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(25), Fraction(30), Fraction(50), Fraction(60), Fraction(30000, 1001)])
def test_what_mien_exports_comes_back_with_every_sign_and_column(tmp_path, rate):
    sent = take(4 * int(rate) + 3, rate)
    (got,) = read_take(written(tmp_path / "x.csv", sent), rate if rate.denominator > 1 else None)
    assert (got.start, got.motion.rate) == (0.0, rate)
    np.testing.assert_allclose(got.motion.values, sent.motion.values, atol=2e-7)


def test_the_phone_s_yaw_is_turned_round_and_its_pitch_is_not(tmp_path):
    path = written(tmp_path / "x.csv", take())
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    (got,) = read_take(path)
    for theirs, ours, sign in (
        ("HeadYaw", "headYaw", -1),
        ("HeadPitch", "headPitch", 1),
        ("LeftEyeYaw", "leftEyeYaw", -1),
        ("HeadRoll", "headRoll", -1),
    ):
        np.testing.assert_allclose(got.motion[ours], [sign * float(row[theirs]) for row in rows], atol=1e-6)


def edited(path: Path, change) -> Path:
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([header, *change(rows)]) + "\n")
    return path


def test_a_dropped_frame_is_bridged_and_a_lost_face_parts_the_take(tmp_path):
    sent = take(120)
    one = edited(written(tmp_path / "one.csv", sent), lambda rows: rows[:40] + rows[41:])
    (got,) = read_take(one)
    assert got.motion.frames == 120
    np.testing.assert_allclose(got.motion.values[40], sent.motion.values[[39, 41]].mean(axis=0), atol=1e-6)

    # The app writes a lost face as a timecode and a zero.
    lost = edited(
        written(tmp_path / "lost.csv", sent), lambda rows: [f"{r.split(',')[0]},0" if 40 <= i < 60 else r for i, r in enumerate(rows)]
    )
    first, second = read_take(lost)
    assert (first.motion.frames, second.motion.frames, second.start) == (40, 60, pytest.approx(2.0))
    np.testing.assert_allclose(second.motion.values, sent.motion.values[60:], atol=2e-7)


def test_real_takes_have_as_many_seconds_as_their_timecode_says_and_nothing_invented(shared_data):
    folder = shared_data / "capture" / "livelink_alexdjulin"
    clips = list(load("livelink", folder))
    assert {clip.rate for clip in clips} == {Fraction(30)}
    assert len({clip.source for clip in clips}) == len(list(folder.glob("*.csv.gz"))) == 4
    for clip in clips:
        rows = list(csv.reader(io.StringIO(gzip.decompress(clip.source.read_bytes()).decode())))
        header, whole = rows[0], [row for row in rows[1:] if len(row) == len(rows[0])]
        # Every value lies between some rows of the file, so nothing overshoots, and the peaks survive.
        for name in ("jawOpen", "eyeBlinkLeft", "mouthSmileRight"):
            column = np.array([float(row[header.index(name[0].upper() + name[1:])]) for row in whole])
            assert column.min() - 1e-6 <= clip.motion[name].min() and clip.motion[name].max() <= column.max() + 1e-6
    whole = next(clip for clip in clips if clip.name == "facial")
    assert whole.motion.duration == pytest.approx(63.76, abs=0.05)  # 12:24:24:19.960 to 12:25:28:05.435 at 60 frames a second
    pieces = [clip for clip in clips if clip.source.name.startswith("apfel")]
    assert len(pieces) == 4 and all(b.start > a.start + a.motion.duration + 0.1 for a, b in pairwise(pieces))


def test_sound_and_speaker_are_found_beside_the_take(tmp_path):
    import soundfile

    home = tmp_path / "ANNA" / "20240312_Slate_3"
    written(home / "Slate_3_iPhone.csv", take(90))
    written(home / "Slate_3_iPhone_cal.csv", take(90, seed=1))
    written(home / "Slate_3_iPhone_neutral.csv", take(3, seed=2))
    (home / "frame_log.csv").write_text("frame,what\n1,2\n")
    soundfile.write(home / "Slate_3_iPhone.wav", np.random.default_rng(0).normal(0, 0.1, 48000 * 4), 48000)
    (clip,) = load("livelink", tmp_path)
    assert (clip.speaker, clip.audio.name, clip.source.name) == ("ANNA", "Slate_3_iPhone.wav", "Slate_3_iPhone_cal.csv")
    assert len(samples_of(clip)) == 3 * 16000
    np.testing.assert_allclose(clip.motion.values, take(90, seed=1).motion.values, atol=2e-7)


@pytest.mark.parametrize(
    ("code", "seconds"),
    [
        ("00:01:00;02", 60.06),
        ("00:00:59;29", 59.9933 + 0.0667 - 1 / 29.97),
        ("00:10:00;00", 600 * 29.97 * 1001 / 30000),
        ("01:00:00;00", 3599.9964),
    ],
)
def test_drop_frame_timecode_keeps_to_the_clock(code, seconds):
    # An hour of drop-frame timecode is 3.6 ms short of an hour (SMPTE ST 12-1).
    start, end = "00:00:00;00", code
    at, counted = times([parse(start), parse("00:00:00;29"), parse(end)])
    assert counted == Fraction(30000, 1001)
    assert at[2] == pytest.approx(seconds, abs=0.01)


def test_numbers_that_drop_frame_leaves_out_leave_no_gap():
    codes = [f"00:00:59;{f:02}" for f in range(30)] + [f"00:01:00;{f:02}" for f in range(2, 30)]
    at, _ = times([parse(code) for code in codes])
    np.testing.assert_allclose(np.diff(at), 1001 / 30000, atol=1e-9)


def test_midnight_passes():
    at, _ = times([parse(code) for code in ("23:59:59:29.000", "00:00:00:00.000", "00:00:01:00.000")])
    np.testing.assert_allclose(at, [0, 1 / 30, 1 + 1 / 30], atol=1e-6)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda text: text.replace("JawOpen", "Jaw"), "lacks the column jawOpen"),
        (lambda text: text.replace("00:00:01:03.000", "tomorrow"), "no timecode"),
        (lambda text: "\n".join(text.splitlines()[:1]), "no row with a face"),
        (lambda text: text.replace(",61,", ",61,what", 1), "no number"),
        (lambda text: text.replace("Timecode", "Time"), "first column"),
    ],
)
def test_a_file_that_is_something_else_is_told_as_such(tmp_path, spoil, says):
    path = written(tmp_path / "x.csv", take())
    path.write_text(spoil(path.read_text()))
    with pytest.raises(InputError, match=says):
        read_take(path)


def test_apple_s_shapes_are_all_that_is_carried():
    assert set(APPLE_52) < set(CARRIED) and len(CARRIED) == 61
