"""Which channels and which vertices a metric counts: the sets that the papers name and do not list, written down once.

MEDTalk measures "controllers selected to represent" lips, emotion, upper face and intensity (S_lip, S_emo, S_up, S_int), the others
"lip vertices" or "upper face". None publishes its list. Ours, by the regions of the rigs:

* ``lip``: regions jaw and mouth. Not tongue and teeth: what they do is no lip movement, and most heads hide it.
* ``up``: brows, eyes with their blinks, the cheek raiser (FACS counts it to the upper face) and the nose (3DXTalker,
  appendix B.3, counts it there). Not gaze, which is no expression; not lashes and pupils, which are no skin.
* ``emotion``: ``up`` without blinks. When somebody blinks is chance, and a blink that falls elsewhere would outweigh all brows.
* ``intensity``: ``emotion`` and the corners of the mouth. MEDTalk takes "the upper face and overall lip shape"; corners are the part of the
  lips' shape that emotions hold and phones hardly use.

On ``metahuman`` a blink and its opposite share one handle, so that ``emotion`` there leaves out a part of wide eyes. ``flame`` has no
such sets: each of its coefficients moves the whole face, and only its vertices can be told apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.errors import FaceError, InputError, unknown
from backend.face.face import Face
from backend.face.flame.model import FlameModel
from backend.face.flame.regions import regions
from backend.motion import Rig

Indices = NDArray[np.intp]

CHANNEL_SETS = ("lip", "up", "emotion", "intensity")
_FACES = ("arkit", "metahuman", "ctrl_expressions")
_CHEEK_RAISERS = ("cheeksquint", "cheekraise")
_NO_SKIN = ("eyelash", "pupil")
_BLINKS = ("blink", "lidpress")
_CORNERS = ("smile", "frown", "dimple", "stretch", "mouth_corner-translatey", "cornerpull", "cornerup", "cornerdown", "cornerdepress")
# What begins like a corner and is none: lips that are closed while they are stretched.
_NO_CORNER = ("stretchlipsclose",)

# Shapes that show where a face has its parts, and the share of its largest move from which a vertex belongs to the part.
_LIP_STEMS, _LIPS = ("mouthRoll",), 0.15
_MOUTH_STEMS, _MOUTH = ("mouthRoll", "mouthPucker", "mouthFunnel"), 0.1
_UPPER_STEMS, _UPPER = ("brow", "eyeWide", "eyeSquint", "eyeBlink"), 0.1
_NOSE_STEMS, _NOSE = ("noseSneer",), 0.2
_SKIN = ("skin", "lid", "lip", "nostril")


def channel_set(rig: Rig, name: str) -> tuple[str, ...]:
    """The channels of one of :data:`CHANNEL_SETS`, in the rig's order.

    Raises:
        InputError: there is no such set, or the rig's channels have no place on the face.
    """
    if name not in CHANNEL_SETS:
        raise InputError(unknown("set of channels", name, CHANNEL_SETS))
    if rig.name not in _FACES:
        raise InputError(f"rig '{rig.name}' has no set '{name}', its channels are not bound to parts of the face: measure its vertices.")
    if name == "lip":
        return rig.in_region("jaw", "mouth")
    upper = tuple(channel.name for channel in rig.channels if _is_upper(channel.name.lower(), channel.region))
    calm = tuple(channel for channel in upper if not _has(channel, _BLINKS))
    if name != "intensity":
        return upper if name == "up" else calm
    corners = {channel for channel in rig.in_region("mouth") if _has(channel, _CORNERS) and not _has(channel, _NO_CORNER)}
    return tuple(channel for channel in rig.names if channel in corners.union(calm))


def columns(rig: Rig, names: Sequence[str]) -> Indices:
    """Where channels stand in the rig's values."""
    return np.array([rig.index(name) for name in names], np.intp)


def _is_upper(name: str, region: str) -> bool:
    if region == "cheek":
        return _has(name, _CHEEK_RAISERS)
    return region in ("brow", "eye", "nose") and not _has(name, _NO_SKIN)


def _has(name: str, parts: tuple[str, ...]) -> bool:
    return any(part in name.lower() for part in parts)


@dataclass(frozen=True, eq=False)
class VertexSets:
    """Numbers of vertices: the whole ``head``, ``lips``, ``mouth`` (with skin around), ``upper`` (forehead, brows, eyes), that with nose.

    3DXTalker measures LVE on lips, UFVE and UFDD on ``upper_and_nose``; EmoVOCA measures LVE on ``mouth``, UVE on ``upper``; MVE and
    VE take the ``head``.
    """

    head: Indices
    lips: Indices
    mouth: Indices
    upper: Indices
    upper_and_nose: Indices


def face_sets(face: Face) -> VertexSets:
    """The sets of any face with the shapes of the ``arkit`` rig, by what those shapes move.

    A vertex is of the lips if a shape that rolls them moves it by 15 % of that shape's largest move, of the mouth if one that rolls, purses
    or funnels them does by 10 %. It is of the upper face if a shape of brows or lids moves it by 10 %, of the nose if a sneer does by
    20 %, unless it is of the mouth. Where a face names the materials of Mien's own head, only skin counts: no teeth, eyeballs or hair.

    Raises:
        FaceError: the face lacks those shapes.
    """
    skin = _skin(face)
    mouth = _moved(face, _MOUTH_STEMS, _MOUTH) & skin
    upper = _moved(face, _UPPER_STEMS, _UPPER) & skin & ~mouth
    nose = _moved(face, _NOSE_STEMS, _NOSE) & skin & ~mouth
    return _sets(face.name, skin, _moved(face, _LIP_STEMS, _LIPS) & skin, mouth, upper, nose)


def flame_sets(model: FlameModel) -> VertexSets:
    """The sets of a FLAME-layout model, from its computed masks (``backend.face.flame.regions``) where they are above one half.

    Raises:
        FlameError: no mouth is found on it.
    """
    masks = {name: mask > 0.5 for name, mask in regions(model).items()}
    eyeballs = masks["eyeballs"]
    head = masks["upper face"] | masks["lower face"] | masks["ears"] | masks["neck"] | masks["scalp"]
    return _sets(model.name, head & ~eyeballs, masks["lips"], masks["mouth"], masks["upper face"] & ~masks["mouth"], masks["nose"])


def _sets(name: str, head: NDArray[np.bool_], *parts: NDArray[np.bool_]) -> VertexSets:
    lips, mouth, upper, nose = parts
    found = [np.flatnonzero(mask) for mask in (head, lips, mouth, upper, upper | nose)]
    if not all(map(len, found)):
        raise FaceError(f"face '{name}' shows no head, lips or upper face that could be measured: it needs the ARKit shapes.")
    return VertexSets(*found)


def _skin(face: Face) -> NDArray[np.bool_]:
    named = [i for i, material in enumerate(face.materials) if material.name in _SKIN]
    skin = np.zeros(len(face.vertices), bool)
    if named:
        skin[np.unique(face.quads[np.isin(face.surface, named)])] = True
    return skin if skin.any() else ~skin


def _moved(face: Face, stems: tuple[str, ...], share: float) -> NDArray[np.bool_]:
    """Vertices that a shape whose name begins so moves by this share of its largest move."""
    lengths = [np.linalg.norm(delta, axis=1) for name, delta in face.shapes.items() if name.startswith(stems)]
    moves = [length >= share * length.max() for length in lengths if length.max() > 0]
    if not moves:
        raise FaceError(f"face '{face.name}' has none of the shapes {', '.join(stems)}, by which its parts are found.")
    found: NDArray[np.bool_] = np.any(moves, axis=0)
    return found
