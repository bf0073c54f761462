import json
import os
import stat
import struct
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load, save

from backend import take as take_module
from backend.emotion.direction import Curve, Direction, Guide
from backend.emotion.track import EmotionTrack
from backend.errors import OutputError, TakeError
from backend.motion import Channel, Motion, Rig, parse_rate
from backend.motion.arkit import ARKIT
from backend.speech.inventory import ARPABET
from backend.speech.speech import Phone, Word
from backend.take import Sound, Take


def make(seed: int = 0, frames: int = 12, rate: str = "29.97") -> Take:
    chance = np.random.default_rng(seed)
    return Take(
        motion=Motion(ARKIT, chance.normal(0, 1, (frames, len(ARKIT))).astype(np.float32), parse_rate(rate)),
        direction=Direction(guides=(Guide("happy", 0.5, 1.0, 2.0),), intensity=Curve((0.0, 1.0), (0.2, 1.0)), seed=seed),
        emotion=EmotionTrack(("happy",), chance.random((30, 1), dtype=np.float32), chance.random(30, dtype=np.float32), Fraction(100)),
        sound=Sound("línea – 台詞.wav", "ab" * 32, 0.3),
        words=(Word("señor", 0.1, 0.2, 0.75),),
        phones=(Phone("sil", 0.0, 0.1), Phone("ɑ", 0.1, 0.3, 1, 0.1 + 0.2)),
        ear="by hand",
    )


def same(a: Take, b: Take) -> bool:
    arrays = (
        (a.motion.values, b.motion.values),
        (a.emotion.weights, b.emotion.weights),
        (a.emotion.intensity, b.emotion.intensity),
    )
    rest = lambda t: (  # noqa: E731
        t.motion.rig,
        t.motion.rate,
        t.direction,
        t.emotion.labels,
        t.emotion.rate,
        t.sound,
        t.words,
        t.phones,
        t.ear,
        t.version,
    )
    return rest(a) == rest(b) and all(np.array_equal(x, y) for x, y in arrays)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**40), frames=st.integers(1, 50), rate=st.sampled_from(["24", "29.97", "60", "12.5"]))
def test_nothing_is_lost(seed, frames, rate):
    take = make(seed, frames, rate)
    content = take.to_bytes()
    assert same(Take.from_bytes(content), take)
    assert Take.from_bytes(content).to_bytes() == content


def test_bytes_are_the_same_in_every_process():
    script = "from tests.test_take import make; import hashlib; print(hashlib.sha256(make(5).to_bytes()).hexdigest())"
    runs = {
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": salt}
        ).stdout
        for salt in ("1", "2", "3")
    }
    assert len(runs) == 1


def test_the_file_can_be_read_with_struct_and_json_alone():
    """Unreal's Python has no numpy: docs/formats/take.md promises that this suffices."""
    take = make()
    content = take.to_bytes()
    (size,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + size])
    head = json.loads(header["__metadata__"]["take"])
    entry = header["motion"]
    assert entry["dtype"] == "F32"
    frames, channels = entry["shape"]
    start = 8 + size + entry["data_offsets"][0]
    values = struct.unpack_from(f"<{frames * channels}f", content, start)
    jaw = [channel[0] for channel in head["rig"]["channels"]].index("jawOpen")
    assert values[jaw::channels] == tuple(take.motion["jawOpen"].tolist())
    assert head["rate"] == "30000/1001"


def test_a_rig_of_another_version_keeps_its_own_channels():
    rig = Rig("arkit", (ARKIT["jawOpen"], ARKIT["mouthClose"], Channel("earWiggle", "ear")))
    values = np.zeros((2, 3), np.float32)
    old = Take(Motion(rig, values, Fraction(30)), Direction(), make().emotion, make().sound)
    assert Take.from_bytes(old.to_bytes()).motion.rig == rig


def rewritten(take: Take, **changes: object) -> bytes:
    """The file with another header, written as the page on the format says."""
    content = take.to_bytes()
    (size,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + size])
    header["__metadata__"]["take"] = json.dumps(json.loads(header["__metadata__"]["take"]) | changes)
    plain = json.dumps(header).encode()
    return struct.pack("<Q", len(plain)) + plain + content[8 + size :]


