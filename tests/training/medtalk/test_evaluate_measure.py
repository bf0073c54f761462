"""``mien evaluate medtalk``: the table and its verdicts in closed form, the figures and the page on a tiny training."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from backend.errors import InputError, MissingError
from backend.generators import GENERATORS
from backend.generators.medtalk.stored import Trained, save
from backend.motion import Motion
from backend.motion.metahuman import METAHUMAN
from backend.speech.speech import Word
from backend.training.expression_reader import lessons, train
from backend.training.medtalk.evaluate import METRICS, embeddings
from backend.training.medtalk.measure import FULL, entries, evaluate, evaluate_speech, spaces, words
from backend.training.medtalk.measure.entries import unequal
from backend.training.medtalk.measure.speech import clips, in_time, verdicts
from backend.training.medtalk.measure.table import PAPER, Cell, by_clip, cells, errors, lines, order
from backend.training.report import Report
from backend.training.report.rows import Difference
from tests.generators.medtalk.said import words as said
from tests.training.small_corpus import build


@pytest.fixture(autouse=True)
def words_of_chance(monkeypatch):
    monkeypatch.setattr(sys.modules["backend.training.medtalk.measure.entries"], "_encoder", lambda _: said)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return build(tmp_path_factory.mktemp("corpus"), {"test": 2, "train": 1})


@pytest.fixture
def folder(lesson, tmp_path):
    """Two trainings of the full model and one without words, all with the same numbers in them."""
    for name, facts in {"a": {"seed": 1}, "b": {"seed": 0}, "c": {"without": "text", "seed": 0}}.items():
        save(tmp_path / f"{name}.safetensors", Trained(lesson.trained.network, lesson.trained.sources, {**lesson.trained.facts, **facts}))
    return tmp_path


def runs_of(means: dict[str, tuple[float, ...]]):
    """Runs whose rows have these means, a number for each seed, in every metric."""
    return {(row, seed): {"one": dict.fromkeys(METRICS, value)} for row, values in means.items() for seed, value in enumerate(values)}


def test_weights_are_rows_in_the_papers_order(folder):
    found = entries([folder], "cpu")
    assert [(entry.row, entry.seed) for entry in found] == [(FULL, 0), (FULL, 1), ("without text", 0)]
    assert unequal(found) == ""
    longer = replace(found[0], trained=replace(found[0].trained, facts={**found[0].trained.facts, "minutes of speech": 99.0}))
    assert "cannot be compared" in unequal([longer, found[1]])
    (folder / "d.safetensors").write_bytes((folder / "a.safetensors").read_bytes())
    with pytest.raises(InputError, match="both 'full' with seed 1"):
        entries([folder], "cpu")
    with pytest.raises(InputError, match="no weights"):
        entries([])
    (folder / "e.safetensors").write_bytes(b"none")
    with pytest.raises(MissingError, match="cannot be read"):
        entries([folder / "e.safetensors"], "cpu")


def test_a_cell_is_the_mean_over_trainings_and_their_standard_deviation():
    table = cells(runs_of({"rules": (5.0,), FULL: (1.0, 2.0, 3.0)}))
    assert table[FULL]["MLE"] == Cell(((0, 1.0), (1, 2.0), (2, 3.0)))
    assert str(table[FULL]["MLE"]) == "2.00000 ± 1.00000"
    assert str(table["rules"]["MLE"]) == "5.00000"
    assert by_clip(runs_of({FULL: (1.0, 2.0, 3.0)}))[FULL]["one"]["EIE"] == 2.0


def test_the_table_marks_the_best_row_and_never_rules():
    shown = lines(cells(runs_of({"rules": (0.1,), FULL: (0.3, 0.3), "without text": (0.2, 0.2)})))
    assert shown[2].startswith("| rules | 0.10000 |")
    assert shown[3].startswith("| full | 0.30000 ± 0.00000 |")
    assert shown[4].count("**0.20000 ± 0.00000**") == 4
    assert {line.count("|") for line in shown} == {7}


def test_the_order_of_the_paper_is_found_in_the_papers_own_table():
    runs = {(row, 0): {"one": dict(zip(METRICS, values, strict=True))} for row, values in PAPER.items()}
    told = order(cells(runs))
    assert all("15 of 15 pairs" in sentence for sentence in told)
    assert told[0].startswith("MLE: the full model is best (as in the paper)")
    # In the paper's own table two columns are won by others, whatever its text says.
    assert told[1].startswith("MEE: the full model is not best: 'without disentangle' by one training alone is better (as in the paper)")
    assert "'without overlap' by one training alone is better (as in the paper)" in told[3]


def test_a_difference_within_the_spread_is_called_that():
    near, far = (
        runs_of({FULL: (1.0, 1.2, 0.8), "without text": (1.3, 1.1, 0.9)}),
        runs_of({FULL: (2.0, 2.4), "without text": (1.0, 1.41)}),
    )
    assert "the full model is best, but without text within the spread" in order(cells(near))[0]
    assert "'without text' beyond the spread is better" in order(cells(far))[0]
    assert "(in the paper 'full' is best of these); 0 of 1 pairs" in order(cells(far))[0]
    # Seeds are paired: a difference that every seed shows counts, however much the seeds themselves differ.
    assert "the full model is best (" in order(cells(runs_of({FULL: (1.0, 2.0, 3.0), "without text": (1.1, 2.11, 3.09)})))[0]
    # A deviation is judged by its size: -0.5 is no better than 0.5.
    assert "the full model is best" in order(cells(runs_of({FULL: (0.1, 0.1), "without text": (-0.5, -0.5)})))[3]
    assert "cannot be judged" in order(cells(runs_of({FULL: (1.0,)})))[0]


def test_equal_weights_make_equal_errors_and_rules_is_measured_beside_them(folder, corpus):
    told: list[tuple[str, str]] = []

    def seen(row: str, emotion: str, motion: Motion) -> None:
        assert motion.rig == METAHUMAN
        told.append((row, emotion))

    talks = list(corpus.clips("test"))[:1]
    runs = errors(entries([folder], "cpu"), talks, versions=2, seen=seen)
    assert runs[FULL, 0] == runs[FULL, 1] == runs["without text", 0]
    assert {row for row, _ in runs} == {"rules", FULL, "without text"}
    assert runs["rules", 0] != runs[FULL, 0]
    assert {clip.rpartition(" ")[2] for clip in runs[FULL, 0]} == {"neutral", "happy"}
    assert sorted(told) == sorted((row, emotion) for row, _ in runs for emotion in ("neutral", "happy"))


def test_lips_stay_where_the_emotion_is_swapped(lesson):
    found = spaces.swapped(lesson.trained.network, lesson.kept, count=4)
    assert found["opening off by, swapped (mm)"] < found["opening off by, other sentence (mm)"]
    assert found["opening goes along, swapped"] > found["opening goes along, other sentence"] + 0.3
    assert found["brows taken"] < found["brows apart"]


def test_emotions_lie_apart_in_their_space_alone(lesson):
    felt, content, labels = embeddings(lesson.trained.network, lesson.kept, each=12)
    found = spaces.separation(felt, content, labels)
    assert found["next to its like in emotion space"] > 0.9
    assert found["next to its like in content space"] < 0.6
    assert found["clusters in emotion space"] > 10 * found["clusters in content space"]
    assert found["chance"] == 0.2
    mixed = spaces.separation(felt, content, list(np.random.default_rng(0).permutation(labels)))
    assert mixed["emotion told from emotion space"] < 0.5
    assert spaces.picture(felt, content, labels).startswith(b"\x89PNG")


def test_neighbours_are_found_in_a_closed_form():
    points = np.array([[float(i // 6) * 100 + i % 6] for i in range(12)], np.float32)
    apart, even = ["a"] * 6 + ["b"] * 6, ["a", "b"] * 6
    assert spaces.separation(points, points, apart)["next to its like in emotion space"] == 1
    assert spaces.separation(points, points, even)["next to its like in emotion space"] == pytest.approx(2 / 5)


def test_tsne_keeps_what_is_apart_apart():
    chance = np.random.default_rng(0)
    points = np.concatenate([chance.normal(0, 1, (15, 8)), chance.normal(30, 1, (15, 8))]).astype(np.float32)
    plane = spaces.flattened(points)
    inside = np.linalg.norm(plane[:15] - plane[:15].mean(axis=0), axis=1).max()
    assert np.linalg.norm(plane[:15].mean(axis=0) - plane[15:].mean(axis=0)) > 2 * inside


def test_emotive_words_are_known_with_their_endings():
    assert all(map(words.is_emotive, ("hate", "Hated!", "killing", "screams", "horribly", "murder")))
    assert not any(map(words.is_emotive, ("table", "quite", "hat", "", "s", "ing", words.PLAIN)))


def test_intensity_rises_with_emotive_words_and_falls_with_plain_ones_in_their_place(folder, corpus):
    entry = entries([folder / "b.safetensors"], "cpu")[0]
    found = words.lines(entry, corpus.clips("test"))
    assert [line.talk.id for line in found] == [line.talk.id for line in words.lines(entry, corpus.clips("test"), most=99)]
    told = words.effect(found)
    # The stand-in's lines are felt twice as much while these words are said.
    assert told["teacher"] > 0.5
    assert told["predicted"] > 0.1
    assert told["of the word itself"] > 0.05
    assert words.picture(found[0]).startswith(b"\x89PNG")
    assert len(words.lines(entry, corpus.clips("test"), most=1)) == 1


def test_frames_within_words_are_counted_once():
    times = np.arange(10) / 10
    inside = words._within([Word("a", 0.1, 0.3), Word("b", 0.2, 0.4)], times)
    assert np.flatnonzero(inside).tolist() == [1, 2, 3]


def test_the_page_has_every_part(folder, corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["backend.training.medtalk.measure.page"], "write_report", lambda *_, **__: None)
    reader, stages = train(lessons(corpus, "train")), list[str]()
    table, page = evaluate(
        corpus,
        entries([folder / "b.safetensors", folder / "c.safetensors"], "cpu"),
        tmp_path / "out",
        2,
        1,
        reader,
        False,
        lambda s, _: stages.append(s),
    )
    assert {*table} == {"rules", FULL, "without text"}
    text = (tmp_path / "out" / "medtalk.md").read_text()
    assert text == "\n".join(page) + "\n"
    for part in ("figures 5 and 6", "figure 4", "What an expression reader sees", "**corpus**: 100.0% of performances"):
        assert part in text
    for file in ("figure4.png", "figure5.png", "reader-full.png"):
        assert (tmp_path / "out" / file).read_bytes().startswith(b"\x89PNG")
    assert stages[-1] == "words"


def test_late_is_worse_than_early():
    assert in_time({"sync lag": 0.04, "sync correlation": 0.8})
    assert in_time({"sync lag": -0.12, "sync correlation": 0.8})
    assert not in_time({"sync lag": 0.05, "sync correlation": 0.8})
    assert not in_time({"sync lag": 0.0, "sync correlation": 0.1})
    assert not in_time({"sync lag": float("nan"), "sync correlation": 0.9})


def test_real_speech_moves_the_mouth(shared_data, folder, tmp_path, monkeypatch):
    found = clips(shared_data)
    assert {clip.language for clip in found} == {"en", "de", "zh", "ja"}
    assert len({clip.audio for clip in found}) == len(found)
    assert all(clip.audio.is_file() and clip.script for clip in found)
    few = [next(clip for clip in found if clip.name == "64kb-0880.wav")]
    module = sys.modules["backend.training.medtalk.measure.speech"]
    monkeypatch.setattr(module, "clips", lambda *_: few)
    report, rows = evaluate_speech(shared_data, {"rules": GENERATORS["rules"]}, tmp_path / "report")
    assert [row.split(" | ")[1] for row in rows[2:4]] == ["rules", "teacher"]
    assert rows[2].startswith("| LibriVox, PocketSphinx's phones | rules | 1 | 100% |")
    assert rows[5].startswith("teacher beside rules")
    recall = {row.generator: row.mean for row in report.rows if row.metric == "closure recall"}
    assert min(recall["rules"], recall["teacher"]) > 0.9


def test_verdicts_name_what_is_better_and_what_is_worse():
    def difference(metric: str, verdict: str) -> Difference:
        return Difference(metric, "", "medtalk", "rules", 9, -0.5, -0.6, -0.4, 0.0, verdict)

    found = [difference("closure recall", "worse"), difference("rest in silence", "better"), difference("jaw-loudness", "")]
    said = verdicts(Report((), tuple(found), ()))
    assert said == [
        "medtalk beside rules, with 95 % intervals by speaker: better in rest in silence (-0.500); worse in closure recall (-0.500)."
    ]
    assert verdicts(Report((), (), ())) == []


def test_a_folder_without_speech_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no speech"):
        clips(tmp_path)
