"""MiniLM: sentences to unit vectors of 384 numbers, near where they mean the same. Comes in a package, works offline."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.encoders.card import Card
from backend.encoders.device import mend_torchvision
from backend.encoders.pretrained import config_of, from_folder, quiet, refused
from backend.threads import one_thread

BATCH = 32
Vectors = NDArray[np.float32]


def load(card: Card, folder: Path, device: str, dtype: str) -> "Sentences":
    mend_torchvision()
    from transformers import BertModel

    longest = int(config_of(card, folder, "sentence_bert_config.json").get("max_seq_length", 256))
    model = from_folder(BertModel, card, folder, device, dtype, add_pooling_layer=False)
    return Sentences(replace(card, width=model.config.hidden_size), model, tokenizer_of(card, folder), longest)


def tokenizer_of(card: Card, folder: Path, **options: Any) -> Any:
    """The tokenizer of a folder.

    Raises:
        InputError: its files are missing or damaged.
    """
    mend_torchvision()
    from transformers import AutoTokenizer

    with refused(card, folder), quiet():
        return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False, **options)


class Sentences:
    """Mean of the tokens' vectors, normalised (Reimers and Gurevych 2019, "Sentence-BERT").

    A text of more than ``longest`` tokens is read in pieces; its vector is that of their mean, each by its length.
    """

    def __init__(self, card: Card, model: Any, tokenizer: Any, longest: int) -> None:
        self.card, self._model, self._tokenizer, self._longest = card, model, tokenizer, longest

    def encode(self, texts: list[str]) -> Vectors:
        """``[texts, width]`` unit vectors."""
        total = np.zeros((len(texts), self.card.width))
        pieces = [(row, piece) for row, text in enumerate(texts) for piece in self._pieces(text)]
        for start in range(0, len(pieces), BATCH):
            batch = pieces[start : start + BATCH]
            for (row, piece), mean in zip(batch, self._means([piece for _, piece in batch]), strict=True):
                total[row] += mean * len(piece)
        length = np.linalg.norm(total, axis=1, keepdims=True)
        unit: Vectors = (total / np.maximum(length, 1e-12)).astype(np.float32)
        return unit

    def _pieces(self, text: str) -> list[list[int]]:
        tokens = self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        room = self._longest - self._tokenizer.num_special_tokens_to_add()
        first, last = self._tokenizer.cls_token_id, self._tokenizer.sep_token_id
        return [[first, *tokens[i : i + room], last] for i in range(0, max(1, len(tokens)), room)]

    def _means(self, pieces: list[list[int]]) -> Vectors:
        import torch

        batch = self._tokenizer.pad({"input_ids": pieces}, return_tensors="pt").to(self._model.device)
        with torch.inference_mode(), one_thread():
            hidden = self._model(**batch).last_hidden_state.float()
        mask = batch["attention_mask"][..., None].float()
        means: Vectors = ((hidden * mask).sum(1) / mask.sum(1)).cpu().numpy()
        return means
