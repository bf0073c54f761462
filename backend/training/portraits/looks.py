"""Whom a portrait shows: colours of skin, hair and eyes as they occur together, and proportions of the head."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backend.face.face import Face, Material
from backend.face.heads.layout.people import person
from backend.face.pose import posed

Colour = tuple[float, float, float]
Vertices = NDArray[np.float32]

# Anchors in sRGB from the lightest to the darkest of the six types of Fitzpatrick (1988); mixtures of neighbours are drawn. Ours.
_SKIN = ((0.94, 0.78, 0.70), (0.89, 0.70, 0.59), (0.81, 0.61, 0.47), (0.68, 0.47, 0.34), (0.49, 0.32, 0.22), (0.31, 0.20, 0.145))
_HAIR: Mapping[str, Colour] = {
    "black": (0.055, 0.048, 0.045), "dark brown": (0.17, 0.11, 0.08), "brown": (0.29, 0.19, 0.12), "auburn": (0.36, 0.16, 0.08),
    "red": (0.45, 0.2, 0.095), "blond": (0.62, 0.5, 0.33), "grey": (0.52, 0.51, 0.5), "white": (0.82, 0.81, 0.79),
}  # fmt: skip
_EYES: Mapping[str, Colour] = {
    "dark brown": (0.17, 0.1, 0.06), "brown": (0.32, 0.19, 0.1), "hazel": (0.42, 0.34, 0.18), "green": (0.32, 0.42, 0.28),
    "blue": (0.26, 0.4, 0.52), "grey": (0.42, 0.47, 0.5),
}  # fmt: skip
# Dark skin goes with dark hair and eyes more often than not; light skin with any.
_DARK_HAIR, _DARK_EYES = ("black", "black", "dark brown", "grey"), ("dark brown", "dark brown", "brown")
_SIZES = (0.035, 0.035, 0.03)  # of the head across, up and forward: standard deviations as shares, about those of adults (Farkas 1994)


@dataclass(frozen=True, slots=True)
class Looks:
    """Tone of skin from 0 (light) to 1 (dark), colours in sRGB, scale of the head across, up and forward."""

    tone: float
    skin: Colour
    hair: str
    hair_colour: Colour
    eyes: str
    eye_colour: Colour
    scale: Colour


def draw_looks(chance: np.random.Generator) -> Looks:
    """Somebody, by chance."""
    tone = float(chance.random())
    place = tone * (len(_SKIN) - 1)
    low = min(int(place), len(_SKIN) - 2)
    skin = np.array(_SKIN[low]) * (1 - place + low) + np.array(_SKIN[low + 1]) * (place - low)
    dark = chance.random() < 0.3 + 0.65 * tone
    hair = str(chance.choice(_DARK_HAIR if dark else list(_HAIR)))
    eyes = str(chance.choice(_DARK_EYES if dark else list(_EYES)))
    scale = 1.0 + np.clip(np.array(_SIZES) * chance.standard_normal(3), -0.08, 0.08)
    return Looks(
        tone, _shaded(skin, 0.03, chance), hair, _shaded(_HAIR[hair], 0.12, chance), eyes, _shaded(_EYES[eyes], 0.1, chance), _three(scale)
    )


def dressed(face: Face, looks: Looks) -> Face:
    """The face in somebody's colours."""
    return replace(face, materials=tuple(_material(material, looks) for material in face.materials))


def shaped(
    face: Face, looks: Looks, channels: Mapping[str, float], identity: NDArray[np.float64] | None,
    vertices_of: Callable[[NDArray[np.float64]], Vertices] | None = None,
) -> tuple[Face, Vertices]:  # fmt: skip
    """Somebody's face at rest and its vertices ``[V, 3]`` with the channels at their values.

    Without an ``identity`` ``[C]`` all have Mien's own face, scaled. With one they are of Mien's people, eyes and neck in their places;
    or the face at rest is what ``vertices_of(identity)`` gives.
    """
    rest = face
    if identity is not None and vertices_of is not None:
        rest = replace(face, vertices=vertices_of(identity).astype(np.float32))
    elif identity is not None:
        rest = replace(person(identity.astype(np.float32)), materials=face.materials)
    scale = np.array(looks.scale, np.float32)
    centre = rest.vertices.mean(axis=0)
    return replace(rest, vertices=(rest.vertices - centre) * scale + centre), (posed(rest, channels) - centre) * scale + centre


def _material(material: Material, looks: Looks) -> Material:
    skin, tone = np.array(looks.skin), looks.tone
    warm = {"lid": (0.88, 0.8, 0.8), "nostril": (0.5, 0.36, 0.34), "caruncle": (0.95, 0.8, 0.82)}
    if material.name == "skin":
        return replace(material, colour=looks.skin)
    if material.name in warm:
        return replace(material, colour=_three(skin * np.array(warm[material.name])))
    if material.name == "lip":
        return replace(material, colour=_three(skin * np.array([0.92, 0.76 - 0.04 * tone, 0.8])))
    if material.name in ("hair", "brow", "lash"):
        share = {"hair": 1.0, "brow": 0.75, "lash": 0.35}[material.name]
        return replace(material, colour=_three(np.array(looks.hair_colour) * share))
    if material.name in ("iris", "iris inner"):
        lighter = 1.35 if material.name == "iris inner" else 1.0
        return replace(material, colour=_three(np.array(looks.eye_colour) * lighter))
    return material


def _shaded(colour: Colour | NDArray[np.float64], spread: float, chance: np.random.Generator) -> Colour:
    """A colour a little lighter or darker, a little warmer or cooler."""
    return _three(np.array(colour) * np.exp(chance.normal(0, spread) + chance.normal(0, spread / 4, 3)))


def _three(values: NDArray[np.float64]) -> Colour:
    red, green, blue = np.clip(values, 0, 1.2).tolist()
    return min(red, 1.2), min(green, 1.2), min(blue, 1.2)
