"""Which of a character's shapes answers to which channel of a rig, by name."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from backend.motion import Channel, Motion, Rig, Side, Unit

Key = tuple[str, str]  # what is left of a name without case, separators and side; and the side
Parts = tuple[tuple[str, float], ...]

_SIDES = {"l": "left", "left": "left", "r": "right", "right": "right"}
_PARTS = {"brow", "cheek", "eye", "jaw", "mouth", "nose", "tongue"}
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")


@dataclass(frozen=True)
class Matching:
    """What :func:`match` found.

    ``shapes`` map a channel to the shapes that carry it, each with the weight it gets of the
    channel's value. ``score`` is the share of the rig's weight channels that found a shape, 0 to 1.
    ``table`` names the table of aliases in ``presets/rigs`` that was needed, or is empty.
    """

    shapes: Mapping[str, Parts]
    score: float
    table: str
    unmatched_shapes: tuple[str, ...]
    unmatched_channels: tuple[str, ...]

    def curves(self, motion: Motion) -> dict[str, NDArray[np.float32]]:
        """The value of every matched shape by frame, ``[frames]`` each."""
        found: dict[str, NDArray[np.float32]] = {}
        for channel, parts in self.shapes.items():
            for shape, weight in parts:
                found[shape] = found.get(shape, np.zeros(motion.frames, np.float32)) + np.float32(weight) * motion[channel]
        return found


def match(shape_names: Iterable[str], rig: Rig) -> Matching:
    """Match by spelling, then by the alias tables; nothing is guessed.

    A name is compared as it stands, then without case, separators, a deformer's prefix
    (``Face_blendShape.``) and with its side spelled out (``_L``, ``.L``, ``Left``). A channel of
    the middle may be carried by a left and a right half; a left and a right channel may share one
    shape, half each. Of the alias tables, the one that matches most is used, if any adds something.
    """
    names = tuple(dict.fromkeys(shape_names))
    best = _with_table(names, rig, "", {})
    for table, aliases in _tables(rig.name).items():
        other = _with_table(names, rig, table, aliases)
        best = other if other.score > best.score else best
    return best


def plain_name(name: str) -> str:
    """A name without namespace, case and separators, its side spelled out: equal for names that mean the same."""
    return _joined(_key(_bare(name)))


def _with_table(names: tuple[str, ...], rig: Rig, table: str, aliases: Mapping[str, Parts]) -> Matching:
    found = _spelled(names, rig)
    taken = {shape for parts in found.values() for shape, _ in parts}
    open_ = {channel for channel, parts in found.items() if not parts}
    for shape, keys in _keys(names).items():
        carried = next((aliases[_joined(key)] for key in keys if _joined(key) in aliases), ())
        for channel, weight in carried if shape not in taken else ():
            if channel in open_:
                found[channel] = (*found[channel], (shape, weight))
    shapes = {channel: parts for channel, parts in found.items() if parts}
    used = {shape for parts in shapes.values() for shape, _ in parts}
    unused = tuple(name for name in names if name not in used)
    return Matching(shapes, len(shapes) / max(len(found), 1), table, unused, tuple(c for c in found if c not in shapes))


def _spelled(names: tuple[str, ...], rig: Rig) -> dict[str, Parts]:
    """What every weight channel finds by spelling alone."""
    first: dict[Key, str] = {}
    for name, keys in _keys(names).items():
        first.setdefault(keys[0], name)
    return {channel: _by_spelling(rig[channel], names, first) for channel in rig.in_unit(Unit.WEIGHT)}


def _by_spelling(channel: Channel, names: tuple[str, ...], keys: Mapping[Key, str]) -> Parts:
    if channel.name in names:
        return ((channel.name, 1.0),)
    stem, side = key = _key(channel.name)
    if key in keys:
        return ((keys[key], 1.0),)
    left, right = keys.get((stem, "left")), keys.get((stem, "right"))
    if not side and left and right:
        return ((left, 1.0), (right, 1.0))
    # jawLeft and mouthRight are movements, not halves: a shape "jaw" is neither.
    halves = channel.side is not Side.CENTRE and stem != channel.region
    if halves and not left and not right and (stem, "") in keys:
        return ((keys[stem, ""], 0.5),)
    return ()


def _keys(names: tuple[str, ...]) -> dict[str, tuple[Key, Key]]:
    """Every shape's key without the prefix that all share, and with it."""
    bare = [_bare(name) for name in names]
    prefix = _shared_prefix(bare)
    return {name: (_key(short.removeprefix(prefix)), _key(short)) for name, short in zip(names, bare, strict=True)}


def _bare(name: str) -> str:
    """Without the namespace or the deformer that some exporters put in front: ``a|b:shapes.jawOpen``."""
    pieces = re.split(r"[:|]", name)[-1].split(".")
    ending = 2 if len(pieces) > 1 and (pieces[-1].lower() in _SIDES or pieces[-1].isdigit()) else 1
    return ".".join(pieces[-ending:])


def _shared_prefix(names: list[str]) -> str:
    """A prefix that ends in a separator and stands before at least three names and half of them all."""
    counts = Counter(name[: found.end()] for name in names for found in re.finditer(r"[_\- ]+", name))
    common = [prefix for prefix, count in counts.items() if count >= max(3, len(names) / 2)]
    # "mouth_" before half of all names says what the shape moves.
    return max((prefix for prefix in common if _joined(_key(prefix)) not in _PARTS), key=len, default="")


def _key(name: str) -> Key:
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


def _joined(key: Key) -> str:
    return "".join(key)


@cache
def _tables(rig: str) -> dict[str, dict[str, Parts]]:
    """Alias tables for a rig: by the table's name, what each shape carries."""
    found = {}
    for file in sorted(files("presets.rigs").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            content = tomllib.loads(file.read_text(encoding="utf-8"))
            if content.get("rig") == rig:
                found[file.name.removesuffix(".toml")] = {_joined(_key(shape)): _parts(to) for shape, to in content["shapes"].items()}
    return found


def _parts(entry: str | dict[str, float]) -> Parts:
    return ((entry, 1.0),) if isinstance(entry, str) else tuple(entry.items())
