"""What a name says once spelling is set aside."""

import re
from collections import Counter

Key = tuple[str, str]  # what is left of a name without case, separators and side; and the side

_SIDES = {"l": "left", "left": "left", "r": "right", "right": "right"}
_PARTS = {"brow", "cheek", "eye", "jaw", "mouth", "nose", "tongue"}
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")


def plain_name(name: str) -> str:
    """A name without namespace, case and separators, its side spelled out: equal for names that mean the same."""
    return joined(key_of(bare(name)))


def bare(name: str) -> str:
    """Without the namespace or the deformer that some exporters put in front: ``a|b:shapes.jawOpen``."""
    pieces = re.split(r"[:|]", name)[-1].split(".")
    # Auto-Rig Pro ends what lies in the middle in ".x".
    ending = 2 if len(pieces) > 1 and (pieces[-1].lower() in {*_SIDES, "x"} or pieces[-1].isdigit()) else 1
    return ".".join(pieces[-ending:])


def key_of(name: str) -> Key:
    """The words of a bare name in lower case, and its side, ``""`` where it names none."""
    words = [word.lower() for word in _WORD.findall(name)]
    if len(words) == 1:
        # EYEBLINKLEFT: the case says nothing about where words end.
        whole = words[0]
        side = next((side for side in ("left", "right") if whole.endswith(side) and whole != side), "")
        return whole.removesuffix(side), side
    if len(words) > 1 and words[-1] in _SIDES:
        return "".join(words[:-1]), _SIDES[words[-1]]
    if len(words) > 1 and words[0] in _SIDES:
        return "".join(words[1:]), _SIDES[words[0]]
    return "".join(words), ""


def joined(key: Key) -> str:
    return "".join(key)


def keys_of(names: tuple[str, ...], strip: tuple[re.Pattern[str], ...] = ()) -> dict[str, tuple[Key, Key]]:
    """Every name's key without the prefix that all share and without what ``strip`` finds, and its key with both."""
    plain = [bare(name) for name in names]
    prefix = _shared_prefix(plain)
    found = {}
    for name, whole in zip(names, plain, strict=True):
        short = whole.removeprefix(prefix)
        for pattern in strip:
            short = pattern.sub("", short)
        found[name] = (key_of(short), key_of(whole))
    return found


def _shared_prefix(names: list[str]) -> str:
    """A prefix that ends in a separator and stands before at least three names and half of them all."""
    counts = Counter(name[: found.end()] for name in names for found in re.finditer(r"[_\- ]+", name))
    common = [prefix for prefix, count in counts.items() if count >= max(3, len(names) / 2)]
    # "mouth_" before half of all names says what the shape moves.
    return max((prefix for prefix in common if joined(key_of(prefix)) not in _PARTS), key=len, default="")
