"""Stills of a head, as the command draws them."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from PIL import Image

from backend.cli.face import expression
from backend.emotion.presets import emotions
from backend.errors import DirectionError, FaceError, InputError, MienError, OutputError
from backend.face.face import write_face
from backend.face.heads import ASSET, mien_head
from backend.generators.procedural.expression import prototype
from backend.motion.arkit import ARKIT
from tests.cli import running

SMALL = ("--size", 160)

mien = partial(running.mien, "face")


def drawn(folder, *words):
    mien(*words, *SMALL, "-o", folder / "face.png")
    return np.asarray(Image.open(folder / "face.png").convert("RGB")).astype(int)


def test_same_words_same_bytes_and_the_size_asked_for(tmp_path):
    words = ("-e", "happy=0.8", "-s", "jawOpen=0.4", "--yaw", 20, "--pitch", -5, "--size", 96)
    for name in ("one.png", "two.png"):
        assert mien(*words, "-o", tmp_path / name) == f"wrote {tmp_path / name}\n"
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert np.asarray(Image.open(tmp_path / "one.png")).shape == (96, 96, 3)


def test_a_shape_changes_the_picture_where_it_is(tmp_path):
    rest, open_ = drawn(tmp_path), drawn(tmp_path, "--shape", "jawOpen=1")
    rows = np.nonzero(np.abs(rest - open_).max(axis=2) > 12)[0] / 160
    assert len(rows) > 100
    assert np.mean(rows > 0.5) > 0.9


def test_positive_yaw_turns_to_the_head_s_own_left_and_positive_pitch_down(tmp_path):
    def mouth(*turn):
        moved = np.abs(drawn(tmp_path, *turn) - drawn(tmp_path, *turn, "-s", "jawOpen=1")).max(axis=2) > 12
        return np.mean(np.nonzero(moved), axis=1)

    assert mouth("--yaw", 40)[1] > 85 and mouth("--yaw", -40)[1] < 75  # the viewer's right, and left
    assert mouth("--pitch", 20)[0] > mouth("--pitch", -20)[0] + 10


@pytest.mark.parametrize("label", emotions())
def test_an_emotion_alone_is_its_preset_in_full(label):
    wanted = {channel: value for channel, value in prototype(label).items() if value}
    assert expression([label], []) == pytest.approx(wanted)
    half = expression([f"{label}=0.5"], [])
    assert half == expression([f"{label}:0.5"], [])
    assert half == pytest.approx({channel: value / 2 for channel, value in wanted.items()})


def test_emotions_add_up_within_the_range_and_shapes_win():
    felt = expression(["happy=2", "surprise"], ["jawOpen=0.1", "mouthSmileLeft=0"])
    assert felt["jawOpen"] == 0.1
    assert "mouthSmileLeft" not in felt
    assert felt["mouthSmileRight"] == 1.0
    assert all(ARKIT[name].low <= value <= ARKIT[name].high for name, value in felt.items())


def test_an_alias_is_its_emotion():
    alias = next(alias for preset in emotions().values() for alias in preset.aliases)
    name = next(name for name, preset in emotions().items() if alias in preset.aliases)
    assert expression([alias], []) == expression([name], [])


def test_another_head_is_drawn_and_what_it_lacks_is_told(tmp_path):
    mine = mien_head()
    bald = replace(mine, name="bald", shapes={"jawOpen": mine.shapes["jawOpen"]}, correctives={})
    write_face(bald, tmp_path / "bald.npz")
    words = ("--head", tmp_path / "bald.npz", "-s", "jawOpen=0.6", "-s", "mouthSmileLeft=1", *SMALL, "-o", tmp_path / "bald.png", "--json")
    told = json.loads(mien(*words))
    assert told["channels"] == {"jawOpen": 0.6, "mouthSmileLeft": 1.0}
    assert "mouthSmileLeft" in told["notes"][0] and "jawOpen" not in told["notes"][0]
    assert np.array_equal(np.asarray(Image.open(tmp_path / "bald.png")), drawn(tmp_path, "-s", "jawOpen=0.6"))


BAD = {
    "emotion": (["-e", "hapy=1"], DirectionError, "unknown emotion 'hapy': did you mean 'happy'"),
    "shape": (["-s", "jawOpn=1"], DirectionError, "unknown shape 'jawOpn': did you mean 'jawOpen'"),
    "no number": (["-s", "jawOpen=wide"], DirectionError, "cannot read the shape 'jawOpen=wide'"),
    "no value": (["-s", "jawOpen"], DirectionError, "write jawOpen=0.5"),
    "no name": (["-e", "=1"], DirectionError, "cannot read the emotion"),
    "empty": (["-e", ""], DirectionError, "cannot read the emotion"),
    "too much": (["-s", "jawOpen=1.5"], DirectionError, "from 0 to 1"),
    "not a number": (["-s", "jawOpen=nan"], DirectionError, "from 0 to 1"),
    "felt too much": (["-e", "sad=3"], DirectionError, "from 0 to 2"),
    "felt backwards": (["-e", "sad=-1"], DirectionError, "from 0 to 2"),
    "twice": (["-s", "jawOpen=1", "-s", "jawOpen=0"], DirectionError, "given twice, as 1 and 0"),
    "yaw": (["--yaw", "270"], DirectionError, "a yaw of 270 is out of range: give a number from -180 to 180"),
    "pitch": (["--pitch", "nan"], DirectionError, "a pitch of nan is out of range"),
    "size": (["--size", "5"], DirectionError, "a size of 5 is out of range: give a number from 16 to 4096"),
    "huge": (["--size", "1000000"], DirectionError, "from 16 to 4096"),
    "no head": (["--head", "nowhere.npz"], FaceError, "there is no head at nowhere.npz"),
    "not a head": (["--head", __file__], FaceError, "is not a head that Mien wrote"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_said_in_one_line(tmp_path, name):
    words, kind, message = BAD[name]
    with pytest.raises(kind, match=message) as raised:
        mien(*words, "-o", tmp_path / "face.png")
    assert "\n" not in str(raised.value)
    assert not list(tmp_path.iterdir())


def test_only_png_is_drawn_and_the_head_is_never_written_over(tmp_path):
    with pytest.raises(DirectionError, match=r"ends in \.png"):
        mien("-o", tmp_path / "face.jpg")
    copy = tmp_path / "head.png"
    copy.write_bytes(ASSET.read_bytes())
    with pytest.raises(InputError, match="would be written over"):
        mien("--head", copy, "-o", copy)
    with pytest.raises(OutputError):
        mien("-o", copy / "face.png")


def test_another_person(tmp_path):
    """The face asked for is another, and the same person every time."""
    pictures = [tmp_path / f"{i}.png" for i in range(3)]
    for path, words in zip(pictures, ([], ["-i", "jaw width=3", "-i", "age=1"], ["-i", "age=1", "-i", "jaw width=3"]), strict=True):
        mien(*words, "--size", 96, "-o", path)
    assert pictures[1].read_bytes() == pictures[2].read_bytes() != pictures[0].read_bytes()
    for words, message in (
        (["-i", "jaw widht=1"], "did you mean 'jaw width'"),
        (["-i", "age=9"], "from -4 to 4"),
        (["-i", "age"], "cannot read"),
    ):
        with pytest.raises(MienError, match=message):
            mien(*words, "-o", tmp_path / "x.png")
