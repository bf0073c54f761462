"""The motion corpus: a tiny one built for real where the synthesisers are there, read back, cut off, mended and measured."""

import json
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from backend.errors import DirectionError, InputError, MissingError
from backend.face.heads import mien_head
from backend.motion import RIGS
from backend.motion.arkit import ARKIT
from backend.motion.rate import frames_to_cover
from backend.speech.inventory import CLOSURES, PHONES, SILENCE, VOWELS
from backend.training.corpus import Corpus, build
from backend.training.corpus.build import EMOTIONS
from backend.training.corpus.plan import TINY, plan
from backend.training.corpus.splitting import SPLITS, leaks, person, split_of_people, split_of_text
from backend.training.corpus.statistics import of_corpus, table
from backend.training.speech.voices import voices
from tests.lips import gaps

HAVE = all(shutil.which(name) for name in ("flite", "festival", "espeak-ng"))
synthesisers = pytest.mark.skipif(not HAVE, reason="flite, festival and espeak-ng are not installed")
HOURS = 0.02


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Some fifteen sentences by six voices."""
    if not HAVE:
        pytest.skip("flite, festival and espeak-ng are not installed")
    made = tmp_path_factory.mktemp("corpus")
    shares: list[float] = []
    assert build(made, HOURS, seed=4, workers=2, tiny=True, progress=shares.append) == made / "manifest.json"
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    return made


@pytest.fixture(scope="module")
def corpus(folder) -> Corpus:
    return Corpus(folder)


@pytest.fixture(scope="module")
def talks(corpus):
    return [talk for split in SPLITS for talk in corpus.clips(split)]


def hashes(folder: Path) -> dict[str, str]:
    told = json.loads((folder / "manifest.json").read_text("utf-8"))
    return {entry["file"]: entry["sha256"] for entry in [*told["clips"], *told["expressions"]]}


def test_the_manifest_says_what_is_there(folder, corpus, talks):
    told = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert (told["format"], told["seed"], told["rate"]) == (1, 4, "60")
    assert {"id", "speaker", "style", "language", "text", "split", "seconds", "file", "sha256"} <= {*told["clips"][0]}
    assert len(corpus) == len(talks) == len(told["clips"]) == len({talk.id for talk in talks})
    assert corpus.rate == Fraction(60)
    assert corpus.emotions == EMOTIONS
    assert corpus.hours == pytest.approx(sum(len(talk.samples) for talk in talks) / 16000 / 3600, abs=1e-3)
    assert HOURS <= corpus.hours < 2 * HOURS
    assert {path.name for path in folder.glob("*.safetensors")} == {entry["file"] for entry in told["clips"]}


def test_every_clip_is_whole(talks):
    for talk in talks:
        seconds = len(talk.samples) / 16000
        assert talk.samples.dtype == np.float32
        assert 0.05 < np.abs(talk.samples).max() <= 1
        assert talk.phones[0].start == 0
        assert talk.phones[-1].end == pytest.approx(seconds, abs=1e-9)
        assert all(first.end == second.start for first, second in zip(talk.phones, talk.phones[1:], strict=False))
        assert all(phone.duration > 0 and phone.symbol in PHONES for phone in talk.phones)
        assert talk.emotions == EMOTIONS
        for emotion in talk.emotions:
            motion, felt = talk.motion(emotion), talk.intensity(emotion)
            assert motion.rig == ARKIT
            assert motion.frames == len(felt) == frames_to_cover(seconds, Fraction(60))
            assert 0 <= felt.min() <= felt.max() <= 1.5
            assert (felt.max() > 0) == (emotion != "neutral")
            assert np.all(motion.values >= np.float32([channel.low for channel in ARKIT.channels]))
            assert np.all(motion.values <= np.float32([channel.high for channel in ARKIT.channels]))


def test_words_cover_what_is_said(talks):
    """Every spoken phone lies in one word, words follow one another, and hardly any is lost."""
    for talk in talks:
        inside = [any(word.start <= p.start and p.end <= word.end for word in talk.words) for p in talk.phones if p.symbol != SILENCE]
        assert all(inside)
        assert all(first.end <= second.start + 1e-9 for first, second in zip(talk.words, talk.words[1:], strict=False))
        assert len(talk.words) >= 0.85 * len(talk.text.split())


def test_phones_are_where_they_sound(talks):
    """Whatever pitch, tempo and voice were given to it: vowels are far louder than the silence around the sentence."""
    for talk in talks:
        level = np.square(talk.samples)
        of = {
            kind: [level[round(p.start * 16000) : round(p.end * 16000)].mean() for p in talk.phones if test(p)]
            for kind, test in KINDS.items()
        }
        assert np.median(of["vowel"]) > 100 * np.median(of["silence"])


KINDS = {"vowel": lambda phone: phone.symbol in VOWELS, "silence": lambda phone: phone.symbol == SILENCE}


def test_mixed_are_the_same_clips_but_not_speaker_by_speaker(corpus):
    plain, mixed = ([talk.speaker for talk in corpus.clips("train", mixed=mixed)] for mixed in (False, True))
    assert sorted(plain) == sorted(mixed)
    assert plain == sorted(plain, key=plain.index)
    assert mixed != sorted(mixed, key=mixed.index)


def test_nobody_and_nothing_is_in_two_splits(corpus, talks):
    by_name = {f"{voice.engine}-{voice.name}": voice for voice in voices()}
    assert {talk.split for talk in talks} == {*SPLITS}
    assert not leaks((talk.speaker, talk.text, talk.split) for talk in talks)
    assert not leaks((person(by_name[talk.speaker.rpartition("-")[0]]), talk.text, talk.split) for talk in talks)
    assert all(corpus.speakers(split) == tuple(sorted({talk.speaker for talk in talks if talk.split == split})) for split in SPLITS)
    assert all(split_of_text(talk.text.upper() + "!") == talk.split for talk in talks)


def test_a_leak_would_be_found():
    assert leaks([("a", "One two.", "train"), ("a", "Three.", "test"), ("b", "three", "valid")]) == {"speaker a", "sentence three"}


def test_versions_share_their_lip_closures(talks):
    """On Mien's head the lips meet in the p, b and m of every version, and are seen apart elsewhere."""
    head, met = mien_head(), []
    for talk in talks[::3]:
        for emotion in ("neutral", "happy", "surprise", "disgust"):
            motion = talk.motion(emotion)
            apart = gaps(head, motion)
            assert np.percentile(apart, 95) > 0.003
            for phone in talk.phones:
                if phone.symbol in CLOSURES:
                    met.append(apart[(motion.times > phone.start - 0.05) & (motion.times < phone.end + 0.03)].min() < 0.0015)
    assert len(met) > 30
    assert np.mean(met) >= 0.98


