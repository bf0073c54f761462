"""Parts of a face as masks, computed: no published list of vertices is needed, and any FLAME-layout model will do.

Every mask is soft, ``[V]`` float32 from 0 to 1, with an edge a few millimetres wide; ``mask > 0.5`` is the part
as a yes or no. Measures are shares of the distance between the eyes (about 63 mm; Dodgson 2004), from the
proportions of adult faces (Farkas 1994): lips of 8 and 9 mm height, a nose 35 mm wide, a brow 20 mm above the
pupil, a hairline 65 mm above it.

| mask | what it holds |
|---|---|
| ``lips`` | the red of both lips and the surfaces on which they meet |
| ``mouth`` | lips and the skin around, to the nose and the fold of the chin |
| ``jaw`` | how far a vertex follows the jaw: its skinning weight |
| ``eyes`` | lids and the skin of the sockets, below the brows |
| ``eyeballs`` | what turns with an eye |
| ``nose`` | bridge, tip and wings |
| ``upper face`` | skin of the face above the line through the lower lids' sockets: forehead, brows, eyes, bridge |
| ``lower face`` | skin of the face below it |
| ``ears`` | what stands out at the sides behind the jaw's hinge |
| ``neck`` | below the line of the jaw |
| ``scalp`` | behind the hairline, above the neck, without ears |

``upper face``, ``lower face``, ``ears``, ``neck`` and ``scalp`` share out all skin: they sum to one there. Teeth, tongue
and eyeballs belong to none of them. Lips, mouth and eyes overlap them.
"""

import numpy as np
from numpy.typing import NDArray

from backend.face.flame.landmarks import Floats, Landmarks, find_landmarks
from backend.face.flame.model import FlameModel

REGIONS = ("lips", "mouth", "jaw", "eyes", "eyeballs", "nose", "upper face", "lower face", "ears", "neck", "scalp")

Mask = NDArray[np.float32]


def regions(model: FlameModel) -> dict[str, Mask]:
    """All masks of a model's template, by the names of :data:`REGIONS`.

    Raises:
        FlameError: the joints are not FLAME's, or no mouth is found.
    """
    marks = find_landmarks(model)
    points = model.template.astype(np.float64)
    eyeballs = model.weights[:, [model.joint("left eye"), model.joint("right eye")]].sum(axis=1).astype(np.float64)
    outside = np.where(marks.inside, 0.0, 1 - np.clip(eyeballs, 0, 1))
    skin = outside * (marks.part == marks.skin)
    found = {
        "lips": skin * _lips(points, marks),
        "mouth": skin * _mouth(points, marks),
        "jaw": model.weights[:, model.joint("jaw")],
        "eyes": outside * _eyes(points, marks),
        "eyeballs": eyeballs,
        "nose": outside * _nose(points, marks),
    }
    found |= {name: outside * mask for name, mask in _shared(points, marks).items()}
    return {name: np.clip(found[name], 0, 1).astype(np.float32) for name in REGIONS}


def _lips(points: Floats, marks: Landmarks) -> Floats:
    line, share = marks.mouth.along(points)
    away = (points - line) / marks.unit
    # An ellipse of which the corner keeps a little height; what lies behind the contact is the mouth's lining.
    height = np.where(away[:, 1] > 0, 0.135, 0.155) * np.sqrt(np.clip(1 - share**2, 0.05, 1))
    beyond = np.abs(away[:, 0])
    distance = np.sqrt(away[:, 1] ** 2 + np.clip(-away[:, 2] - 0.03, 0, None) ** 2 + beyond**2)
    lining = _step(away[:, 2], -0.16, -0.10)
    return _step(-distance / height, -1.12, -0.88) * lining


def _mouth(points: Floats, marks: Landmarks) -> Floats:
    line, _ = marks.mouth.along(points)
    away = np.linalg.norm((points - line) / marks.unit, axis=1)
    return _step(-away, -0.42, -0.28)


