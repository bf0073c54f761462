"""How far ARKit's shapes go in acting, and which go together: what the expression basis is made from.

Nobody's capture. Faces are composed as a performance composes them: a mouth that speaks under a feeling of some strength, eyes
that look about together and blink, and now and then a single shape that nothing asks for, on one side or on both. Mouths
and feelings are postures of this file, after Hjortsjoe (1969) and Friesen & Ekman (1983), and not the presets of the product:
those grow, and a coefficient must go on meaning what it meant.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from backend.motion.arkit import ARKIT
from backend.motion.rig import Unit

SHAPES = ARKIT.in_unit(Unit.WEIGHT)
_FACES = 20_000
_SEED = 20
# Share of faces that speak, that feel something, that blink, that seal the lips over an open jaw; how often a shape is left to chance.
_SPEAK, _FEEL, _BLINK, _SEAL, _ALONE = 0.7, 0.75, 0.12, 0.3, 0.14
_GAZE = (0.35, 0.25)  # standard deviation of the gaze in shapes' weights, sideways and up and down
_ONE_SIDED = 0.25  # how much left and right differ: standard deviation of a factor


def faces() -> NDArray[np.float64]:
    """Weights ``[20000, 54]`` of faces from acting, always the same, in the order of :data:`SHAPES`."""
    return draw(_FACES, _SEED)


def draw(count: int, seed: int) -> NDArray[np.float64]:
    """Weights ``[count, 54]`` of faces from acting, 0 to 1."""
    chance = np.random.default_rng(seed)
    mouths, feelings = _postures(_MOUTHS), _postures(_FEELINGS)
    faces = _mixed(chance, mouths, count, _SPEAK, (0.5, 1.1)) + _mixed(chance, feelings, count, _FEEL, (0.2, 1.2))
    faces *= 1 + _ONE_SIDED * chance.standard_normal(faces.shape)
    faces += _gaze(chance, count)
    blink = (chance.random(count) < _BLINK) * chance.random(count)
    for side in ("Left", "Right"):
        faces[:, SHAPES.index(f"eyeBlink{side}")] += blink
    sealed = (chance.random(count) < _SEAL) * chance.random(count)
    faces[:, SHAPES.index("mouthClose")] += sealed * np.clip(faces[:, SHAPES.index("jawOpen")], 0, 1)
    alone = chance.random(faces.shape) < _ALONE
    return np.clip(faces + alone * chance.random(faces.shape), 0, 1)


def _mixed(
    chance: np.random.Generator, postures: NDArray[np.float64], count: int, share: float, reach: tuple[float, float]
) -> NDArray[np.float64]:
    """Somewhere between two of the postures, as strong as chance has it; at rest for the faces left over."""
    one, other = (postures[chance.integers(len(postures), size=count)] for _ in range(2))
    between, strong = chance.random((count, 1)) ** 2, chance.uniform(*reach, (count, 1))
    found: NDArray[np.float64] = (chance.random((count, 1)) < share) * strong * (one + between * (other - one))
    return found


def _gaze(chance: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Both eyes look the same way."""
    found = np.zeros((count, len(SHAPES)))
    across, up = (size * chance.standard_normal(count) for size in _GAZE)
    for side, sign in (("Left", 1), ("Right", -1)):
        found[:, SHAPES.index(f"eyeLookOut{side}")] = np.clip(sign * across, 0, 1)
        found[:, SHAPES.index(f"eyeLookIn{side}")] = np.clip(-sign * across, 0, 1)
        found[:, SHAPES.index(f"eyeLookUp{side}")] = np.clip(up, 0, 1)
        found[:, SHAPES.index(f"eyeLookDown{side}")] = np.clip(-up, 0, 1)
    return found


def _postures(poses: tuple[dict[str, float], ...]) -> NDArray[np.float64]:
    return np.array([_spread(pose) for pose in poses])


def _spread(pose: Mapping[str, float]) -> NDArray[np.float64]:
    """A posture's weights; a stem stands for its left and right."""
    found = np.zeros(len(SHAPES))
    for stem, value in pose.items():
        for name in (stem, f"{stem}Left", f"{stem}Right"):
            if name in SHAPES:
                found[SHAPES.index(name)] = value
    return found


