"""Recent recordings as they were heard, in memory, so that an edit need not hear them again."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import fields

import numpy as np

from backend.speech.speech import Speech

Key = tuple[str | None, ...]


class Kept:
    """Speech by what it was heard from. Beyond ``largest`` bytes together, what was used longest ago is forgotten."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._speech: OrderedDict[Key, Speech] = OrderedDict()

    def get(self, key: Key, hear: Callable[[], Speech]) -> Speech:
        """What is kept under ``key``, or what ``hear`` gives."""
        speech = self._speech.pop(key, None) or hear()
        self._speech[key] = speech
        total = sum(map(size, self._speech.values()))
        while total > self._largest and len(self._speech) > 1:
            total -= size(self._speech.popitem(last=False)[1])
        return speech

    def __len__(self) -> int:
        return len(self._speech)


def size(speech: Speech) -> int:
    """Bytes of a recording's arrays, which are nearly all of it."""
    arrays = [speech.samples, speech.posteriors, *(getattr(speech.prosody, field.name) for field in fields(speech.prosody))]
    return sum(np.asarray(array).nbytes for array in arrays)
