"""A wav2vec 2.0 that writes IPA as espeak does, heard as Mien's phones.

The model is that of Xu et al. 2021, "Simple and effective zero-shot cross-lingual phoneme recognition".

Three things lie between its output and :data:`backend.speech.inventory.PHONES`:

* **symbols.** Each of its symbols is spelled as one of our phones or a row of them (:func:`spelled`); its probability goes
  to them in equal parts. What is no phone of ours (a glottal stop, an unknown) counts as blank, and what ends a word or a line as silence.
* **blanks.** It was trained with CTC: a phone is a spike of a frame or two, and the frames between are "blank". Blank is no
  silence, it is "nothing new". Its probability goes to the phones of the spikes before and after, by how near each is, and
  to silence as far as a spike is more than :data:`HOLD` away.
* **logarithm.** Of probabilities that are at least :data:`FLOOR` and sum to one.

Spikes say which phones there are, and in what order; where each begins, an alignment on Mien's own network knows better.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from backend.encoders.audio import FrameEncoder, first_layer, levelling, stem_of
from backend.encoders.card import Card, Frames, Samples
from backend.encoders.device import mend_torchvision
from backend.encoders.pretrained import from_folder
from backend.errors import InputError
from backend.speech.inventory import PHONES, SILENCE, VOWELS, nearest

if TYPE_CHECKING:
    import torch

HOLD = 0.12  # seconds that a phone may last after its spike, or before it
SPIKE = 0.3  # probability of anything but blank that makes a frame a spike
FLOOR = 1e-6
BLANK = len(PHONES)  # the column behind the phones
ENDS = frozenset(("<s>", "</s>", "|", " "))
_ODD: Mapping[str, str] = {"ᵻ": "ɨ", "ɫ": "l", "ɛ̃": "ɛ", "ɔ̃": "ɔ", "ɑ̃": "ɑ", "œ̃": "ø"}
_MARKS = re.compile(r"[0-9.\[\]^\"*?]")  # tones, and espeak's old marks of place

Array = NDArray[np.float32]


def spelled(symbol: str) -> tuple[str, ...]:
    """The phones that an espeak symbol stands for, longest first as it is read; empty where it is none.

    ``ɑːɹ`` is ɑ ɹ, ``tɕh`` is tʃ, ``iɜ`` (i in the third tone) is i, ``ʔ`` nothing.
    """
    rest = _MARKS.sub("", symbol)
    if rest[-1:] == "ɜ" and len(rest) > 1 and rest[0] in VOWELS:
        rest = rest[:-1]  # espeak writes Mandarin's third tone so
    if rest[-1:] == "h" and len(rest) > 1:
        rest = rest[:-1]  # aspiration
    return tuple(_read(rest))


def _read(rest: str) -> Iterator[str]:
    while rest:
        for size in range(len(rest), 0, -1):
            phone = _ODD.get(rest[:size]) or nearest(rest[:size])
            if phone and phone != SILENCE:
                yield phone
                break
        rest = rest[size:]


def sharing(vocabulary: Mapping[str, int], blank: int, width: int) -> Array:
    """``[width, phones + 1]``: which part of each symbol's probability goes to each phone, and to blank."""
    shares = np.zeros((width, len(PHONES) + 1), np.float32)
    for symbol, row in vocabulary.items():
        phones = () if row == blank else (SILENCE,) if symbol in ENDS else spelled(symbol) if not symbol.startswith("<") else ()
        for phone in phones:
            shares[row, PHONES.index(phone)] += 1 / len(phones)
    shares[shares.sum(axis=1) == 0, BLANK] = 1
    return shares


def filled(heard: Array, rate: float) -> Array:
    """Log posteriors ``[frames, phones]`` of ``heard`` ``[frames, phones + blank]``, with the blanks given away."""
    phones, blank = heard[:, :BLANK], heard[:, BLANK:]
    frames = np.arange(len(heard))
    spikes = np.flatnonzero(1 - blank[:, 0] >= SPIKE)
    held = np.zeros_like(phones)
    held[:, 0] = 1
    if len(spikes):
        sharp = phones / np.maximum(phones.sum(axis=1, keepdims=True), 1e-12)
        after = np.searchsorted(spikes, frames)
        left, right = spikes[np.maximum(after - 1, 0)], spikes[np.minimum(after, len(spikes) - 1)]
        near = [np.clip(1 - (np.abs(frames - spike) / rate - HOLD) * rate, 0, 1) for spike in (left, right)]
        apart = [np.abs(frames - spike) + 1e-3 for spike in (left, right)]
        share = (apart[1] / (apart[0] + apart[1])) ** 2
        share = share / (share + (1 - np.sqrt(share)) ** 2)
        parts = ((near[0] * share)[:, None] * sharp[left], (near[1] * (1 - share))[:, None] * sharp[right])
        held = (parts[0] + parts[1]).astype(np.float32)
        held[:, 0] += np.maximum(0, 1 - held.sum(axis=1))
    likely = np.maximum(phones + blank * held, FLOOR)
    logs: Array = np.log(likely / likely.sum(axis=1, keepdims=True)).astype(np.float32)
    return logs


class PhoneFrames:
    """Log posteriors over :data:`PHONES` per frame."""

    def __init__(self, frames: FrameEncoder) -> None:
        self._frames, self.card = frames, frames.card

    def encode(self, samples: Samples) -> Frames:
        """``[frames, 56]`` log posteriors; ``exp`` of each row sums to one."""
        heard = self._frames.encode(samples)
        return Frames(filled(heard.values, float(heard.rate)), heard.rate, heard.start)


def load(card: Card, folder: Path, device: str, dtype: str) -> PhoneFrames:
    mend_torchvision()
    import torch
    from transformers import Wav2Vec2ForCTC

    epsilon = levelling(card, folder)
    model = from_folder(Wav2Vec2ForCTC, card, folder, device, dtype)
    vocabulary = _vocabulary(card, folder, model.config.vocab_size)
    shares = torch.from_numpy(sharing(vocabulary, model.config.pad_token_id, model.config.vocab_size)).to(device)

    def forward(samples: "torch.Tensor") -> "torch.Tensor":
        heard: torch.Tensor = model(samples).logits[0].float().softmax(-1) @ shares
        return heard

    card = replace(card, width=len(PHONES))
    stem, like = stem_of(model.config), next(model.parameters())
    return PhoneFrames(FrameEncoder(card, stem, forward, like, epsilon, first_layer(model.wav2vec2)))


def _vocabulary(card: Card, folder: Path, size: int) -> Mapping[str, int]:
    """Symbol to row. Read as it lies there: the tokenizer of ``transformers`` would ask for espeak itself."""
    try:
        plain = json.loads((folder / "vocab.json").read_text("utf-8"))
        if all(isinstance(row, int) and 0 <= row < size for row in plain.values()):
            return {str(symbol): row for symbol, row in plain.items()}
    except (OSError, ValueError, AttributeError):
        pass
    raise InputError(f"{folder} has no vocab.json of {size} symbols that fits the weights of '{card.name}': download it again.")