def test_versions_move_their_jaws_together(talks):
    for talk in talks:
        moves = [np.diff(talk.motion(emotion)["tongueTipUp"]) for emotion in EMOTIONS]
        assert all(np.corrcoef(moves[0], other)[0, 1] > 0.98 for other in moves[1:])


def test_any_rig_that_can_be_reached_is_given(talks):
    for rig in ("metahuman", "ctrl_expressions", "flame"):
        motion = talks[0].motion("happy", rig)
        assert motion.rig == RIGS[rig]
        assert motion.frames == talks[0].motion("happy").frames
        assert np.ptp(motion.values, axis=0).max() > 0.2


def test_what_was_not_performed_is_refused(talks, corpus):
    with pytest.raises(InputError, match="did you mean 'happy'"):
        talks[0].motion("hapy")
    with pytest.raises(InputError, match="unknown split 'val'"):
        list(corpus.clips("val"))
    with pytest.raises(DirectionError):
        talks[0].motion("happy", "no such rig")


def test_files_hold_arrays_alone(folder):
    """No file begins as a pickle or a zip does, and each opens in a reader that knows no pickles."""
    for path in folder.rglob("*.safetensors"):
        assert path.read_bytes()[:2] not in (b"\x80\x04", b"PK")
        arrays = load_file(path)
        assert {str(array.dtype) for array in arrays.values()} <= {"int16", "float16"}


def test_expressions_lie_beside(corpus):
    shown = [each for split in SPLITS for each in corpus.expressions(split)]
    if not shown:
        pytest.skip("backend.training.expressions is not there")
    assert {each.intensity for each in shown} == {1, 2, 3}
    assert {*EMOTIONS} <= {each.emotion for each in shown}
    assert {each.split for each in shown} == {*SPLITS}
    for each in shown[::7]:
        motion = each.motion()
        assert motion.rig == ARKIT
        assert motion.rate == Fraction(60)
        assert np.all(np.abs(motion.values) <= np.float32([channel.high for channel in ARKIT.channels]))


