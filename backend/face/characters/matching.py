"""Which of a character's shapes and bones answer to which channels of a rig, by name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from backend.face.characters.names import Key, joined, key_of, keys_of, plain_name
from backend.face.characters.presets import Parts, Pose, Preset, Turn, bones, presets
from backend.face.characters.visemes import speak
from backend.motion import Channel, Motion, Rig, Side, Unit

# How sure a match is: the very name; the name in another spelling; named in a table; shared or split between sides.
EXACT, SPELLED, LISTED, SHARED = 1.0, 0.98, 0.95, 0.9

_MOUTH = ("jaw", "mouth", "tongue")
_FEW_VISEMES = 3


@dataclass(frozen=True)
class OnMesh:
    """What differs on one mesh of several: channels that other shapes carry there (none, where empty), and whole mouths of its own."""

    shapes: Mapping[str, Parts] = field(default_factory=dict)
    visemes: Mapping[str, Pose] = field(default_factory=dict)


@dataclass(frozen=True)
class Matching:
    """What :func:`match` found.

    ``shapes`` map a channel to the shapes that carry it, each with the weight it gets of the
    channel's value. ``score`` is the share of the rig's weight channels that something carries, 0 to 1.
    ``table`` names the table in ``presets/rigs`` that was needed, or is empty. ``sure`` says of each channel in ``shapes``
    how sure it is (:data:`EXACT` down to :data:`SHARED`; lower for a guess), ``guessed`` which were guesses that somebody accepted.
    ``doubles`` list, by channel, further shapes that claim it and stay still. ``visemes`` are shapes of whole
    mouths with the pose that each stands for; where there are any they speak together, in place of single mouth shapes.
    ``bones`` map a bone to what turns it. ``meshes`` say, by name of a mesh, what differs there; :meth:`on` puts it in.
    """

    shapes: Mapping[str, Parts]
    score: float
    table: str
    unmatched_shapes: tuple[str, ...]
    unmatched_channels: tuple[str, ...]
    rig: str = "arkit"
    sure: Mapping[str, float] = field(default_factory=dict)
    guessed: tuple[str, ...] = ()
    doubles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    visemes: Mapping[str, Pose] = field(default_factory=dict)
    bones: Mapping[str, tuple[Turn, ...]] = field(default_factory=dict)
    meshes: Mapping[str, OnMesh] = field(default_factory=dict)

    def on(self, mesh: str) -> "Matching":
        """What moves the shapes of one mesh; it may name shapes that are on other meshes only."""
        own = self.meshes.get(mesh, OnMesh())
        shapes = {channel: parts for channel, parts in {**self.shapes, **own.shapes}.items() if parts}
        return replace(self, shapes=shapes, visemes=own.visemes or self.visemes, meshes={})

    def curves(self, motion: Motion) -> dict[str, NDArray[np.float32]]:
        """The value of every matched shape by frame, ``[frames]`` each."""
        found: dict[str, NDArray[np.float32]] = {}
        for channel, parts in self.shapes.items():
            for shape, weight in parts:
                found[shape] = found.get(shape, np.zeros(motion.frames, np.float32)) + np.float32(weight) * motion[channel]
        return found | speak(self.visemes, motion)

    def turns(self, motion: Motion) -> dict[str, NDArray[np.float64]]:
        """Yaw, pitch and roll in radians of every matched bone, ``[frames, 3]``: turns about the face's own axes, as in ``arkit``."""
        found = {}
        for bone, turns in self.bones.items():
            found[bone] = angles = np.zeros((motion.frames, 3))
            for turn in turns:
                angles[:, ("yaw", "pitch", "roll").index(turn.axis)] += turn.radians * motion[turn.channel]
        return found

    def moves(self, shapes: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        """What each channel moves at full weight, from the displacements ``[V, 3]`` of the character's own shapes: a face's ``shapes``."""
        return {
            channel: np.asarray(sum(weight * np.asarray(shapes[shape], np.float64) for shape, weight in parts), np.float32)
            for channel, parts in self.shapes.items()
        }

    def carried(self) -> frozenset[str]:
        """Every channel that a shape, a viseme or a bone carries."""
        everywhere: tuple[Matching | OnMesh, ...] = (self, *self.meshes.values())
        single = {channel for place in everywhere for channel, parts in place.shapes.items() if parts}
        spoken = {channel for place in everywhere for pose in place.visemes.values() for channel, _ in pose}
        return frozenset({*single, *spoken, *(turn.channel for turns in self.bones.values() for turn in turns)})

    def used(self) -> frozenset[str]:
        """Every shape that something moves, on any mesh."""
        everywhere: tuple[Matching | OnMesh, ...] = (self, *self.meshes.values())
        single = {shape for place in everywhere for parts in place.shapes.values() for shape, _ in parts}
        return frozenset(single.union(*(place.visemes for place in everywhere)))

    def settled(self, rig: Rig, names: Iterable[str]) -> "Matching":
        """With score and leftovers counted anew, of all shapes ``names``."""
        channels, carried, used = rig.in_unit(Unit.WEIGHT), self.carried(), self.used()
        open_ = tuple(channel for channel in channels if channel not in carried)
        unused = tuple(name for name in dict.fromkeys(names) if name not in used)
        return replace(self, score=1 - len(open_) / max(len(channels), 1), unmatched_shapes=unused, unmatched_channels=open_)


def match(shape_names: Iterable[str], rig: Rig, bone_names: Iterable[str] = ()) -> Matching:
    """Match by spelling, then by the tables of ``presets/rigs``; nothing is guessed.

    A name is compared as it stands, then without case, separators, a deformer's prefix
    (``Face_blendShape.``) and with its side spelled out (``_L``, ``.L``, ``Left``). A channel of
    the middle may be carried by a left and a right half; a left and a right channel may share one
    shape, half each. Of the tables, the one that matches most is used, if any adds something. A character whose
    mouth has few shapes but visemes speaks with those. A jaw bone opens the mouth where no shape does.
    """
    names = tuple(dict.fromkeys(shape_names))
    best = _with_table(names, rig, None)
    for preset in presets(rig.name):
        other = _with_table(names, rig, preset)
        best = other if other.score > best.score else best
    return with_bones(best, rig, tuple(bone_names), names)


def _with_table(names: tuple[str, ...], rig: Rig, preset: Preset | None) -> Matching:
    keys = keys_of(names, preset.strip if preset else ())
    found, sure, doubles = _spelled(names, keys, rig)
    visemes: dict[str, Pose] = {}
    if preset:
        _listed(preset, keys, found, sure, doubles)
        visemes = _visemes(preset, keys, rig, found)
        for channel in {channel for pose in visemes.values() for channel, _ in pose}:
            # A viseme opens the jaw and shapes the lips by itself: a shape that did it again would do it twice.
            found[channel] = ()
    shapes = {channel: parts for channel, parts in found.items() if parts}
    matching = Matching(
        shapes,
        0.0,
        preset.name if preset else "",
        (),
        (),
        rig.name,
        {channel: sure[channel] for channel in shapes},
        (),
        {channel: tuple(others) for channel, others in doubles.items() if others and channel in shapes},
        visemes,
    )
    return matching.settled(rig, names)


Found = dict[str, Parts]


def _spelled(names: tuple[str, ...], keys: Mapping[str, tuple[Key, Key]], rig: Rig) -> tuple[Found, dict[str, float], dict[str, list[str]]]:
    """What every weight channel finds by spelling alone, how sure that is, and the further shapes that claim it."""
    same: dict[Key, list[str]] = {}
    for name in names:
        same.setdefault(keys[name][0], []).append(name)
    first = {key: claimed[0] for key, claimed in same.items()}
    found: Found = {}
    sure, doubles = {}, {}
    for channel in (rig[name] for name in rig.in_unit(Unit.WEIGHT)):
        found[channel.name] = parts = _by_spelling(channel, names, first)
        alone = len(parts) == 1 and parts[0][1] == 1
        sure[channel.name] = EXACT if alone and parts[0][0] == channel.name else SPELLED if alone else SHARED
        used = {shape for shape, _ in parts}
        doubles[channel.name] = [other for shape in used for other in same[keys[shape][0]] if other not in used]
        if channel.name in used:
            doubles[channel.name] += [other for other in same.get(key_of(channel.name), ()) if other not in (*used, *doubles[channel.name])]
    return found, sure, doubles


def _by_spelling(channel: Channel, names: tuple[str, ...], keys: Mapping[Key, str]) -> Parts:
    if channel.name in names:
        return ((channel.name, 1.0),)
    stem, side = key = key_of(channel.name)
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


def _listed(
    preset: Preset, keys: Mapping[str, tuple[Key, Key]], found: Found, sure: dict[str, float], doubles: dict[str, list[str]]
) -> None:
    """Add what a table says to the channels that spelling left open."""
    open_ = {channel for channel, parts in found.items() if not parts}
    by_key = _by_key(keys)
    own = {channel for both in keys.values() for key in both for channel, _ in preset.aliases.get(joined(key), ())}
    for channel, sets in preset.carriers.items():
        complete = [carrier for carrier in sets if all(key in by_key for key, _ in carrier)]
        if channel in own:
            # A share of what moves both sides is for characters without a shape for either.
            complete = [carrier for carrier in complete if sum(abs(weight) for _, weight in carrier) >= 1]
        if channel in open_ and complete:
            found[channel] = tuple((by_key[key], weight) for key, weight in complete[0])
            sure[channel] = LISTED
            used = {shape for shape, _ in found[channel]}
            doubles[channel] = [by_key[key] for carrier in complete[1:] for key, _ in carrier if by_key[key] not in used]
            open_.discard(channel)
    taken = {shape for parts in found.values() for shape, _ in parts}
    for shape, both in keys.items():
        carried = next((preset.aliases[joined(key)] for key in both if joined(key) in preset.aliases), ())
        for channel, weight in carried if shape not in taken else ():
            if channel in open_:
                found[channel] = (*found[channel], (shape, weight))
                sure[channel] = LISTED if abs(weight) == 1 else SHARED


def _by_key(keys: Mapping[str, tuple[Key, Key]]) -> dict[str, str]:
    """The first shape of every key; what a name says in full goes before what it says shortened."""
    found: dict[str, str] = {}
    for which in (1, 0):
        for name, both in keys.items():
            found.setdefault(joined(both[which]), name)
    return found


def _visemes(preset: Preset, keys: Mapping[str, tuple[Key, Key]], rig: Rig, found: Found) -> dict[str, Pose]:
    """The visemes of a character whose mouth has few single shapes; empty for any other."""
    if says_it_singly((channel for channel, parts in found.items() if parts), rig):
        return {}
    by_key = _by_key(keys)
    named = {viseme: next((by_key[key] for key in viseme.names if key in by_key), "") for viseme in preset.visemes.values()}
    visemes = {shape: viseme.pose for viseme, shape in named.items() if shape}
    return visemes if sum(bool(pose) for pose in visemes.values()) >= _FEW_VISEMES else {}


def says_it_singly(carried: Iterable[str], rig: Rig) -> bool:
    """Whether at least half of a mouth's channels are among those ``carried``, so that whole mouths are not needed."""
    mouth = {name for name in rig.in_region(*_MOUTH) if rig[name].unit is Unit.WEIGHT}
    return 2 * len(mouth.intersection(carried)) >= len(mouth)


def with_bones(matching: Matching, rig: Rig, names: tuple[str, ...], shapes: Iterable[str]) -> Matching:
    """The matching with what turns the bones ``names``, counted anew of all ``shapes``."""
    plain = {plain_name(name): name for name in reversed(names)}
    turned, carried = {}, matching.carried()
    for bone in bones():
        name = next((plain[plain_name(known)] for known in bone.names if plain_name(known) in plain), None)
        turns = tuple(turn for turn in bone.turns if turn.channel in rig and turn.channel not in carried)
        if name and turns and bone.instead_of not in carried:
            turned[name] = turns
    return replace(matching, bones=turned).settled(rig, shapes)
