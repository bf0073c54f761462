"""Texts and pictures as guides of the generator, on networks of chance; and what becomes of its head."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch

from backend.emotion.direction import Direction, Guide
from backend.emotion.feel import feel
from backend.errors import DirectionError
from backend.generators.generator import Nodding, admit
from backend.generators.medtalk.features import AFFECT, CUES, Sources
from backend.generators.medtalk.generator import MedTalk
from backend.generators.medtalk.network import Network, Shape
from backend.generators.medtalk.stored import Trained, load, save
from backend.generators.rules import RULES
from backend.motion import clamp, resample
from backend.motion.arkit import ARKIT
from backend.perform import finish
from backend.speech.inventory import PHONES
from tests.generators.medtalk.said import words
from tests.lines import line

SHAPE = Shape(("neutral", "happy", "sad"), len(PHONES) + CUES, AFFECT, text=24, hidden=32, latent=16, sound=16, feeling=16)
FACE = tuple(np.linspace(0, 1, 52).round(4).tolist())


@pytest.fixture(scope="module")
def performer() -> MedTalk:
    torch.manual_seed(0)
    return MedTalk(given=Trained(Network(SHAPE).eval(), Sources(), {}), words=words)


def codes(performer: MedTalk, *guides: Guide) -> np.ndarray:
    direction = Direction(guides)
    return performer.codes(feel(line(), direction), direction)


def test_a_text_that_is_a_label_s_name_is_a_text(performer):
    label, text = codes(performer, Guide("happy"), Guide("happy", kind="text"))
    np.testing.assert_allclose(label, performer._label_codes()[1] / np.linalg.norm(performer._label_codes()[1]), rtol=1e-5)
    own = performer.text_code("happy")
    np.testing.assert_allclose(text, own / max(1.0, np.linalg.norm(own)), rtol=1e-5)


def test_a_picture_guides_by_its_features_and_pictures_of_one_name_differ(performer):
    one, other = codes(performer, Guide("a.png", kind="image", features=FACE), Guide("a.png", kind="image", features=FACE[::-1]))
    own = performer.image_code(np.array(FACE, np.float32))
    np.testing.assert_allclose(one, own / max(1.0, np.linalg.norm(own)), rtol=1e-5)
    assert np.abs(one - other).max() > 1e-3


def test_a_picture_read_in_another_way_is_refused(performer):
    with pytest.raises(DirectionError, match="was read as 3 numbers, and this 'medtalk' takes 52: read the picture by landmarks"):
        codes(performer, Guide("a.png", kind="image", features=(0.1, 0.2, 0.3)))


def test_weights_without_guidance_know_their_labels_alone(performer):
    blind = MedTalk(given=Trained(performer.trained.network, Sources(), {"stages": {"content": 3}}), words=words)
    assert np.array_equal(codes(blind, Guide("happy")), codes(performer, Guide("happy")))
    for guide in (Guide("merry", kind="text"), Guide("a.png", kind="image", features=FACE), Guide("angry")):
        with pytest.raises(DirectionError, match="without guidance: they know the labels neutral, happy, sad, no text"):
            codes(blind, guide)


def test_a_short_code_shows_less(performer, monkeypatch):
    """The norm of the emotion is the length of the guide's code times what is predicted."""
    norms = []
    told = performer.trained.network.feel
    monkeypatch.setattr(performer.trained.network, "feel", lambda code, norm: norms.append(norm) or told(code, norm))
    for length in (0.25, 1.0, 4.0):
        code = np.eye(16, dtype=np.float32)[0] * np.float32(length)
        monkeypatch.setattr(MedTalk, "text_code", lambda self, text, code=code: code)
        direction = Direction((Guide("glad", kind="text"),))
        performer.perform(line(), feel(line(), direction), direction)
    torch.testing.assert_close(norms[0] * 4, norms[1])
    torch.testing.assert_close(norms[1], norms[2])


