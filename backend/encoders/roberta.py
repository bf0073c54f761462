"""RoBERTa: every word of a line to a vector of 768 numbers that depends on the words around it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.encoders.card import Card
from backend.encoders.device import mend_torchvision
from backend.encoders.minilm import tokenizer_of
from backend.encoders.pretrained import from_folder

Vectors = NDArray[np.float32]
AROUND = 64  # tokens on each side that a word of a long text is read with


def load(card: Card, folder: Path, device: str, dtype: str) -> "Words":
    mend_torchvision()
    from transformers import RobertaModel

    model = from_folder(RobertaModel, card, folder, device, dtype, add_pooling_layer=False)
    # Its tokenizer tells a word at the start of a line from the same word elsewhere; a list of words has no start.
    tokenizer = tokenizer_of(card, folder, add_prefix_space=True)
    longest = model.config.max_position_embeddings - 2  # two positions are the padding's
    return Words(replace(card, width=model.config.hidden_size), model, tokenizer, longest)


class Words:
    """The last hidden state; a word's vector is the mean of its tokens', a text's the mean of all its tokens'."""

    def __init__(self, card: Card, model: Any, tokenizer: Any, longest: int) -> None:
        self.card, self._model, self._tokenizer = card, model, tokenizer
        self._room = longest - tokenizer.num_special_tokens_to_add()

    def encode(self, texts: list[str]) -> Vectors:
        """``[texts, width]``, not normalised; zero for a text without a word."""
        rows = [self._hidden(self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]) for text in texts]
        means = [row.mean(axis=0) if len(row) else np.zeros(self.card.width, np.float32) for row in rows]
        return np.array(means, np.float32).reshape(len(texts), self.card.width)

    def words(self, words: list[str]) -> Vectors:
        """``[words, width]``: row i belongs to ``words[i]``; zero for a word that is empty."""
        split = self._tokenizer(words, is_split_into_words=True, add_special_tokens=False, verbose=False) if words else None
        total, count = np.zeros((len(words), self.card.width)), np.zeros(len(words))
        if split is not None:
            place = np.array(split.word_ids(), np.intp)
            np.add.at(total, place, self._hidden(split["input_ids"]))
            np.add.at(count, place, 1)
        means: Vectors = (total / np.maximum(count, 1)[:, None]).astype(np.float32)
        return means

    def _hidden(self, tokens: list[int]) -> Vectors:
        """``[tokens, width]`` in as many windows as it takes, each token read with :data:`AROUND` others at least."""
        parts = [self._read(tokens[low:high])[start - low : stop - low] for low, start, stop, high in self._windows(len(tokens))]
        return np.concatenate(parts) if parts else np.zeros((0, self.card.width), np.float32)

    def _windows(self, count: int) -> Iterator[tuple[int, int, int, int]]:
        around = min(AROUND, self._room // 4) if count > self._room else 0
        step = self._room - 2 * around
        for start in range(0, count, step):
            stop = min(count, start + step)
            yield max(0, start - around), start, stop, min(count, stop + around)

    def _read(self, tokens: list[int]) -> Vectors:
        import torch

        whole = [self._tokenizer.cls_token_id, *tokens, self._tokenizer.sep_token_id]
        with torch.inference_mode():
            hidden = self._model(torch.tensor([whole], device=self._model.device)).last_hidden_state[0, 1:-1]
        values: Vectors = hidden.float().cpu().numpy()
        return values
