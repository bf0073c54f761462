"""Formats of plain numbers: CSV and npz."""

import io
import re

import numpy as np
import pytest

from backend.errors import DirectionError
from backend.motion import Channel, Motion, Rig, Unit, parse_rate
from backend.motion.arkit import APPLE_52
from exporters.csv import csv, timecode
from exporters.npz import npz
from exporters.options import Options
from tests.exporters.readers import read_livelink
from tests.exporters.takes import ARKIT, random_take, take_of

ROTATIONS = [f"{what}{axis}" for what in ("Head", "LeftEye", "RightEye") for axis in ("Yaw", "Pitch", "Roll")]


def test_csv_has_live_link_faces_columns_and_our_values():
    take = random_take(9, "60", stretch=0.2)
    codes, columns, header = read_livelink(csv(take, Options()))
    assert header[:2] == ["Timecode", "BlendshapeCount"]
    assert header[2:] == [name[0].upper() + name[1:] for name in APPLE_52] + ROTATIONS
    assert len(codes) == take.motion.frames
    for name in APPLE_52:
        assert np.abs(columns[name[0].upper() + name[1:]] - take.motion[name]).max() < 1e-7
    for name in ROTATIONS:
        sign = 1 if name.endswith("Pitch") else -1
        assert np.abs(columns[name] - sign * take.motion[name[0].lower() + name[1:]]).max() < 1e-7


def test_csv_columns_are_those_of_a_capture(shared_data):
    import gzip

    captured = sorted((shared_data / "capture" / "livelink_alexdjulin").glob("*.csv.gz"))[0]
    header = gzip.decompress(captured.read_bytes()).decode("utf-8-sig").splitlines()[0].split(",")
    ours = read_livelink(csv(random_take(2), Options()))[2]
    assert [name.lower() for name in ours] == [name.strip().lower() for name in header]


def test_looking_to_the_characters_right_is_positive_in_the_csv_as_in_captures(shared_data):
    """In captures LeftEyeYaw goes with eyes that turn to the character's right: the left eye in, the right one out."""
    import gzip

    signs = []
    for file in sorted((shared_data / "capture" / "livelink_alexdjulin").glob("*.csv.gz")):
        rows = [line.split(",") for line in gzip.decompress(file.read_bytes()).decode("utf-8-sig").splitlines()]
        header = [name.strip() for name in rows[0]]
        values = np.array([[float(cell) for cell in row[2:]] for row in rows[1:] if len(row) == len(header)])
        column = dict(zip(header[2:], values.T, strict=True))
        rightwards = column["EyeLookInLeft"] + column["EyeLookOutRight"] - column["EyeLookOutLeft"] - column["EyeLookInRight"]
        if np.std(column["LeftEyeYaw"]) > 0.02:
            signs.append(np.corrcoef(rightwards, column["LeftEyeYaw"])[0, 1])
    assert signs
    assert min(signs) > 0.5
    # Ours: a positive yaw turns to the character's left.
    motion = Motion.from_curves(ARKIT, {"leftEyeYaw": [-0.3]}, 1, parse_rate(60))
    assert read_livelink(csv(take_of(motion), Options()))[1]["LeftEyeYaw"][0] == pytest.approx(0.3)


@pytest.mark.parametrize("rate", ["24", "23.976", "25", "29.97", "30", "60"])
def test_timecode_counts_every_frame_once(rate):
    whole = {"24": 24, "23.976": 24, "25": 25, "29.97": 30, "30": 30, "60": 60}[rate]
    codes = [timecode(frame, parse_rate(rate)) for frame in range(3 * 60 * whole)]
    assert codes[0] == "00:00:00:00.000"
    assert len(set(codes)) == len(codes)
    assert codes == sorted(codes)
    for frame in (1, whole - 1, whole, 61 * whole + 5):
        hours, minutes, seconds, frames = re.fullmatch(r"(\d\d):(\d\d):(\d\d):(\d\d)\.000", codes[frame]).groups()
        assert ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * whole + int(frames) == frame
        assert int(frames) < whole


def test_csv_has_no_minus_zero():
    assert b"-0.00000000" not in csv(take_of(Motion.still(ARKIT, 2, parse_rate(30))), Options())


def test_csv_of_another_rig_is_refused():
    motion = Motion.still(Rig("other", (Channel("jawOpen", "jaw"),)), 2, parse_rate(30))
    with pytest.raises(DirectionError, match="'other'"):
        csv(take_of(motion), Options())


@pytest.mark.parametrize("rate", ["24", "29.97", "60"])
def test_npz_reads_without_pickles(rate):
    take = random_take(11, rate, stretch=0.3)
    with np.load(io.BytesIO(npz(take, Options())), allow_pickle=False) as read:
        assert set(read) == {"values", "channels", "fps", "times"}
        assert read["values"].dtype == np.float32
        assert (read["values"] == take.motion.values).all()
        assert tuple(read["channels"]) == take.motion.rig.names
        assert float(read["fps"]) == float(take.motion.rate)
        assert np.allclose(read["times"] * read["fps"], np.arange(11), atol=1e-12)


def test_npz_carries_any_rig():
    motion = Motion.still(Rig("other", (Channel("angle", "head", unit=Unit.RADIAN),)), 1, parse_rate(30))
    with np.load(io.BytesIO(npz(take_of(motion), Options()))) as read:
        assert read["values"].shape == (1, 1)
