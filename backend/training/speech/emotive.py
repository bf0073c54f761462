"""English words that say what somebody feels, or that few say without feeling."""

import re
import tomllib
from functools import cache
from pathlib import Path

_ENDINGS = ("s", "ed", "d", "ing", "ly", "er")


@cache
def emotive_words() -> tuple[str, ...]:
    """The list (``emotive.toml``, ours)."""
    return tuple(tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))["words"])


def is_emotive(word: str) -> bool:
    """Whether a word is on the list, also with a common ending."""
    known, bare = set(emotive_words()), re.sub(r"[^a-z]", "", word.lower())
    return bare in known or any(bare.removesuffix(end) in known for end in _ENDINGS if bare.endswith(end))