@synthesisers
def test_a_build_that_was_cut_off_goes_on_and_ends_the_same(folder):
    before = {path: path.read_bytes() for path in folder.rglob("*.safetensors")}
    manifest, journal = folder / "manifest.json", folder / "journal.jsonl"
    told, known = manifest.read_bytes(), hashes(folder)
    lines = journal.read_text("utf-8").splitlines()
    talk = [number for number, line in enumerate(lines) if "samples" not in line and "espeak-de" in line]
    lines = [line for number, line in enumerate(lines) if number not in talk]
    journal.write_text("\n".join(lines) + "\n" + '{"job": "cut o', "utf-8")
    damaged, gone = sorted(path for path in before if "flite-slt" in path.name)[0], sorted(path for path in before if "awb" in path.name)[0]
    damaged.write_bytes(damaged.read_bytes()[:1000])
    gone.unlink()
    for path in before:
        if "lp_diphone" in path.name:
            path.unlink()
    manifest.unlink()
    shares: list[float] = []
    build(folder, HOURS, seed=4, workers=1, tiny=True, progress=shares.append)
    assert len(shares) == 4, "only what was missing or damaged is made again"
    assert manifest.read_bytes() == told
    assert hashes(folder) == known
    assert {path: path.read_bytes() for path in folder.rglob("*.safetensors")} == before
    build(folder, HOURS, seed=4, workers=1, tiny=True, progress=shares.append)
    assert len(shares) == 4, "nothing is left to do"


def test_a_damaged_file_is_named(folder, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    first = next(copy.glob("*.safetensors"))
    first.write_bytes(b"nothing")
    with pytest.raises(InputError, match=first.stem):
        for split in SPLITS:
            list(Corpus(copy).clips(split))


def test_without_a_manifest_there_is_no_corpus(tmp_path):
    with pytest.raises(InputError, match="mien corpus build"):
        Corpus(tmp_path)
    (tmp_path / "manifest.json").write_text(
        '{"format": 99, "clips": [], "emotions": [], "rate": "60", "hours": 0, "seed": 0}', encoding="utf-8"
    )
    with pytest.raises(InputError, match="format 99"):
        Corpus(tmp_path)


def test_a_missing_synthesiser_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingError, match="apt install festival"):
        build(tmp_path / "out", 0.01, tiny=True)
    assert not (tmp_path / "out").exists()


def test_plans_keep_people_apart_and_share_the_hours():
    jobs = plan(10, 0, tiny=False)
    assert sum(job.seconds for job in jobs) == pytest.approx(36000, rel=0.02)
    assert {job.voice for job in jobs} == {f"{voice.engine}-{voice.name}" for voice in voices()}
    assert len({job.name for job in jobs}) == len(jobs)
    assert not leaks((job.speaker, job.speaker, job.split) for job in jobs)
    shares = {split: sum(job.seconds for job in jobs if job.split == split) / 36000 for split in SPLITS}
    assert shares["train"] > 0.6
    assert min(shares.values()) > 0.02
    assert {job.voice for job in plan(1, 0, tiny=True)} == {*TINY}


def test_the_same_person_has_one_split_under_every_name():
    for seed in range(20):
        dealt = split_of_people(voices(), seed)
        assert {*dealt.values()} == {*SPLITS}
        named = {f"{voice.engine}-{voice.name}": dealt[person(voice)] for voice in voices()}
        assert named["flite-slt"] == named["festival-cmu_us_slt_arctic_hts"]
        assert named["flite-kal16"] == named["festival-kal_diphone"]


def test_the_command_tells_the_figures(folder):
    run = [
        sys.executable,
        "-c",
        "from backend.cli.main import run; run()",
        "corpus",
        "statistics",
        str(folder),
        "--sentences",
        "6",
        "--json",
    ]
    told = json.loads(subprocess.run(run, capture_output=True, text=True, check=True).stdout)
    assert 0.1 < told["corpus"]["jawOpen"]["range"] < 1
    assert told["captures"] == {}


def test_the_corpus_moves_about_as_far_and_as_fast_as_real_faces(corpus, shared_data):
    """In the channels that speech moves most, within a factor of two and a half of Live Link captures of somebody talking."""
    from backend.training.corpus.statistics import of_captures

    ours, real = of_corpus(corpus), of_captures(shared_data / "capture" / "livelink_alexdjulin")
    for row in ("jawOpen", "mouthFunnel", "mouthLowerDown", "mouthSmile", "mouthStretch", "browInnerUp", "eyeBlink"):
        assert 0.4 < ours[row].range / real[row].range < 2.5, row
    for row in ("jawOpen", "mouthFunnel", "mouthLowerDown", "browInnerUp", "browDown", "eyeBlink"):
        assert 0.4 < ours[row].speed / real[row].speed < 2.5, row
    assert "| jawOpen |" in table(ours, real)
