"""Parts for training, validation and test that share no speaker and no sentence.

Speakers and sentences are each dealt to the three parts by a hash of their name, so that the answer does not depend on order,
machine or what else is in the set. A clip belongs to a part if its speaker and its sentence both do; where they disagree it
belongs to none and is left out, which is the price of disjointness: with shares ``s`` about ``sum(s^2)`` of the clips remain.
Where all speakers say the same few sentences, split by ``speaker`` alone and say so beside the numbers.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from backend.errors import InputError
from backend.training.datasets.clip import Clip

SHARES: Mapping[str, float] = {"train": 0.8, "val": 0.1, "test": 0.1}
BOTH = ("speaker", "sentence")


def part_of(clip: Clip, shares: Mapping[str, float] = SHARES, by: tuple[str, ...] = BOTH, seed: int = 0) -> str:
    """The part that a clip belongs to, or "" where its speaker and its sentence belong to different ones.

    What is not known of a clip (no speaker, no sentence) has no say; a clip of which nothing is known is dealt by its name.

    Raises:
        InputError: shares that do not sum to one, or something else than speaker and sentence in ``by``.
    """
    if any(share < 0 for share in shares.values()) or abs(sum(shares.values()) - 1) > 1e-6:
        raise InputError(f"the shares {dict(shares)} do not sum to 1.")
    if not by or not set(by) <= set(BOTH):
        raise InputError(f"clips are told apart by {' and '.join(BOTH)}, not by {', '.join(by) or 'nothing'}.")
    names = {what: str(getattr(clip, what)) for what in by if getattr(clip, what)} or {"name": clip.name}
    parts = {_dealt(f"{seed}/{what}/{name}", shares) for what, name in names.items()}
    return parts.pop() if len(parts) == 1 else ""


def assigned(clips: Iterable[Clip], shares: Mapping[str, float] = SHARES, by: tuple[str, ...] = BOTH, seed: int = 0) -> Iterator[Clip]:
    """The clips that belong to a part, with it in ``split``. The set's own split is overruled."""
    for clip in clips:
        if part := part_of(clip, shares, by, seed):
            yield replace(clip, split=part)


def leaks(clips: Iterable[Clip], by: tuple[str, ...] = BOTH) -> dict[str, tuple[str, ...]]:
    """Speakers and sentences (as ``speaker NAME``) that are in more than one part, each with its parts; empty where nothing leaks."""
    parts: dict[str, set[str]] = {}
    for clip in clips:
        for what in by:
            if name := getattr(clip, what):
                parts.setdefault(f"{what} {name}", set()).add(clip.split)
    return {name: tuple(sorted(found)) for name, found in sorted(parts.items()) if len(found) > 1}


def _dealt(key: str, shares: Mapping[str, float]) -> str:
    place = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64
    for part, share in shares.items():
        place -= share
        if place < 0:
            return part
    return list(shares)[-1]
