"""The expression reader: what it learns, what it must not look at, and its file."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from backend.emotion.direction import Direction, Guide
from backend.emotion.feel import feel
from backend.errors import InputError
from backend.generators.rules import RULES
from backend.motion import Motion
from backend.motion.arkit import ARKIT
from backend.training.corpus import Corpus
from backend.training.expression_reader import FELT, LABELS, lessons, load, make, make_seen, read_seen, right, see, tally, train
from backend.training.expression_reader.learn import accuracy, unseen_manners
from backend.training.expression_reader.reader import face_of
from backend.training.expression_reader.reading import drawn, table
from backend.training.expression_reader.seen import held
from backend.training.expressions import expression_sequence
from tests.training.medtalk.stand_in import utter
from tests.training.small_corpus import build


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Corpus:
    return build(tmp_path_factory.mktemp("corpus"), {"test": 1}, variants=4)


@pytest.fixture(scope="module")
def reader(corpus):
    return train(lessons(corpus, "train"))


def test_it_reads_showings_that_it_never_saw(corpus, reader):
    assert accuracy(reader, lessons(corpus, "test")) > 0.9
    for label in LABELS:
        other = expression_sequence(label, 2, variant=5, seed=99, rate=Fraction(30), duration=3.0)
        assert reader.read(other) == label


def test_on_labels_that_are_shuffled_it_is_no_better_than_chance(corpus):
    taught = lessons(corpus, "train")
    wrong = np.random.default_rng(0).permutation([lesson.label for lesson in taught])
    fooled = train([replace(lesson, label=int(label)) for lesson, label in zip(taught, wrong, strict=True)])
    assert accuracy(fooled, lessons(corpus, "test")) < 0.5


def test_it_reads_faces_that_speak_and_does_not_take_speech_for_surprise(reader):
    speech = utter(5)
    for label in LABELS:
        direction = Direction((Guide(label),) if label != "neutral" else (), rate=Fraction(60))
        assert reader.read(RULES.perform(speech, feel(speech, direction), direction)) == label


def test_jaw_lips_blinks_gaze_and_head_are_not_looked_at(reader):
    motion = expression_sequence("happy", 3, rate=Fraction(30))
    unseen = [name for name in ARKIT.names if name not in FELT]
    assert {"jawOpen", "mouthPucker", "eyeBlinkLeft", "headYaw"} < {*unseen}
    moved = motion.with_curves(dict.fromkeys(unseen, np.full(motion.frames, 0.7, np.float32)))
    np.testing.assert_array_equal(reader.embedding(motion), reader.embedding(moved))


def test_a_clip_is_seen_in_its_stronger_half():
    values = np.zeros((10, len(ARKIT)), np.float32)
    values[5:, ARKIT.index("mouthSmileLeft")] = 0.8
    face = face_of(Motion(ARKIT, values, Fraction(30)))
    # Half of the frames show nothing; the median is between, so that only those that show are left.
    assert face[FELT.index("mouthSmileLeft")] == pytest.approx(0.8)


def test_the_same_seed_gives_the_same_reader_and_the_file_keeps_it(corpus, reader, tmp_path):
    again, measured = make(corpus.folder, tmp_path / "reader.safetensors")
    for name, tensor in train(lessons(corpus, "train")).tensors.items():
        np.testing.assert_array_equal(tensor, reader.tensors[name])
        np.testing.assert_array_equal(tensor, again.tensors[name])
    read = load(tmp_path / "reader.safetensors")
    assert read.labels == LABELS
    assert read.facts["held-out showings"] == measured["held-out showings"] == round(accuracy(reader, lessons(corpus, "test")), 3)
    faces = np.random.default_rng(0).uniform(0, 1, (5, len(FELT)))
    np.testing.assert_array_equal(read.shares(faces), reader.shares(faces))
    np.testing.assert_allclose(read.shares(faces).sum(axis=1), 1)


def test_a_manner_that_was_left_out_is_still_read(corpus):
    assert unseen_manners(lessons(corpus, "train")) > 0.8
    one = [lesson for lesson in lessons(corpus, "train") if lesson.variant == 0]
    assert np.isnan(unseen_manners(one))


def test_what_is_no_reader_is_refused(tmp_path, corpus):
    (tmp_path / "x.safetensors").write_bytes(b"no")
    with pytest.raises(InputError, match="no expression reader"):
        load(tmp_path / "x.safetensors")
    bare = Corpus(corpus.folder)
    bare.manifest["expressions"].clear()
    with pytest.raises(InputError, match="no expression sequence of 'neutral'"):
        lessons(bare, "train")
    with pytest.raises(InputError, match="no expression sequence of 'moody'"):
        lessons(Corpus(corpus.folder), "train", (*LABELS, "moody"))


def test_a_tally_counts_who_is_taken_for_whom():
    found = tally(("a", "b", "c"), [("a", "a"), ("a", "a"), ("a", "b"), ("b", "c"), ("b", "b"), ("c", "c")])
    assert found.counts.tolist() == [[2, 1, 0], [0, 1, 1], [0, 0, 1]]
    assert found.accuracy == pytest.approx(4 / 6)
    assert right(found) == ("a", "c")  # b is a tie
    assert table(found)[2] == "| a | 2 | 1 | 0 |"
    assert drawn(found, "who").startswith(b"\x89PNG")


def test_a_reader_of_pictures_learns_what_is_seen_and_passes_over_where_nothing_is(corpus):
    def dim(motion: Motion) -> np.ndarray | None:
        """A detector that sees half of everything, and nobody who raises an outer brow far."""
        return None if motion["browOuterUpLeft"].max() > 0.9 else 0.5 * np.array(list(held(motion).values()))

    reader, share = make_seen(corpus, look=dim)
    assert share > 0.8
    shown = [(label, expression_sequence(label, 3, variant=6, seed=5, rate=Fraction(30))) for label in LABELS]
    pairs = read_seen(reader, shown, look=dim)
    unseen = {label for label, motion in shown if dim(motion) is None}
    assert {label for label, _ in pairs} == {*LABELS} - unseen
    assert sum(label == read for label, read in pairs) >= len(pairs) - 1
    with pytest.raises(InputError, match="whose picture shows a face"):
        make_seen(corpus, look=lambda _: None)


def test_a_happy_head_is_seen_to_smile():
    from backend.motion.arkit import APPLE_52

    pytest.importorskip("mediapipe")
    smile = [APPLE_52.index(f"mouthSmile{side}") for side in ("Left", "Right")]
    happy, sad = (see(expression_sequence(label, 3, rate=Fraction(30))) for label in ("happy", "sad"))
    assert happy is not None
    assert sad is not None
    assert happy[smile].mean() > sad[smile].mean() + 0.1