def test_phones_of_format_1_were_arpabet():
    phones = [["SIL", 0.0, 0.1, 0], ["HH", 0.1, 0.15, 0], ["AH", 0.15, 0.2, 0], ["AH", 0.2, 0.25, 1], ["OW", 0.25, 0.3, 2]]
    old = Take.from_bytes(rewritten(make(), format=1, words=[["señor", 0.1, 0.2]], phones=phones))
    assert [phone.symbol for phone in old.phones] == ["sil", "h", "ə", "ʌ", "oʊ"]
    assert [phone.stress for phone in old.phones] == [0, 0, 0, 1, 2]
    assert [(phone.start, phone.end) for phone in old.phones] == [(start, end) for _, start, end, _ in phones]
    assert old.words == (Word("señor", 0.1, 0.2, 1.0),)
    assert same(Take.from_bytes(old.to_bytes()), old)


def test_guides_of_format_2_had_no_features():
    plain = json.loads(make().direction.to_json())
    guides = [{name: value for name, value in guide.items() if name != "features"} for guide in plain["guides"]]
    old = Take.from_bytes(rewritten(make(), format=2, direction=plain | {"guides": guides}))
    assert same(old, make())
    assert old.to_bytes() == make().to_bytes()


def test_texts_and_pictures_are_in_the_take():
    guides = (Guide("sad"), Guide("a “smile”: 0.5@", kind="text"), Guide("me.png", kind="image", features=(0.25, 0.5, 1.0)))
    felt = EmotionTrack(("sad", '"a “smile”: 0.5@"', "[me.png]"), np.ones((3, 3), np.float32), np.ones(3, np.float32), Fraction(100))
    take = Take(make().motion, Direction(guides=guides), felt, make().sound)
    read = Take.from_bytes(take.to_bytes())
    assert read.direction == take.direction
    assert read.to_bytes() == take.to_bytes()
    assert read.emotion.references == {'"a “smile”: 0.5@"': guides[1], "[me.png]": guides[2]}


@pytest.mark.parametrize("features", [[], ["a"], [True], [[1.0]], None, 3, [float("nan")], [1e400]])
def test_features_that_no_picture_has_are_damage(features):
    guide = {**json.loads(Direction(guides=(Guide("me.png", kind="image", features=(0.5,)),)).to_json())["guides"][0], "features": features}
    with pytest.raises(TakeError, match="no take, or it is damaged"):
        Take.from_bytes(rewritten(make(), direction=json.loads(make().direction.to_json()) | {"guides": [guide]}))


@pytest.mark.parametrize("symbol", sorted(ARPABET))
def test_every_arpabet_symbol_of_format_1_is_read(symbol):
    content = rewritten(make(), format=1, words=[], phones=[[symbol, 0.0, 0.3, 1]])
    assert Take.from_bytes(content).phones == (Phone(ARPABET[symbol], 0.0, 0.3, 1),)


@pytest.mark.parametrize(("version", "symbol"), [(1, "ɑ"), (1, "QQ"), (2, "AA"), (2, 3)])
def test_phones_that_no_format_has_are_damage(version, symbol):
    with pytest.raises(TakeError, match="no take, or it is damaged"):
        Take.from_bytes(rewritten(make(), format=version, phones=[[symbol, 0.0, 0.3, 0]]))


TWISTED = {
    "word": {"words": [[3, 0.0, 0.1, 1.0]]},
    "word's time": {"words": [["a", "0", 0.1, 1.0]]},
    "word without end": {"words": [["a", 0.0, None, 1.0]]},
    "word out of time": {"words": [["a", 0.0, float("inf"), 1.0]]},
    "word out of mind": {"words": [["a", 0.0, 10**400, 1.0]]},
    "words": {"words": 3},
    "phone's time": {"phones": [["m", 0.0, "x", 0, 1.0]]},
    "phone's stress": {"phones": [["m", 0.0, 0.1, "x", 1.0]]},
    "phone's confidence": {"phones": [["m", 0.0, 0.1, 0, True]]},
    "ear": {"ear": 3},
    "version": {"version": None},
    "format": {"format": "two"},
    "old format": {"format": -1},
    "sound's name": {"sound": {"name": 3, "digest": "a", "duration": 1.0}},
    "sound's duration": {"sound": {"name": "a", "digest": "a", "duration": "1"}},
    "labels": {"emotion": {"labels": [3], "rate": "100"}},
    "emotion": {"emotion": []},
    "rate": {"rate": ["30"]},
    "rig": {"rig": {"name": 3, "channels": []}},
    "channel": {"rig": {"name": "arkit", "channels": [["a", "jaw", "left", "low", 1, "weight"]]}},
    "nested": {"ear": json.loads("[" * 900 + "]" * 900)},
    **{
        f"direction's {name}": {"direction": json.loads(make().direction.to_json()) | {name: value}}
        for name, value in {
            "generator": 3,
            "rig": ["arkit"],
            "seed": 1.5,
            "settings": [1],
            "settings' value": None,
            "guides": [{"value": "happy"}],
            "intensity": {"times": ["a"], "values": ["b"]},
        }.items()
    },
    "setting": {"direction": json.loads(make().direction.to_json()) | {"settings": {"head": [1]}}},
    "setting's number": {"direction": json.loads(make().direction.to_json()) | {"settings": {"head": float("nan")}}},
}


