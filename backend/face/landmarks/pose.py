"""Where the head points: the rigid fit of its firm points to a face at rest.

MediaPipe's points have depth, so that a turn and a scale in three dimensions do (Kabsch 1976, Umeyama 1991), under the
assumption that the camera is far away. Perspective-n-point, the usual way, needs the camera's focal length; films do not tell it,
and guessing one that is off by a factor of three made yaw wrong by a quarter on renders of known pose.
"""

import numpy as np
from numpy.typing import NDArray

from backend.face.landmarks.mesh import CORNERS, FIRM
from backend.face.landmarks.model import LandmarkModel, landmark_model
from backend.face.solve.rigid import angles, turns

Array = NDArray[np.float64]


def head_pose(points: Array, model: LandmarkModel | None = None) -> tuple[Array, Array]:
    """Yaw, pitch and roll ``[frames, 3]`` in radians (the ``arkit`` rig's), and the points put straight, ``[frames, 478, 3]``.

    Straight points face the camera, stand on the firm points' middle and are in units of the model.
    """
    rest = (model or landmark_model()).rest
    firm = list(FIRM)
    middle, at = rest[firm].mean(axis=0), points[:, firm].mean(axis=1, keepdims=True)
    around = points - at
    rotation = turns(rest[firm] - middle, around[:, firm])
    straight = np.einsum("fij,fni->fnj", rotation, around)
    scale = np.sum(straight[:, firm] * (rest[firm] - middle), axis=(1, 2)) / np.sum((rest[firm] - middle) ** 2)
    return angles(rotation), straight / scale[:, None, None] + middle


def face_size(points: Array) -> Array:
    """Pixels between the outer corners of the eyes ``[frames]``, in depth too, so that a turned head does not shrink."""
    left, right = CORNERS["Left"][1], CORNERS["Right"][1]
    return np.asarray(np.linalg.norm(points[:, left] - points[:, right], axis=1))
