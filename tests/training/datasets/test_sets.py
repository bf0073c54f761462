"""The folder layouts of published sets, and splits without leaks."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from backend.errors import InputError
from backend.motion.arkit import ARKIT
from backend.training.datasets import Clip, assigned, leaks, load, part_of


def laid_out(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")


def test_mead(tmp_path):
    laid_out(
        tmp_path,
        "M003/video/front/angry/level_1/001.mp4", "M003/video/front/disgusted/level_3/004.mp4", "M003/video/left_30/angry/level_1/001.mp4",
        "M003/video/front/neutral/level_1/002.mp4", "M003/audio/angry/level_1/001.m4a", "M003/audio/disgusted/level_3/004.m4a",
        "W011/audio/happy/level_2/010.m4a",
    )  # fmt: skip
    clips = {clip.name: clip for clip in load("mead", tmp_path)}
    assert set(clips) == {
        "M003/front/angry/level_1/001", "M003/front/disgusted/level_3/004", "M003/front/neutral/level_1/002", "W011/happy/level_2/010",
    }  # fmt: skip
    angry, disgusted = clips["M003/front/angry/level_1/001"], clips["M003/front/disgusted/level_3/004"]
    assert (angry.speaker, angry.emotion, angry.intensity, angry.audio.suffix, angry.video.suffix) == (
        "M003",
        "angry",
        1 / 3,
        ".m4a",
        ".mp4",
    )
    assert (disgusted.emotion, disgusted.intensity) == ("disgust", 1.0)
    assert clips["M003/front/neutral/level_1/002"].audio.suffix == ".mp4"  # no recording beside it: its own sound
    assert (clips["W011/happy/level_2/010"].video, clips["M003/front/neutral/level_1/002"].intensity) == (None, 0.0)
    assert angry.sentence != disgusted.sentence


def test_ravdess(tmp_path):
    laid_out(
        tmp_path,
        "Actor_12/01-01-06-01-02-01-12.mp4", "Actor_12/02-01-06-01-02-01-12.mp4", "Actor_12/03-01-06-01-02-01-12.wav",
        "Actor_07/02-01-03-02-01-02-07.mp4", "Actor_07/03-01-03-02-01-02-07.wav", "Actor_07/03-02-03-02-01-02-07.wav",
        "Actor_07/03-01-01-01-01-01-07.wav", "Actor_07/notes.mp4",
    )  # fmt: skip
    clips = list(load("ravdess", tmp_path))
    assert [(clip.speaker, clip.emotion, clip.intensity) for clip in sorted(clips, key=lambda c: c.name)] == [
        ("Actor_07", "neutral", 0.0), ("Actor_07", "happy", 1.0), ("Actor_12", "fear", 0.5),
    ]  # fmt: skip
    fear, happy = (next(clip for clip in clips if clip.emotion == label) for label in ("fear", "happy"))
    assert (fear.video, fear.audio) == (tmp_path / "Actor_12/01-01-06-01-02-01-12.mp4",) * 2
    assert (happy.video.name[:2], happy.audio.name[:2]) == ("02", "03")
    assert fear.script == "Dogs are sitting by the door" and happy.sentence == "ravdess 01"


def test_crema_d(tmp_path):
    laid_out(
        tmp_path,
        "AudioWAV/1001_DFA_ANG_XX.wav", "AudioMP3/1001_DFA_ANG_XX.mp3", "VideoFlash/1001_DFA_ANG_XX.flv", "AudioWAV/1002_IEO_HAP_HI.wav",
        "VideoFlash/1003_TSI_NEU_XX.flv", "AudioWAV/1001_ZZZ_ANG_XX.wav",
    )  # fmt: skip
    clips = {clip.speaker: clip for clip in load("crema-d", tmp_path)}
    assert set(clips) == {"1001", "1002", "1003"}
    assert (clips["1001"].emotion, clips["1001"].intensity, clips["1001"].audio.suffix, clips["1001"].video.suffix) == (
        "angry",
        None,
        ".wav",
        ".flv",
    )
    assert (clips["1002"].emotion, clips["1002"].intensity, clips["1002"].video) == ("happy", 1.0, None)
    assert (clips["1003"].intensity, clips["1003"].audio.suffix, clips["1003"].script) == (0.0, ".flv", "The surface is slick")


def test_hdtf(tmp_path):
    laid_out(
        tmp_path,
        "WDA_JoeCrowley0_000.mp4",
        "WDA_JoeCrowley1_000.mp4",
        "WRA_EricCantor_001.mp4",
        "RD_Radio1_000.mp4",
        "RD_Radio11_001.mp4",
        "x.mp4",
    )
    speakers = {clip.name: clip.speaker for clip in load("hdtf", tmp_path)}
    assert speakers == {
        "WDA_JoeCrowley0_000": "JoeCrowley", "WDA_JoeCrowley1_000": "JoeCrowley", "WRA_EricCantor_001": "EricCantor",
        "RD_Radio1_000": "Radio1", "RD_Radio11_001": "Radio11",
    }  # fmt: skip


def test_beat(tmp_path):
    names = sorted(ARKIT.names[:51])
    values = np.random.default_rng(0).uniform(0, 1, (30, 51))
    frames = [{"weights": list(row), "time": i / 60, "rotation": []} for i, row in enumerate(values)]
    home = tmp_path / "1"
    laid_out(home, "1_wayne_0_73_73.wav", "1_wayne_1_12_12.wav", "notes.json")
    for stem in ("1_wayne_0_73_73", "1_wayne_1_12_12", "1_wayne_2_9_9"):
        (home / f"{stem}.json").write_text(json.dumps({"names": names, "frames": frames}))
    (home / "1_wayne_2_9_9.csv").write_text("1_wayne,0.0,1.0,6\n1_wayne,1.0,9.0,6\n1_wayne,9.0,9.5,0\n")
    clips = {clip.name: clip for clip in load("beat", tmp_path)}
    angry, talk, chinese = (clips[name] for name in ("1_wayne_0_73_73", "1_wayne_1_12_12", "1_wayne_2_9_9"))
    assert (angry.speaker, angry.emotion, angry.language, angry.rate, angry.audio.suffix) == (
        "1_wayne",
        "angry",
        "en",
        Fraction(60),
        ".wav",
    )
    assert (talk.emotion, talk.sentence, chinese.language, chinese.emotion, chinese.audio) == ("neutral", "", "zh", "fear", None)
    for column, name in enumerate(names):
        np.testing.assert_allclose(angry.motion[name], values[:, column], atol=1e-6)
    (home / "1_wayne_2_9_9.json").write_text("{}")
    with pytest.raises(InputError, match="no file of BEAT"):
        list(load("beat", tmp_path))


# ------------------------------------------------------------------------------------------------------------------ splits


def crowd(speakers=60, sentences=60):
    return [
        Clip(f"{who}-{what}", Path("x"), speaker=f"s{who}", sentence=f"t{what}") for who in range(speakers) for what in range(sentences)
    ]


def test_no_speaker_and_no_sentence_is_in_two_parts():
    clips = list(assigned(crowd()))
    assert leaks(clips) == {}
    count = {part: sum(clip.split == part for clip in clips) for part in ("train", "val", "test")}
    # About share squared of 3,600 clips.
    assert count["train"] > 1500 and count["val"] > 0 and count["test"] > 0


def test_a_leak_would_be_found():
    leaky = [Clip("a", Path("x"), speaker="anna", split="train"), Clip("b", Path("x"), speaker="anna", split="test")]
    assert leaks(leaky) == {"speaker anna": ("test", "train")}
    # Dealt by speaker alone, sentences do leak, and the check says so.
    assert any(name.startswith("sentence") for name in leaks(assigned(crowd(), by=("speaker",))))
    assert leaks(assigned(crowd(), by=("speaker",)), by=("speaker",)) == {}


def test_the_part_depends_on_the_clip_alone_and_shares_are_kept():
    clips = crowd(400, 1)
    forward = {clip.name: clip.split for clip in assigned(clips, by=("speaker",))}
    backward = {clip.name: clip.split for clip in assigned(clips[::-3], by=("speaker",))}
    assert len(forward) == 400 and backward.items() <= forward.items()
    assert 0.74 < sum(part == "train" for part in forward.values()) / 400 < 0.86
    assert forward != {clip.name: clip.split for clip in assigned(clips, by=("speaker",), seed=1)}
    assert part_of(Clip("x", Path("x"))) == part_of(Clip("x", Path("elsewhere")))


@pytest.mark.parametrize(
    ("shares", "by"), [({"train": 0.5}, ("speaker",)), ({"train": 1.0}, ("colour",)), ({"a": 1.5, "b": -0.5}, ("speaker",))]
)
def test_shares_and_names_that_make_no_sense(shares, by):
    with pytest.raises(InputError):
        part_of(Clip("x", Path("x")), shares, by)
