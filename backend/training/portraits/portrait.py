"""One portrait: what somebody shows, photographed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from backend.emotion.presets import emotion, emotions
from backend.errors import InputError
from backend.face.heads import mien_head
from backend.face.pose import rotation
from backend.face.render import View, render
from backend.generators.procedural.tables import action_units
from backend.motion.arkit import ARKIT
from backend.training.descriptions import description
from backend.training.expressions import act
from backend.training.portraits.looks import Looks, Vertices, draw_looks, dressed, shaped
from backend.training.portraits.sight import Picture, Sight, backdrop, cut_out, developed, draw_sight

IDENTITY = 100  # coefficients of an identity, as in FLAME's layout
_DESCRIBED = 0.4  # of the faces are of a description, the others moments of an expression
_GAZE, _LOOK = 0.12, 0.6  # rad, standard deviation; radians that a look shape at full weight stands for
_TURN = (0.05, 0.03, 0.06)  # rad, of the head on its neck beside the camera's place: standard deviations of yaw, pitch, roll
_FAR = 50.0  # lengths of a head, out of every picture
_PICTURE = 1.12  # lengths of a head that a picture is high, at a zoom of 1
_FACE = 0.1  # of the picture by which the middle of the face stands above that of head and neck


@dataclass(frozen=True)
class Portrait:
    """The facts of a picture.

    ``emotions`` are labels with weights that sum to one, ``intensity`` is from 0 to 1, ``units`` are action units (0 to 1),
    ``channels`` the ``arkit`` channels that made the face. ``text`` describes the face where it was made from a description.
    ``box`` is the head in the picture (left, top, right, bottom), in pixels.
    """

    seed: int
    emotions: Mapping[str, float]
    intensity: float
    units: Mapping[str, float]
    channels: Mapping[str, float]
    text: str
    looks: Looks
    sight: Sight
    identity: NDArray[np.float64] | None
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class _Shown:
    emotions: Mapping[str, float]
    intensity: float
    units: Mapping[str, float]
    channels: dict[str, float]
    text: str = ""


def portrait(
    seed: int, size: int = 256, vertices_of: Callable[[NDArray[np.float64]], Vertices] | None = None, people: bool = False
) -> tuple[Picture, Portrait]:
    """The picture ``[size, size, 3]`` (sRGB) of a seed and what is on it.

    ``people`` gives everybody a face of their own: coefficients ``[100]`` of Mien's people, standard normal by the seed.
    ``vertices_of(identity)`` gives the vertices ``[V, 3]`` of the face at rest for such coefficients instead; without either,
    identities differ by colours and proportions alone.

    Raises:
        InputError: a size outside 48 to 2048 pixels.
    """
    if not 48 <= size <= 2048:
        raise InputError(f"a portrait of {size} pixels cannot be made: give a size from 48 to 2048.")
    face_chance, look_chance, sight_chance, camera = (np.random.default_rng([seed, part]) for part in range(4))
    shown, looks, sight = _shown(seed, face_chance), draw_looks(look_chance), draw_sight(sight_chance)
    identity = look_chance.standard_normal(IDENTITY) if people or vertices_of is not None else None
    face, vertices = shaped(dressed(mien_head(), looks), looks, shown.channels, identity, vertices_of)
    view = View((size, size), sight.yaw, sight.pitch, sight.zoom, sight.key)
    vertices = vertices + _shift(sight, face.vertices)
    cover, head = cut_out(render(face, vertices, view), _empty(size))
    behind = backdrop(sight.background, size, sight_chance)
    joined = behind + (head - behind) * cover[..., None]
    rows, columns = np.nonzero(cover > 0.5)
    box = (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    facts = Portrait(seed, shown.emotions, shown.intensity, shown.units, shown.channels, shown.text, looks, sight, identity, box)
    return developed(joined, sight, camera), facts


def _shown(seed: int, chance: np.random.Generator) -> _Shown:
    """What the face shows, with gaze and head turned a little."""
    shown = _described(seed) if chance.random() < _DESCRIBED else _acted(seed, chance)
    return _Shown(shown.emotions, shown.intensity, shown.units, _looking(shown, chance), shown.text)


def _described(seed: int) -> _Shown:
    found = description(seed)
    channels: dict[str, float] = {}
    for unit, height in found.units.items():
        for channel, weight in action_units()[unit].items():
            channels[channel] = min(channels.get(channel, 0.0) + height * weight, 1.0)
    return _Shown(found.emotions, found.intensity, found.units, channels, found.text)


def _acted(seed: int, chance: np.random.Generator) -> _Shown:
    """A moment near the top of an expression."""
    label = str(chance.choice(list(emotions())))
    found = act(label, float(chance.uniform(1, 3)), int(chance.integers(8)), seed, duration=4.0, idle=False)
    height = found.weights[:, 0]
    near = np.flatnonzero(height >= 0.6 * max(float(height.max()), 1e-6))
    frame = int(chance.choice(near))
    channels = {name: float(value) for name, value in zip(ARKIT.names, found.motion.values[frame], strict=True) if value}
    units = {unit: round(float(curve[frame]), 3) for unit, curve in found.units.items() if curve[frame] > 0.005}
    return _Shown({label: 1.0}, float(height[frame]), units, channels)


def _looking(shown: _Shown, chance: np.random.Generator) -> dict[str, float]:
    """The channels with gaze and head: where the emotion holds them, and a little by chance."""
    share = shown.intensity
    bearing = [(weight * share, emotion(label)) for label, weight in shown.emotions.items()]
    yaw, pitch, roll = chance.normal(0, _TURN)
    turned = {
        "headYaw": float(yaw),
        "headPitch": float(pitch + sum(weight * preset.head_pitch for weight, preset in bearing)),
        "headRoll": float(roll + sum(weight * preset.head_roll for weight, preset in bearing)),
    }
    across = float(np.clip(chance.normal(0, _GAZE), -0.35, 0.35))
    down = float(np.clip(chance.normal(0, _GAZE / 2) + sum(weight * preset.gaze_down for weight, preset in bearing), -0.3, 0.4))
    for side, outward in (("Left", 1.0), ("Right", -1.0)):
        turned |= {f"{side.lower()}EyeYaw": across, f"{side.lower()}EyePitch": down}
        turned |= {f"eyeLookOut{side}": max(outward * across, 0) / _LOOK, f"eyeLookIn{side}": max(-outward * across, 0) / _LOOK}
        turned |= {f"eyeLookDown{side}": max(down, 0) / _LOOK, f"eyeLookUp{side}": max(-down, 0) / _LOOK}
    return {**shown.channels, **{name: value for name, value in turned.items() if value}}


def _shift(sight: Sight, rest: Vertices) -> NDArray[np.float64]:
    """Where the head goes, ``[3]`` in metres, to stand ``sight.shift`` beside the middle; closer views aim at the face, above the neck."""
    picture = _PICTURE * float(np.ptp(rest[:, 1])) / sight.zoom
    right, down = sight.shift[0] * picture, sight.shift[1] * picture + _FACE * (sight.zoom - 1) * picture
    turned = rotation(*(np.radians([angle]) for angle in (sight.yaw, sight.pitch, 0.0)))[0]
    shift: NDArray[np.float64] = np.array([right, -down, 0.0]) @ turned  # the camera sees turned @ vertices
    return shift


@lru_cache(maxsize=4)
def _empty(size: int) -> Picture:
    """What the renderer shows where nothing stands."""
    head = mien_head()
    return render(head, head.vertices + np.array([0, _FAR * float(np.ptp(head.vertices[:, 1])), 0]), View((size, size)))
