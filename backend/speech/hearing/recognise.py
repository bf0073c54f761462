"""Phones without words: the likeliest sequence of phones, each long enough to be one."""

import numpy as np

from backend.speech.hearing.align import FRAME, Array
from backend.speech.hearing.trellis import Chain, best_path
from backend.speech.inventory import PHONES
from backend.speech.speech import Phone

CHANGING = 1.0  # nats that going on to another phone costs
SHORTEST = 2  # frames


def recognise(logs: Array) -> tuple[Phone, ...]:
    """The phones of a stretch of sound from its log posteriors ``[frames, len(PHONES)]``, in seconds from its first frame."""
    if not len(logs):
        return ()
    everyone = tuple(range(-1, len(PHONES)))
    chains = [Chain((column,), everyone, CHANGING, SHORTEST) for column in range(len(PHONES))]
    found = best_path(logs, chains, range(len(chains)))
    return tuple(
        Phone(
            PHONES[stretch.chain],
            stretch.first * FRAME,
            stretch.last * FRAME,
            0,
            float(np.exp(logs[stretch.first : stretch.last, stretch.chain]).mean()),
        )
        for stretch in (found[0] if found else ())
    )