def _eyes(points: Floats, marks: Landmarks) -> Floats:
    found = np.zeros(len(points))
    for eye in (marks.left_eye, marks.right_eye):
        x, y, z = ((points - eye) / marks.unit).T
        # The socket reaches further up than down.
        oval = np.hypot(x / 0.37, y / np.where(y > 0, 0.29, 0.24))
        found = np.maximum(found, _step(-oval, -1.12, -0.88) * _step(z, -0.15, -0.05))
    return found


def _nose(points: Floats, marks: Landmarks) -> Floats:
    x, y, z = ((points - marks.eyes) / marks.unit).T
    base = (marks.lips[1] - marks.eyes[1]) / marks.unit + 0.31
    down = np.clip(y / base, 0, 1)
    wide = 0.12 + 0.19 * down
    return _step(-np.abs(x), -wide - 0.03, -wide + 0.03) * _step(y, base - 0.03, base + 0.03) * _step(-y, -0.12, 0.0) * _step(z, 0.0, 0.1)


def _shared(points: Floats, marks: Landmarks) -> dict[str, Floats]:
    """Masks that share out the skin."""
    y = (points[:, 1] - marks.eyes[1]) / marks.unit
    ears, neck = _ears(points, marks), _neck(points, marks)
    neck = neck * (1 - ears)
    scalp = _scalp(points, marks) * (1 - ears - neck)
    face = 1 - ears - neck - scalp
    upper = _step(y, -0.36, -0.26)
    return {"upper face": face * upper, "lower face": face * (1 - upper), "ears": ears, "neck": neck, "scalp": scalp}


def _ears(points: Floats, marks: Landmarks) -> Floats:
    """What stands out sideways from the head as it is above the ears, in a box behind the jaw's hinge."""
    x, y, z = ((points - [marks.eyes[0], marks.eyes[1], marks.hinge[2]]) / marks.unit).T
    above = np.abs(x[(marks.part == marks.skin) & (y > 0.55) & (y < 0.9) & (np.abs(z + 0.2) < 0.5)])
    wide = 0.9 * above.max() if len(above) else 1.05
    low = (marks.lips[1] - marks.eyes[1]) / marks.unit
    box = _step(y, low - 0.02, low + 0.06) * _step(-y, -0.5, -0.4) * _step(z, -0.75, -0.65) * _step(-z, -0.3, -0.2)
    return _step(np.abs(x), wide - 0.04, wide + 0.04) * box


def _neck(points: Floats, marks: Landmarks) -> Floats:
    """Below a plane that rises from under the chin to the nape at the height of the mouth."""
    back = float(points[marks.part == marks.skin, 2].min())
    front, low = marks.chin[2] - 0.1 * marks.unit, marks.chin[1] - 0.1 * marks.unit
    share = np.clip((front - points[:, 2]) / (front - back), 0, 1)
    line = low + share * (marks.lips[1] - low)
    return _step((line - points[:, 1]) / marks.unit, -0.06, 0.06)


def _scalp(points: Floats, marks: Landmarks) -> Floats:
    """Behind a plane through the hairline and the back of the ears."""
    y, z = ((points - marks.eyes) / marks.unit)[:, 1:].T
    hinge = (marks.hinge[2] - marks.eyes[2]) / marks.unit
    low = (marks.lips[1] - marks.eyes[1]) / marks.unit
    # From (hairline, 0.25 in front of the eyes' joints) down to (mouth, 0.35 behind the hinge).
    share = (y - low) / (1.05 - low)
    line = hinge - 0.35 + share * (0.25 - hinge + 0.35)
    return _step(line - z, -0.08, 0.08)


def _step(values: Floats, low: float | Floats, high: float | Floats) -> Floats:
    """Nothing below ``low``, everything above ``high``, smooth between."""
    share = np.clip((values - low) / (np.asarray(high) - low), 0, 1)
    smooth: Floats = share * share * (3 - 2 * share)
    return smooth
