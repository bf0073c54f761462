"""One matching for all the meshes of a character: face, lids, teeth, tongue, brows."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from backend.face.characters.matching import Matching, OnMesh, match, says_it_singly, with_bones
from backend.motion import Rig


def match_meshes(meshes: Mapping[str, Iterable[str]], rig: Rig, bone_names: Iterable[str] = ()) -> Matching:
    """Match the shapes of several meshes, by name of the mesh, as one character.

    Which table holds, whether visemes speak and whether the jaw bone opens the mouth is decided for all of them together. Where
    a mesh calls a channel by another name than the one that carries most, that stands under its name in ``meshes``.
    """
    names = {mesh: tuple(dict.fromkeys(shapes)) for mesh, shapes in meshes.items()}
    every = tuple(dict.fromkeys(name for own in names.values() for name in own))
    whole = match(every, rig)
    alone = {mesh: match(own, rig) for mesh, own in names.items()} if len(names) > 1 else {}
    singly = says_it_singly({channel for found in (whole, *alone.values()) for channel in found.shapes}, rig)
    if alone:
        main = max(alone, key=lambda mesh: alone[mesh].score)
        whole = _led_by(alone[main], whole, _differing(whole, alone[main], set(names[main]), singly))
    differing = {mesh: _differing(whole, found, set(names[mesh]), singly) for mesh, found in alone.items()}
    found = replace(whole, meshes={mesh: own for mesh, own in differing.items() if own.shapes or own.visemes})
    used = found.used()
    doubles = {channel: tuple(name for name in others if name not in used) for channel, others in whole.doubles.items()}
    found = replace(found, doubles={channel: others for channel, others in doubles.items() if others})
    return with_bones(found, rig, tuple(bone_names), every)


def _led_by(main: Matching, whole: Matching, own: OnMesh) -> Matching:
    """The whole character's matching, with what differs on its main mesh put in."""
    return replace(
        whole,
        shapes={**whole.shapes, **own.shapes},
        sure={**whole.sure, **{channel: main.sure[channel] for channel in own.shapes}},
        visemes=own.visemes or whole.visemes,
        table=whole.table or main.table,
    )


def _differing(whole: Matching, alone: Matching, there: set[str], singly: bool) -> OnMesh:
    """What a mesh with the shapes ``there`` carries besides what the whole character's matching moves on it."""
    speaks = bool(there & set(whole.visemes))
    spoken = {channel for pose in whole.visemes.values() for channel, _ in pose} if speaks else set()
    moved = {shape for parts in whole.shapes.values() for shape, _ in parts} | set(whole.visemes)
    shapes = {
        channel: parts
        for channel, parts in alone.shapes.items()
        if channel not in spoken
        and not any(shape in there for shape, _ in whole.shapes.get(channel, ()))
        and not any(shape in moved for shape, _ in parts)
    }
    return OnMesh(shapes, {} if speaks or singly else alone.visemes)