# Mouths of speech: open, spread, round, pressed, lip to teeth, tongue between teeth, tip and back of the tongue raised, and at rest.
_MOUTHS: tuple[dict[str, float], ...] = (
    {"jawOpen": 0.42, "mouthLowerDown": 0.2, "mouthUpperUp": 0.1},
    {"jawOpen": 0.36, "mouthLowerDown": 0.25, "mouthUpperUp": 0.16, "mouthStretch": 0.18},
    {"jawOpen": 0.26, "mouthLowerDown": 0.16, "mouthUpperUp": 0.08},
    {"jawOpen": 0.18, "mouthLowerDown": 0.22, "mouthUpperUp": 0.12, "mouthStretch": 0.18},
    {"jawOpen": 0.11, "mouthLowerDown": 0.26, "mouthUpperUp": 0.14, "mouthStretch": 0.28, "mouthSmile": 0.1, "tongueUp": 0.3},
    {"jawOpen": 0.3, "mouthFunnel": 0.38, "mouthPucker": 0.15, "mouthLowerDown": 0.08},
    {"jawOpen": 0.11, "mouthFunnel": 0.22, "mouthPucker": 0.62, "tongueUp": 0.2},
    {"jawOpen": 0.07, "mouthClose": 0.06, "mouthPress": 0.25, "mouthRollUpper": 0.15, "mouthRollLower": 0.2},
    {"jawOpen": 0.07, "mouthUpperUp": 0.18, "mouthRollLower": 0.45},
    {"jawOpen": 0.14, "mouthLowerDown": 0.2, "tongueOut": 0.3, "tongueTipUp": 0.4},
    {"jawOpen": 0.11, "mouthLowerDown": 0.14, "mouthUpperUp": 0.06, "tongueTipUp": 0.9},
    {"jawOpen": 0.08, "mouthFunnel": 0.45, "mouthPucker": 0.2, "tongueTipUp": 0.3, "jawForward": 0.2},
    {"jawOpen": 0.16, "mouthLowerDown": 0.12, "tongueUp": 0.85},
    {},
)
# Glad, with teeth and without; sad, weeping; angry, with shut and with bared teeth; afraid; disgusted; surprised; doubtful;
# tired; intent; sly, on the left and on the right.
_FEELINGS: tuple[dict[str, float], ...] = (
    {"mouthSmile": 0.9, "cheekSquint": 0.75, "eyeSquint": 0.3, "mouthUpperUp": 0.1, "mouthLowerDown": 0.15},
    {"mouthSmile": 0.6, "cheekSquint": 0.4, "mouthDimple": 0.3, "browOuterUp": 0.15, "browInnerUp": 0.15},
    {"browInnerUp": 0.95, "browDown": 0.4, "mouthFrown": 0.8, "mouthShrugLower": 0.45, "eyeBlink": 0.2, "mouthShrugUpper": 0.15},
    {"browInnerUp": 0.9, "browDown": 0.5, "eyeSquint": 0.6, "cheekSquint": 0.4, "mouthStretch": 0.5, "mouthFrown": 0.5, "jawOpen": 0.2},
    {"browDown": 0.95, "eyeWide": 0.3, "eyeSquint": 0.5, "mouthPress": 0.7, "mouthRollUpper": 0.3, "mouthRollLower": 0.3, "noseSneer": 0.2},
    {"browDown": 0.9, "eyeWide": 0.4, "noseSneer": 0.6, "mouthUpperUp": 0.5, "mouthLowerDown": 0.5, "jawOpen": 0.25, "jawForward": 0.3},
    {"browInnerUp": 0.8, "browOuterUp": 0.6, "browDown": 0.4, "eyeWide": 0.9, "mouthStretch": 0.7, "jawOpen": 0.25},
    {"noseSneer": 0.9, "mouthUpperUp": 0.6, "browDown": 0.6, "mouthFrown": 0.35, "mouthShrugLower": 0.35, "eyeSquint": 0.4},
    {"browInnerUp": 0.9, "browOuterUp": 0.9, "eyeWide": 0.8, "jawOpen": 0.5},
    {"mouthShrugLower": 0.6, "mouthShrugUpper": 0.4, "mouthFrown": 0.4, "browOuterUp": 0.4, "browInnerUp": 0.2},
    {"eyeBlink": 0.35, "browInnerUp": 0.2, "mouthFrown": 0.2, "cheekPuff": 0.15, "jawOpen": 0.1},
    {"browDown": 0.5, "eyeSquint": 0.6, "mouthPress": 0.3, "mouthPucker": 0.2},
    {"mouthDimpleLeft": 0.7, "mouthSmileLeft": 0.5, "mouthLeft": 0.3, "browOuterUpLeft": 0.5, "eyeSquintLeft": 0.3},
    {"mouthDimpleRight": 0.7, "mouthSmileRight": 0.5, "mouthRight": 0.3, "browOuterUpRight": 0.5, "eyeSquintRight": 0.3},
)
