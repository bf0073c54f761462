"""FACEGOOD-Audio2Face's 116 channels, to rig ``arkit``.

Two lists of their names are about and only one fits the released columns; files here must carry theirs (``weights [frames, 116]``,
``names``, ``fps``). What ARKit has no shape for is left out: teeth, tongue, the ``Fix`` correctives, scream and chewing.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from backend.errors import InputError
from backend.motion import RIGS, Motion, Rate
from backend.training.datasets.clip import Clip, Given
from backend.training.datasets.files import SOUNDS, beside, files, names_in, rate_in, read_arrays

# By what the names say; of several columns the strongest counts. {s} is a side, {o} the other one.
_CENTRE: Mapping[str, tuple[str, ...]] = {
    "jawOpen": ("mouth_stretch_c",),  # follows the loudness of the speech (r = 0.5 to 0.7), as nothing else does
    "jawForward": ("jaw_thrust_c",),
    "mouthFunnel": ("mouth_oh_c", "mouth_funnel_dl", "mouth_funnel_dr", "mouth_funnel_ul", "mouth_funnel_ur"),
    "mouthPucker": ("mouth_oo_c", "mouth_pucker_l", "mouth_pucker_r"),
    "mouthRollLower": ("mouth_suck_dl", "mouth_suck_dr"),
    "mouthRollUpper": ("mouth_suck_ul", "mouth_suck_ur"),
    "mouthShrugLower": ("mouth_chinRaise_d",),
    "mouthShrugUpper": ("mouth_chinRaise_u",),
    "browInnerUp": ("brow_raise_c",),
    "cheekPuff": ("cheek_puff_l", "cheek_puff_r"),
}
_BOTH: Mapping[str, tuple[str, ...]] = {
    "jaw": ("jaw_sideways_{s}",),
    "mouth": ("mouth_sideways_{s}",),
    "mouthSmile": ("mouth_lipCornerPull_{s}", "mouth_lipCornerPullOpen_{s}"),
    "mouthFrown": ("mouth_lipCornerDepress_{s}",),
    "mouthDimple": ("mouth_dimple_{s}",),
    "mouthStretch": ("mouth_lipStretch_{s}", "mouth_lipStretchOpen_{s}"),
    "mouthPress": ("mouth_press_{s}",),
    "mouthUpperUp": ("mouth_upperLipRaise_{s}",),
    "mouthLowerDown": ("mouth_lowerLipDepress_{s}",),
    "noseSneer": ("nose_wrinkle_{s}",),
    "cheekSquint": ("cheek_raise_{s}",),
    "browDown": ("brow_lower_{s}",),
    "browOuterUp": ("brow_raise_{s}",),
    "eyeBlink": ("eye_blink1_{s}", "eye_blink2_{s}", "eye_shutTight_{s}"),
    "eyeSquint": ("eye_lidTight_{s}",),
    "eyeWide": ("eye_upperLidRaise_{s}",),
    "eyeLookUp": ("eye_lookUp_{s}",),
    "eyeLookDown": ("eye_lookDown1_{s}", "eye_lookDown2_{s}"),
}
_GAZE = {"eyeLookOutLeft": "Left_l", "eyeLookInLeft": "Right_l", "eyeLookInRight": "Left_r", "eyeLookOutRight": "Right_r"}


def sources() -> dict[str, tuple[str, ...]]:
    """The FACEGOOD columns of every ``arkit`` channel that has any."""
    found = dict(_CENTRE)
    for stem, columns in _BOTH.items():
        for side in ("Left", "Right"):
            found[stem + side] = tuple(column.format(s=side[0].lower()) for column in columns)
    return found | {name: (f"eye_look{where}",) for name, where in _GAZE.items()}


def clips(folder: Path, given: Given) -> Iterator[Clip]:
    """Every ``.npz`` below a folder with the recording of its name; the published takes are one hand-keyed speaker's, MIT."""
    for path in files(folder, ".npz"):
        name = path.relative_to(folder).with_suffix("").as_posix()
        motion = read_weights(path, given.rate)
        licence, speaker = given.licence or "MIT", given.speaker or "facegood"
        yield Clip(name, path, beside(path, path.stem, SOUNDS), motion, speaker=speaker, licence=licence)


def read_weights(path: Path, rate: Rate | None = None) -> Motion:
    """The take in rig ``arkit``.

    Raises:
        InputError: weights or names are missing or do not fit, or the names are another character's.
    """
    arrays = read_arrays(path)
    names = names_in(arrays, ("names",))
    if "weights" not in arrays or names is None:
        raise InputError(f"{path} lacks weights or names: FACEGOOD's columns mean nothing without their names.")
    weights = np.asarray(arrays["weights"], np.float64)
    if weights.ndim != 2 or weights.shape[1] != len(names):
        raise InputError(f"{path} names {len(names)} columns for weights of shape {list(weights.shape)}.")
    column = {name: weights[:, i] for i, name in enumerate(names)}
    curves = {
        channel: np.max([column[name] for name in wanted if name in column], axis=0)
        for channel, wanted in sources().items()
        if any(name in column for name in wanted)
    }
    if "jawOpen" not in curves:
        raise InputError(f"{path} has no column mouth_stretch_c: it is not FACEGOOD's rig.")
    return Motion.from_curves(RIGS["arkit"], curves, len(weights), rate_in(arrays, rate, path))
