"""What the tiny recipe reaches on lines made from nothing, and how it is gone through."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from backend.emotion.direction import Curve, Direction, Guide
from backend.emotion.feel import feel
from backend.errors import InputError
from backend.generators.medtalk.chance import GAZE, LIDS
from backend.generators.medtalk.features import Sources
from backend.generators.medtalk.generator import MedTalk
from backend.generators.medtalk.network import Network
from backend.generators.medtalk.stored import load, save
from backend.motion import Motion
from backend.motion.metahuman import METAHUMAN
from backend.speech.inventory import CLOSURES, VOWELS
from backend.training.medtalk.data import prepare, without_chance
from backend.training.medtalk.draws import lines, quads
from backend.training.medtalk.evaluate import embeddings, measure, paper_metrics, swap
from backend.training.medtalk.recipe import make, train
from backend.training.medtalk.settings import ABLATIONS, RECIPES
from backend.training.medtalk.stages import freeze
from backend.training.metrics import calinski_harabasz
from tests.generators.medtalk.said import words
from tests.training.medtalk.stand_in import EMOTIONS, STRONG, StandIn, listened, talks, utter, write

BROWS = METAHUMAN.in_region("brow")


def play(trained, speech, label, level=1.0, **settings) -> Motion:
    direction = Direction((Guide(label),), Curve((0.0,), (level,)), settings={"blinks_per_minute": 0.0, **settings})
    return MedTalk(given=trained, words=words).perform(speech, feel(speech, direction), direction)


def test_what_is_kept_on_disk_is_the_performance(tmp_path):
    talk = next(talks(0, 1))
    store = prepare([talk], EMOTIONS, tmp_path, Sources(), words=words, listened=listened)
    motion, felt = store.clips[0].motion("angry", 30, 50)
    np.testing.assert_allclose(motion, without_chance(talk.motion("angry", "metahuman")).values[30:80], atol=5e-4)
    np.testing.assert_allclose(felt, talk.intensity("angry")[30:80], atol=1e-3)
    held, _ = store.clips[0].motion("angry", store.clips[0].frames - 2, 5)
    assert (held[2:] == held[1]).all()
    again = prepare([replace(talk)], EMOTIONS, tmp_path, Sources(), words=words, listened=lambda _: pytest.fail("heard twice"))
    assert again.minutes == store.minutes
    with pytest.raises(InputError, match="no sentence"):
        prepare([], EMOTIONS, tmp_path, Sources())


def test_without_chance_nobody_blinks_or_looks_aside_but_lids_still_droop():
    talk = next(talks(3, 1))
    motion = talk.motion("sad", "metahuman")
    calm = without_chance(motion)
    assert motion.values[:, LIDS].max() > 0.99
    assert 0.02 < calm.values[:, LIDS].max() < 0.6
    assert not calm.values[:, GAZE].any()
    others = [i for i in range(len(METAHUMAN)) if i not in GAZE + LIDS]
    assert (calm.values[:, others] == motion.values[:, others]).all()


def test_draws_are_the_steps_own_and_aligned(lesson):
    one, two = (quads(lesson.store, np.random.default_rng(7), 3, 8) for _ in range(2))
    assert torch.equal(one.motion, two.motion)
    assert one.motion.shape == (3, 2, 2, 8, 174)
    drawn = lines(lesson.store, np.random.default_rng(7), 4, 90)
    assert drawn.content.shape[:2] == drawn.motion.shape[:2] == (4, 90)
    assert drawn.words.shape[:2] == drawn.spans.shape[:2]


def test_versions_of_a_crop_are_the_same_frames_in_other_emotions(lesson):
    calm, upset = (EMOTIONS.index(name) for name in ("neutral", "angry"))
    drawn = lines(lesson.store, np.random.default_rng(3), 4, 90, versions=len(EMOTIONS))
    assert drawn.motion.shape == (4 * len(EMOTIONS), 90, 174)
    labels, motion = drawn.label.reshape(4, -1), drawn.motion.unflatten(0, (4, -1))
    assert torch.equal(labels.sort(dim=1).values, torch.arange(len(EMOTIONS)).expand(4, -1))
    jaw = METAHUMAN.index("CTRL_C_jaw-translateY")
    for row in range(4):
        one, other = (motion[row, int((labels[row] == label).nonzero())][:, jaw].numpy() for label in (calm, upset))
        assert np.corrcoef(one, other)[0, 1] > 0.8
    told = drawn.for_each(drawn.content).unflatten(0, (4, -1))
    assert torch.equal(told, drawn.content[:, None].expand_as(told))
    assert lines(lesson.store, np.random.default_rng(3), 1, 9, versions=7).motion.shape[0] == 7


def test_every_stage_learns(lesson):
    stages = sorted(path.name for path in (lesson.folder / "run").iterdir())
    assert stages == ["1-self", "2-overlap", "3-cycle", "4-content", "5-intensity", "6-guidance"]
    for stage in stages:
        log = [json.loads(line) for line in (lesson.folder / "run" / stage / "log.jsonl").read_text().splitlines()]
        assert log[-1]["kept"] < log[0]["kept"], stage


def test_a_swapped_emotion_keeps_the_lips_and_takes_the_brows(lesson):
    found = swap(lesson.trained.network, lesson.kept)
    assert found["lips kept"] < 0.8 * found["lips apart"]
    assert found["brows taken"] < 0.25 * found["brows apart"]


def test_emotions_are_told_apart_in_their_space_and_not_in_the_contents(lesson):
    felt, said, labels = embeddings(lesson.trained.network, lesson.kept, each=12)
    assert felt.shape == said.shape == (12 * len(EMOTIONS), 32)
    assert calinski_harabasz(felt, labels) > 10 * calinski_harabasz(said, labels)


def test_it_is_nearer_to_the_truth_than_any_other_label_and_than_no_motion(lesson):
    talk = next(talks(100, 1))
    truth = {label: talk.motion(label, "metahuman") for label in EMOTIONS}
    for label in EMOTIONS[1:]:
        made = play(lesson.trained, talk.speech, label)
        off = {other: paper_metrics(made, truth[other])["MEE"] for other in EMOTIONS}
        assert min(off, key=off.__getitem__) == label, off
        still = paper_metrics(Motion.still(METAHUMAN, made.frames, made.rate), truth[label])
        assert off[label] < 0.6 * still["MEE"]
        assert paper_metrics(made, truth[label])["MLE"] < 0.8 * still["MLE"]


def test_the_mouth_opens_on_vowels_and_not_on_closures(lesson):
    speech = utter(200)
    jaw = play(lesson.trained, speech, "neutral")["CTRL_C_jaw-translateY"]

    def mean(phones) -> float:
        return float(np.mean([jaw[round((p.start + p.end) * 30)] for p in speech.phones if p.symbol in phones]))

    assert mean(VOWELS) > 1.2 * mean(CLOSURES)
    assert mean(VOWELS) > 3 * mean({"sil"})


def test_more_intensity_shows_more_on_the_average(lesson):
    speech = utter(201)
    for label in EMOTIONS[1:]:
        neutral = play(lesson.trained, speech, "neutral").pick(BROWS)
        far = [
            float(np.abs(play(lesson.trained, speech, label, level, replace=1.0).pick(BROWS) - neutral).mean())
            for level in (0.0, 0.4, 0.8, 1.2, 1.6)
        ]
        assert far[0] == 0
        assert (np.diff(far) > 0).all(), (label, far)


def test_intensity_rises_with_words_that_are_felt(lesson):
    strong, plain = [], []
    for seed in range(300, 306):
        speech = utter(seed)
        told = torch.cat([s.intensity for _, s in MedTalk(given=lesson.trained, words=words)._spoken(speech)]).numpy()
        for word in speech.words:
            (strong if word.text in STRONG else plain).append(told[round(word.start * 60) : round(word.end * 60)].mean())
    assert np.mean(strong) > 1.2 * np.mean(plain)


def test_text_guides_to_what_it_names(lesson):
    performer, speech = MedTalk(given=lesson.trained, words=words), utter(202)
    shown = {label: play(lesson.trained, speech, label).values.mean(axis=0) for label in EMOTIONS}
    for label in EMOTIONS:
        direction = Direction((Guide(label, kind="text"),), settings={"blinks_per_minute": 0.0})
        found = performer.perform(speech, feel(speech, direction), direction).values.mean(axis=0)
        apart = {other: float(np.abs(found - face).sum()) for other, face in shown.items()}
        assert min(apart, key=apart.__getitem__) == label, apart


def test_what_is_measured_is_what_the_paper_measures(lesson):
    found = measure(lesson.trained, talks(100, 1), words=words, listened=listened)
    assert {*found} == {"MLE", "MEE", "EIE", "FRD", "frames per second"}
    truth = next(talks(100, 1)).motion("happy", "metahuman")
    assert set(paper_metrics(truth, truth).values()) == {0.0}


def test_a_run_goes_on_where_it_was_cut_off_and_ends_the_same(lesson, tmp_path):
    steps = {"self": 8, "overlap": 8, "cycle": 4, "content": 6, "intensity": 6, "guidance": 4}
    recipe = replace(RECIPES["tiny"], steps=steps)
    whole = make(recipe, lesson.store, tmp_path / "whole", words=words)

    class CutError(Exception):
        pass

    def cut(share: float) -> None:
        if share > 0.6:
            raise CutError

    with pytest.raises(CutError):
        make(recipe, lesson.store, tmp_path / "cut", words=words, progress=cut)
    resumed = make(recipe, lesson.store, tmp_path / "cut", words=words)
    for name, tensor in whole.network.state_dict().items():
        torch.testing.assert_close(resumed.network.state_dict()[name], tensor, msg=name)


@pytest.mark.parametrize("row", ABLATIONS)
def test_every_row_of_table_3_can_be_left_out(row, lesson, tmp_path):
    recipe = replace(RECIPES["tiny"], steps=dict.fromkeys(RECIPES["tiny"].steps, 2), without=row, guided=False)
    trained = make(recipe, lesson.store, tmp_path / "run", words=words)
    stages = [path.name.partition("-")[2] for path in sorted((tmp_path / "run").iterdir())]
    assert [name for name in ("overlap", "cycle") if name not in stages] == {
        "overlap": ["overlap"],
        "cycle": ["cycle"],
        "disentangle": ["overlap", "cycle"],
    }.get(row, [])
    assert ("together" in stages) == (row == "disentangle")
    assert trained.network.shape.dynamic == (row != "intensity")
    assert trained.network.shape.words == (row != "text")
    save(tmp_path / "w.safetensors", trained)
    assert load(tmp_path / "w.safetensors", "cpu").facts["without"] == row


def test_frozen_parts_stay_as_they_are():
    from tests.training.medtalk.test_losses import SHAPE

    network = Network(SHAPE)
    freeze(network, [network.fusion, network.codes])
    free = {name for name, parameter in network.named_parameters() if parameter.requires_grad}
    assert free == {"codes", "fusion.0.weight", "fusion.0.bias", "fusion.2.weight", "fusion.2.bias"}


def test_calibration_finds_the_usual_intensity(lesson):
    usual = dict(zip(EMOTIONS, lesson.trained.network.usual.tolist(), strict=True))
    assert min(usual[label] for label in EMOTIONS[1:]) > 0.5
    assert 0 <= float(lesson.trained.network.rest) < min(usual[label] for label in EMOTIONS[1:])


def test_training_goes_from_a_corpus_to_weights_that_perform(tmp_path, monkeypatch):
    write(tmp_path, {"train": 2, "valid": 1})
    short = replace(RECIPES["tiny"], steps=dict.fromkeys(RECIPES["tiny"].steps, 2))
    monkeypatch.setitem(RECIPES, "tiny", short)
    told = list[float]()
    out = tmp_path / "medtalk.safetensors"
    found = train(tmp_path, tmp_path / "run", out, "tiny", seed=3, progress=told.append)
    assert found["MLE"] > 0
    assert told == sorted(told)
    assert told[-1] == 1
    read = load(out, "cpu")
    assert read.facts["seed"] == 3
    assert read.network.shape.text == 384
    first = out.read_bytes()
    train(tmp_path, tmp_path / "run", out, "tiny", seed=3)
    assert out.read_bytes() == first


def test_a_wrong_setting_or_row_is_refused(tmp_path):
    with pytest.raises(InputError, match="setting"):
        train(tmp_path, tmp_path, tmp_path / "w", "huge")
    with pytest.raises(InputError, match="leave out"):
        train(tmp_path, tmp_path, tmp_path / "w", "tiny", without="words")
    with pytest.raises(InputError, match="mien corpus build"):
        train(tmp_path, tmp_path, tmp_path / "w", "tiny")
    assert StandIn(utter(0), 0).emotions == EMOTIONS
