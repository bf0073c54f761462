"""An IPA recogniser heard as Mien's phones."""

import numpy as np
import pytest

from backend import encoders
from backend.encoders.phones import BLANK, filled, sharing, spelled
from backend.errors import InputError
from backend.speech.inventory import PHONES
from tests.encoders.tiny import SYMBOLS


@pytest.mark.parametrize(
    ("symbol", "phones"),
    [
        ("p", "p"), ("ɑː", "ɑ"), ("ɑːɹ", "ɑ ɹ"), ("tʃ", "tʃ"), ("dʒ", "dʒ"), ("aɪ", "aɪ"), ("aɪə", "aɪ ə"), ("əl", "ə l"), ("ju", "j u"),
        ("tɕh", "tʃ"), ("ts.h", "ts"), ("kh", "k"), ("h", "h"), ("i5", "i"), ("onɡ5", "o n ɡ"), ("iɜ", "i"), ("ɜː", "ɝ"),
        ("ɚ", "ɝ"), ("aɪɚ", "aɪ ɝ"),
        ("ʔ", ""), ("??", ""), ("ᵻ", "ɨ"), ("ɑ̃", "ɑ"), ("œ̃", "ø"), ("ɲ", "ɲ"), ("ç", "ç"), ("t[", "t"), ("s.", "s"),
        ("oʊ", "oʊ"), ("ɾ", "r"), ("nʲ", "n"),
    ],
)  # fmt: skip
def test_spelled(symbol, phones):
    assert spelled(symbol) == tuple(phones.split())


def test_nothing_is_lost_in_sharing():
    shares = sharing({symbol: i for i, symbol in enumerate(SYMBOLS)}, 0, 12)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    at = dict(zip(SYMBOLS, shares, strict=False))
    assert at["p"][PHONES.index("p")] == 1
    assert at["ɑːɹ"][PHONES.index("ɑ")] == at["ɑːɹ"][PHONES.index("ɹ")] == 0.5
    assert at["</s>"][PHONES.index("sil")] == 1
    assert at["<pad>"][BLANK] == at["ʔ"][BLANK] == at["<unk>"][BLANK] == shares[11][BLANK] == 1


def heard(spikes: dict[int, str], frames: int = 60) -> np.ndarray:
    """What a CTC network gives: spikes, and blank between them."""
    rows = np.zeros((frames, BLANK + 1), np.float32)
    rows[:, BLANK] = 1
    for frame, phone in spikes.items():
        rows[frame] = 0
        rows[frame, PHONES.index(phone)], rows[frame, BLANK] = 0.9, 0.1
    return rows


def test_blanks_are_given_to_their_neighbours():
    logs = filled(heard({20: "p", 28: "ɑ"}), 50)
    said = [PHONES[i] for i in logs.argmax(axis=1)]
    assert set(said[15:24]) == {"p"}
    assert set(said[25:34]) == {"ɑ"}
    assert set(said[:13]) == {"sil"} == set(said[36:])  # further than a phone lasts
    np.testing.assert_allclose(np.exp(logs).sum(axis=1), 1, atol=1e-5)
    toward = logs[20:29, PHONES.index("ɑ")]
    assert (np.diff(toward[1:]) >= -1e-6).all()  # one passes over into the other


def test_a_long_gap_is_silence():
    said = [PHONES[i] for i in filled(heard({10: "p", 50: "s"}), 50).argmax(axis=1)]
    assert set(said[18:43]) == {"sil"}
    assert said[10] == "p"
    assert said[50] == "s"


def test_nothing_but_blank_is_silence():
    assert (filled(heard({}), 50).argmax(axis=1) == 0).all()


def test_the_network(made, noise):
    import torch
    from transformers import Wav2Vec2ForCTC

    folder = made("phones")
    encoder = encoders.load("wav2vec2-phones", folder)
    logs = encoder.encode(noise)
    assert logs.values.shape == (149, 56) == (149, encoder.card.width)
    assert logs.rate == 50
    np.testing.assert_allclose(np.exp(logs.values).sum(axis=1), 1, atol=1e-5)
    even = (noise - noise.mean()) / noise.std()
    with torch.no_grad():
        symbols = Wav2Vec2ForCTC.from_pretrained(folder).eval()(torch.from_numpy(even)[None]).logits[0].softmax(-1).numpy()
    rows = symbols @ sharing({symbol: i for i, symbol in enumerate(SYMBOLS)}, 0, len(SYMBOLS))
    np.testing.assert_allclose(logs.values, filled(rows, 50), atol=1e-4)


def test_long(made):
    samples = np.random.default_rng(0).standard_normal(16_000 * 45).astype(np.float32)
    logs = encoders.load("wav2vec2-phones", made("phones")).encode(samples).values
    assert logs.shape == (2249, 56)
    np.testing.assert_allclose(np.exp(logs).sum(axis=1), 1, atol=1e-5)


def test_a_vocabulary_of_another_model(made, tmp_path):
    import shutil

    shutil.copytree(made("phones"), tmp_path / "copy")
    (tmp_path / "copy" / "vocab.json").write_text('{"a": 99}')
    with pytest.raises(InputError, match=r"vocab\.json"):
        encoders.load("wav2vec2-phones", tmp_path / "copy")
