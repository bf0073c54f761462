"""What guidance is learnt from, and where it lands."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from backend.emotion.presets import emotions
from backend.generators.medtalk.features import Sources
from backend.generators.procedural.expression import prototype
from backend.motion.arkit import APPLE_52
from backend.training.medtalk import guides, landing
from backend.training.medtalk.guides import Guidance, Pool
from backend.training.medtalk.recipe import make
from backend.training.medtalk.settings import RECIPES
from backend.training.medtalk.sight import as_seen, law
from backend.training.medtalk.stages import in_label_space
from tests.generators.medtalk.said import words
from tests.training.medtalk.stand_in import EMOTIONS

EIGHT = ("neutral", "happy", "sad", "angry", "fear", "disgust", "surprise", "contempt")


@pytest.mark.parametrize(
    ("label", "nearest"), [("rage", "angry"), ("overjoyed", "happy"), ("grief", "sad"), ("terror", "fear"), ("appalled", "disgust")]
)
def test_further_emotions_are_about_the_basic_ones(label, nearest):
    shares = guides.shares_of({label: 1.0}, EIGHT)
    assert EIGHT[int(shares.argmax())] == nearest
    assert shares.sum() == pytest.approx(1)


def test_shares_are_linear_and_a_corpus_s_own_label_is_itself():
    np.testing.assert_array_equal(guides.shares_of({"fear": 1.0}, EIGHT), np.eye(8)[4])
    mixed = guides.shares_of({"rage": 0.25, "sad": 0.75}, EIGHT)
    np.testing.assert_allclose(mixed, 0.25 * guides.shares_of({"rage": 1.0}, EIGHT) + 0.75 * np.eye(8)[2], atol=1e-9)
    assert all(guides.shares_of({label: 1.0}, EMOTIONS, said).sum() == pytest.approx(1) for label in emotions() for said in (True, False))


def test_half_of_the_grammar_s_texts_are_never_learnt():
    learnt, kept = (guides.described(EIGHT, 150, "train", flag) for flag in (True, False))
    plain = {text.text for text in guides.described(EIGHT, 400, "train", False)}
    assert not {text.text for text in learnt} & plain
    assert not {text.text for text in kept} & {text.text for text in learnt}
    assert guides.described(EIGHT, 20, "train", False) == kept[:20]


def test_a_draw_is_about_its_label_in_proportion_to_the_shares():
    pool = Pool(np.arange(3, dtype=np.float32)[:, None], np.array([[0.8, 0.0], [0.2, 0.5], [0.0, 0.5]]), np.eye(3)[:, :2])
    drawn = pool.draw(np.repeat([0, 1], 4000), np.random.default_rng(0))[:, 0]
    assert np.bincount(drawn[:4000].astype(int), minlength=3) / 4000 == pytest.approx([0.8, 0.2, 0], abs=0.03)
    assert np.bincount(drawn[4000:].astype(int), minlength=3) / 4000 == pytest.approx([0, 0.5, 0.5], abs=0.03)


def test_pools_are_kept_and_serve_every_label(tmp_path):
    first = Guidance(EMOTIONS, tmp_path, Sources(), 20, 0, words=words)
    again = Guidance(EMOTIONS, tmp_path, Sources(), 20, 0, words=lambda _: pytest.fail("encoded twice"))
    np.testing.assert_array_equal(first.texts.vectors, again.texts.vectors)
    np.testing.assert_allclose(first.texts.shares.sum(axis=0), 1)
    np.testing.assert_allclose(first.texts.about.sum(axis=1), 1)
    vectors, about = again.some_texts(9, np.random.default_rng(1))
    assert (vectors.shape, about.shape) == ((9, 24), (9, len(EMOTIONS)))


def test_the_law_of_sight_is_found_again_and_drawn_from():
    chance = np.random.default_rng(0)
    true = chance.random((4000, 52))
    mixing, start = 0.6 * np.eye(52) + 0.01, np.full(52, 0.02)
    found = law(true, true @ mixing + start + chance.normal(0, 0.05, true.shape))
    np.testing.assert_allclose(found["mixing"], mixing, atol=0.02)
    root = found["root"].astype(float)
    np.testing.assert_allclose(root.T @ root, 0.0025 * np.eye(52), atol=3e-4)


def test_what_is_seen_of_a_face_is_weaker_and_still_that_face():
    for label in ("happy", "surprise", "angry", "disgust"):
        face = np.array([prototype(label).get(name, 0.0) for name in APPLE_52], np.float32)
        seen = as_seen(np.tile(face, (200, 1)), np.random.default_rng(0))
        assert seen.min() >= 0 and seen.max() <= 1
        assert seen.std(axis=0).max() > 0.05
        assert np.corrcoef(seen.mean(axis=0), face)[0, 1] > 0.65, label
        strongest = face > 0.5
        assert seen.mean(axis=0)[strongest].mean() < face[strongest].mean()


def test_mixtures_lie_between_labels_and_neutral_makes_them_shorter():
    unit = torch.nn.functional.normalize(torch.tensor([[0.0, 0.0, 0.0], [3.0, 0.0, 0.0], [0.0, 2.0, 0.0]]), dim=-1)
    found = in_label_space(torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.5, 0.25, 0.25]]), unit)
    torch.testing.assert_close(found, torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.5 / 2**0.5, 0.5 / 2**0.5, 0.0]]))


def test_taught_texts_and_seen_faces_land_where_they_belong(lesson):
    """After the tiny training, whose encoder knows each text by itself alone."""
    network = lesson.trained.network
    own = [guides.Text(label, tuple(float(label == other) for other in EMOTIONS)) for label in EMOTIONS]
    found = landing.of_texts(lesson.trained, own, words)
    assert found.count == len(EMOTIONS) and found.first >= 0.8, found
    chance, order = np.random.default_rng(5), []
    for label in EMOTIONS:
        face = np.array([prototype(label).get(name, 0.0) for name in APPLE_52], np.float32)
        seen = as_seen(np.tile(face, (40, 1)), chance)
        order.append(landing.of_pictures(lesson.trained, seen, np.full(40, EMOTIONS.index(label))).first)
    assert np.mean(order) > 0.6, order
    with torch.inference_mode():
        calm = network.image_projection(torch.zeros(1, 52)).norm()
    assert calm < 0.7


def test_order_and_shares_of_a_landing():
    found = landing.landing(np.array([[0, 1, 2, 3], [3, 2, 1, 0], [1, 2, 0, 3]]), np.array([0, 0, 0]))
    assert found.described() == {"count": 3, "top-1": 0.333, "top-3": 0.667}


def test_clip_on_both_sides_by_configuration(lesson, tmp_path, monkeypatch):
    """Texts and portraits through a tiny CLIP: widths, pools and stages fit; what is learnt of chance is not looked at."""
    pytest.importorskip("mediapipe", reason="MediaPipe is not installed: pip install mediapipe==0.10.21")
    from backend import encoders
    from backend.encoders.catalogue import CARDS
    from backend.training.medtalk import stages as module
    from tests.encoders.tiny import save_clip

    save_clip(tmp_path / "clip")
    load = encoders.load
    monkeypatch.setattr(encoders, "load", lambda name, *_, **__: load(name, tmp_path / "clip", "cpu"))
    monkeypatch.setattr(encoders, "CARDS", CARDS | {name: replace(CARDS[name], width=12) for name in ("clip-text", "clip-image")})
    sources = Sources(text="clip-text", image="clip-image")
    steps = dict.fromkeys(RECIPES["tiny"].steps, 2)
    recipe = replace(RECIPES["tiny"], steps=steps, sources=sources, portraits=6, texts=8)
    guidance = Guidance(EMOTIONS, tmp_path / "run", sources, recipe.texts, recipe.portraits)
    assert guidance.texts.vectors.shape[1] == guidance.pictures.vectors.shape[1] == 12
    assert len(guidance.pictures.vectors) >= 4
    # The store's words are others' vectors: only guidance is gone through.
    network = make(replace(RECIPES["tiny"], steps=steps, guided=False), lesson.store, tmp_path / "before", words=words).network
    shape = replace(network.shape, text=12, image=12)
    loss = module._guiding(recipe, lesson.store, guidance, "cpu")
    monkeypatch.setattr(module.losses, "fusion", lambda network, drawn, forced, codes, apart: codes.square().mean())
    assert loss(module.Network(shape), 0).item() > 0
