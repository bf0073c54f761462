"""``mien evaluate generators`` on a few lines: rows, what is comparable, and a generator that is known to be perfect."""

import csv
from dataclasses import dataclass

import numpy as np
import pytest

from backend.emotion.direction import Direction
from backend.emotion.track import EmotionTrack
from backend.errors import DirectionError, InputError, MissingError
from backend.generators import GENERATORS
from backend.generators.generator import Setting
from backend.generators.medtalk.features import Sources
from backend.generators.medtalk.network import Network
from backend.generators.medtalk.stored import Trained, save
from backend.motion import Motion
from backend.motion.metahuman import METAHUMAN
from backend.speech.speech import Speech
from backend.training.corpus import Corpus, Talk
from backend.training.evaluate_generators import (
    CORPUS,
    OF_THE_HEAD,
    Shown,
    channels,
    chosen,
    compared,
    evaluate,
    heard,
    spread,
    talks,
    turned,
    whole,
)
from backend.training.expression_reader import lessons, train
from tests.training.medtalk.test_losses import SHAPE
from tests.training.small_corpus import build


@dataclass(frozen=True)
class Copier:
    """Knows every line by its length, and performs it as the corpus does on another rig."""

    talks: tuple[Talk, ...]
    rig: str = "metahuman"
    name: str = "copier"
    summary: str = ""
    settings: tuple[Setting, ...] = ()
    guides: tuple[str, ...] = ()
    pictures: bool = False

    def perform(self, speech: Speech, track: EmotionTrack, direction: Direction) -> Motion:
        talk = next(talk for talk in self.talks if len(talk.samples) == len(speech.samples))
        emotion = direction.guides[0].value if direction.guides else "neutral"
        return talk.motion(emotion, self.rig)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Corpus:
    return build(tmp_path_factory.mktemp("corpus"), {"test": 4, "train": 1})


@pytest.fixture(scope="module")
def found(corpus, tmp_path_factory):
    known = tuple(talks(corpus, "test"))
    generators = {"rules": GENERATORS["rules"], "same": Copier(known, rig="arkit"), "controls": Copier(known)}
    folder = tmp_path_factory.mktemp("report")
    reader = train(lessons(corpus, "train"))
    progress: list[float] = []
    report = evaluate(corpus, generators, folder, most=4, versions=1, reader=reader, progress=progress.append, plots=False)
    assert progress[-1] == 1
    return report, {(row.generator, row.metric): row for row in report.rows}, folder


def test_who_copies_the_corpus_makes_no_error(found):
    _, rows, _ = found
    for name in ("MLE", "MEE", "EIE", "FRD", "VE", "LVE, max", "MOD"):
        assert rows["same", name].mean == pytest.approx(0, abs=1e-6), name
        assert rows["rules", name].mean != pytest.approx(0, abs=1e-6), name
    assert rows["same", "Emo-sim"].mean == pytest.approx(1)
    assert rows["same", "jerk"].mean == pytest.approx(rows[CORPUS, "jerk"].mean)


def test_channels_are_compared_on_one_rig_whatever_the_generators(found, corpus):
    _, rows, _ = found
    # The controls are the corpus's own after the same conversion; what is lost on the way back shows in vertices alone.
    for name in ("MLE", "MEE", "EIE", "FRD, absolute", "LVE, channels"):
        assert rows["controls", name].mean == pytest.approx(0, abs=1e-6)
    assert 0 < rows["controls", "VE"].mean < 0.2 * rows["rules", "VE"].mean
    talk = talks(corpus, "test", 1)[0]
    truth = talk.motion("happy", "metahuman")
    off = channels(truth.with_values(truth.values + np.float32(0.05)), truth)
    assert off["MLE"] == pytest.approx(0.05, abs=1e-5)
    assert off["MEE"] == pytest.approx(0.05, abs=1e-5)
    assert off["FRD"] == pytest.approx(0, abs=1e-5)


def test_a_rig_without_a_head_has_no_numbers_of_one(found, corpus):
    talk, (_, _, folder) = talks(corpus, "test", 1)[0], found
    assert not METAHUMAN.in_region("head")
    speech = heard(talk)
    with_head, without = (compared(talk.motion("happy", rig), talk, "happy", speech) for rig in ("arkit", "metahuman"))
    assert {*with_head} - {*without} == {*OF_THE_HEAD}
    assert not {*without} - {*with_head}
    assert "controls: the rig has no head" in (folder / "report.md").read_text()


def test_the_report_has_every_clip_its_speakers_and_its_verdicts(found, corpus):
    report, rows, folder = found
    assert rows["rules", "MLE"].clips == 4
    with (folder / "clips.csv").open() as file:
        clips = {row["clip"] for row in csv.DictReader(file)}
    assert {clip.rpartition(" ")[2] for clip in clips} == {*corpus.emotions[:4]}
    assert len(clips) == 4
    verdicts = {(d.generator, d.metric): d.verdict for d in report.differences}
    assert verdicts["same", "MLE"] == "better"
    assert np.isfinite(rows["rules", "MLE"].low)


def test_few_sentences_are_of_all_speakers(corpus):
    assert (
        len({corpus.manifest["clips"][i]["speaker"] for i, entry in enumerate(corpus.manifest["clips"]) if entry["split"] == "test"}) == 2
    )
    two = talks(corpus, "test", 2)
    assert {talk.speaker for talk in two} == {"test 0", "test 1"}
    assert len(talks(corpus, "test", 99)) == len(spread(corpus, "test")) == 4
    with pytest.raises(InputError, match="no sentence in the split 'valid'"):
        talks(corpus, "valid")


def test_clusters_are_compared_where_an_emotion_comes_more_than_once(corpus):
    said = talks(corpus, "test")
    shown = [Shown(emotion, talk.motion(emotion), None) for talk in said for emotion in talk.emotions]
    mixed = [Shown(one.emotion, said[0].motion("happy"), None) for one in shown]
    found = whole({CORPUS: shown, "same": shown, "all alike": mixed})
    assert found["same"]["ΔCH"] == 0
    assert found["all alike"]["ΔCH"] == pytest.approx(1, abs=0.01)
    assert whole({CORPUS: shown[:5], "same": shown[:5]}) == {}


def test_emotions_take_turns():
    three = ("a", "b", "c")
    assert turned(three, 5, 0) == [*three] == turned(three, 5, 9)
    assert [turned(three, number, 2) for number in range(3)] == [["a", "b"], ["c", "a"], ["b", "c"]]


def test_generators_are_named_and_may_have_weights(tmp_path):
    save(tmp_path / "mine.safetensors", Trained(Network(SHAPE), Sources(), {}))
    assert [*chosen(["rules", f"medtalk={tmp_path / 'mine.safetensors'}"])] == ["rules", "mine"]
    for named, error, said in [
        (["ruls"], DirectionError, "did you mean 'rules'"),
        ([], InputError, "no generator is named"),
        (["rules", "rules"], InputError, "two rows"),
        ([f"medtalk={tmp_path}/corpus.safetensors"], InputError, "two rows"),
        (["rules=x.safetensors"], InputError, "only medtalk"),
        ([f"medtalk={tmp_path}/none.safetensors"], MissingError, "cannot be read"),
    ]:
        with pytest.raises(error, match=said):
            chosen(named)
