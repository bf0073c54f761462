"""Matching of a character by names, as ``mien match`` does it, worded for hosts."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from backend.face.match import accept, match_meshes, suggest
from backend.motion import RIGS


def matched(meshes: Sequence[tuple[str, Sequence[str]]], bones: Sequence[str], rig: str = "arkit") -> dict[str, Any]:
    """Which shapes of which mesh carry each channel, look-alikes taken as guesses.

    ``channels`` maps a channel to parts (mesh, shape, ``scale`` that its value is multiplied by, ``score`` of how sure it is);
    ``visemes`` are shapes of whole mouths with the pose that each stands for; ``bones`` map a bone to what turns it.
    """
    named: dict[str, list[str]] = {}
    for mesh, shapes in meshes:
        named.setdefault(mesh, []).extend(shapes)
    found = match_meshes(named, RIGS[rig], bones)
    found = accept(found, RIGS[rig], suggest(found, RIGS[rig]))
    channels: dict[str, list[dict[str, Any]]] = {}
    for mesh, shapes in named.items():
        there = set(shapes)
        for channel, parts in found.on(mesh).shapes.items():
            sure = found.sure.get(channel, 1.0)
            own = [{"mesh": mesh, "shape": shape, "scale": scale, "score": sure} for shape, scale in parts if shape in there]
            if own:
                channels.setdefault(channel, []).extend(own)
    return {
        "preset": found.table,
        "channels": channels,
        "visemes": {shape: dict(pose) for shape, pose in found.visemes.items()},
        "guessed": list(found.guessed),
        "missing": list(found.unmatched_channels),
        "bones": {bone: [asdict(turn) for turn in turns] for bone, turns in found.bones.items()},
    }