@pytest.mark.parametrize("name", TWISTED)
def test_what_is_of_the_wrong_kind_inside_is_damage(name):
    with pytest.raises(TakeError, match=r"^this file is no take, or it is damaged \(.*\)\. Generate it again\.$"):
        Take.from_bytes(rewritten(make(), **TWISTED[name]))


def test_absurd_nesting_is_damage():
    content = make().to_bytes()
    (size,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + size])
    for deep in ('{"__metadata__":' + "[" * 100_000, json.dumps(header | {"__metadata__": {"take": "[" * 100_000}})):
        with pytest.raises(TakeError, match="no take, or it is damaged"):
            Take.from_bytes(struct.pack("<Q", len(deep)) + deep.encode() + content[8 + size :])


@pytest.mark.parametrize(
    "arrays",
    [
        {"emotion.intensity": np.full(30, np.nan, np.float32)},
        {"emotion.intensity": np.ones((30, 1), np.float32)},
        {"emotion.weights": np.full((30, 1), np.inf, np.float32)},
        {"emotion.weights": np.ones((30, 1), np.int32)},
        {"motion": np.zeros((12, 3), np.float32)},
    ],
    ids=lambda arrays: next(iter(arrays)),
)
def test_arrays_of_the_wrong_kind_are_damage(arrays):
    content = make().to_bytes()
    (size,) = struct.unpack_from("<Q", content)
    head = json.loads(content[8 : 8 + size])["__metadata__"]
    with pytest.raises(TakeError, match="no take, or it is damaged"):
        Take.from_bytes(save(load(content) | arrays, head))


def test_older_formats_are_upgraded_step_by_step(monkeypatch):
    """With a format 4 that renames a field, files of formats 1 and 3 are still read."""
    old, present = rewritten(make(), format=1, phones=[["M", 0.0, 0.3, 0]]), make().to_bytes()
    seen = []

    def step(head, arrays):
        seen.append(head["format"])
        return head | {"format": 4, "ear": "upgraded"}, arrays

    monkeypatch.setattr(take_module, "FORMAT", 4)
    monkeypatch.setitem(take_module._UPGRADES, 3, step)
    assert [Take.from_bytes(content).ear for content in (old, present)] == ["upgraded", "upgraded"]
    assert seen == [3, 3]


def test_a_newer_format_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(take_module, "FORMAT", 9)
    content = make().to_bytes()
    monkeypatch.undo()
    with pytest.raises(TakeError, match=r"format 9; this one reads up to 3. Update Mien"):
        Take.from_bytes(content, "new.take")


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damage_is_always_told_and_never_anything_worse(data):
    content = bytearray(make().to_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))]
    try:
        Take.from_bytes(bytes(content))
    except TakeError as error:
        assert "this file" in str(error)


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 100, b"RIFF" + b"\0" * 100, b"\x02\0\0\0\0\0\0\0{}"])
def test_other_files_are_no_takes(content):
    with pytest.raises(TakeError):
        Take.from_bytes(content)


def test_writing_is_all_or_nothing(tmp_path):
    path = tmp_path / "a folder" / "tàke.take"
    make(1).write(path)
    assert same(Take.read(path), make(1))
    make(2).write(path)
    assert same(Take.read(path), make(2))
    assert [p.name for p in path.parent.iterdir()] == ["tàke.take"]
    assert stat.S_IMODE(path.stat().st_mode) & 0o600 == 0o600


def test_a_file_where_a_folder_should_be(tmp_path):
    (tmp_path / "x").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        make().write(tmp_path / "x" / "y.take")
    with pytest.raises(TakeError, match="cannot read"):
        Take.read(tmp_path / "missing.take")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no device that is always full")  # noqa: PTH110
def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.take"
    make(1).write(path)
    real = os.fdopen
    monkeypatch.setattr(os, "fdopen", lambda handle, mode: (os.close(handle), real(os.open("/dev/full", os.O_WRONLY), mode))[1])
    with pytest.raises(OutputError, match="no space left"):
        make(2).write(path)
    monkeypatch.undo()
    assert same(Take.read(path), make(1))
    assert [p.name for p in tmp_path.iterdir()] == ["a.take"]