def test_guides_of_all_kinds_mix_over_time_and_the_same_direction_gives_the_same_bytes(performer):
    speech = line(repeat=2)
    guides = (
        Guide("sad", 0.5),
        Guide("a tired half-smile", 0.8, start=1.0, end=3.0, kind="text"),
        Guide("me.png", 0.6, start=4.0, kind="image", features=FACE),
    )
    direction = Direction(guides, seed=2)
    made = [performer.perform(speech, feel(speech, d), d).values.tobytes() for d in (direction, Direction.from_json(direction.to_json()))]
    assert made[0] == made[1]
    alone = Direction(guides[:1], seed=2)
    plain = performer.perform(speech, feel(speech, alone), alone)
    values = np.frombuffer(made[0], np.float32).reshape(plain.values.shape)
    brows = [i for i, name in enumerate(plain.rig.names) if "brow" in name]
    apart = np.abs(values - plain.values)[:, brows].max(axis=1)
    assert apart[:30].max() < 1e-5
    assert apart[110:130].min() > 1e-4
    assert apart[-30:].min() > 1e-4


def test_head_and_gaze_bear_themselves_as_the_nearest_labels(performer):
    direction = Direction((Guide("joy", kind="text"), Guide("sad", 0.5)))
    track = feel(line(), direction)
    plain = performer._bearing(track, direction)
    assert not plain.references
    assert {*plain.labels} == {"neutral", "happy", "sad"}
    assert (plain.weights.sum(axis=1) <= track.weights.sum(axis=1) + 1e-5).all()
    assert performer._bearing(plain, direction) is plain


def test_what_a_generator_does_not_take_is_refused(performer):
    labels = replace(performer)
    labels.guides = ("label",)
    with pytest.raises(DirectionError, match=r"'medtalk' takes labels alone, and 'me\.png' is an image"):
        admit(labels, Direction((Guide("sad"), Guide("me.png", kind="image", features=FACE))))
    for generator in (performer, RULES):
        admit(generator, Direction((Guide("sad"), Guide("sad", kind="text"), Guide("me.png", kind="image", features=FACE))))


def test_the_head_is_on_rigs_that_have_one(performer):
    speech, direction = line(repeat=2), Direction(generator="medtalk", rate=Fraction(30), seed=4)
    track = feel(speech, direction)
    motion, head = performer.perform(speech, track, direction), performer.head(speech, track, direction)
    assert isinstance(performer, Nodding) and not isinstance(RULES, Nodding)
    arkit = finish(motion, direction, head)
    assert (arkit.rig, arkit.rate) == (ARKIT, 30)
    for name in ("headYaw", "headPitch", "headRoll"):
        curve = np.interp(arkit.times, motion.times, head[name])
        np.testing.assert_allclose(arkit[name], curve, atol=2e-3)
        assert np.ptp(arkit[name]) > 0.005
    without = finish(motion, direction)
    others = [i for i, name in enumerate(ARKIT.names) if not name.startswith("head")]
    assert not without["headYaw"].any()
    np.testing.assert_array_equal(arkit.values[:, others], without.values[:, others])
    flame = finish(motion, replace(direction, rig="flame"), head)
    np.testing.assert_allclose(flame["neckX"], arkit["headPitch"], atol=0.02)
    native = finish(motion, replace(direction, rig="metahuman"), head)
    np.testing.assert_array_equal(native.values, clamp(resample(motion, Fraction(30))).values)


def test_the_way_pictures_are_read_is_in_the_weights_and_not_in_what_was_heard(performer, tmp_path):
    assert performer.pictures == RULES.pictures == "landmarks"
    clip = Trained(Network(replace(SHAPE, image=12)).eval(), Sources(image="clip-image"), {})
    save(tmp_path / "w.safetensors", clip)
    assert MedTalk(given=load(tmp_path / "w.safetensors", "cpu")).pictures == "clip-image"
    assert repr(Sources(image="clip-image")) == repr(Sources())
