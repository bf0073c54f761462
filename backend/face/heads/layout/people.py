"""Other people's faces with everything that Mien's own head has: shapes, correctives, wrinkles, joints."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from backend.face.face import Face
from backend.face.heads import mien_head
from backend.face.heads.layout import mien_flame
from backend.face.heads.layout.identity import identity

_JOINTS = {"neck": "global", "head": "neck", "leftEye": "left eye", "rightEye": "right eye"}


def person(who: Mapping[str, float] | NDArray[np.float32]) -> Face:
    """A face of named dials (``{"jaw width": 1.5}``) or of identity coefficients ``[<=100]``, in standard deviations.

    Raises:
        InputError: no dial has that name; the nearest one is offered.
    """
    coefficients = identity(who) if isinstance(who, Mapping) else np.asarray(who, np.float32)
    model, face = mien_flame(), mien_head()
    vertices = model.template + model.identity[:, :, : len(coefficients)] @ coefficients
    centres = model.joint_regressor @ (vertices - model.template)
    joints = tuple(
        replace(joint, position=(x + float(dx), y + float(dy), z + float(dz)))
        for joint in face.joints
        for (x, y, z), (dx, dy, dz) in [(joint.position, centres[model.joint(_JOINTS[joint.name])])]
    )
    return replace(face, name="mien, another", vertices=vertices.astype(np.float32), joints=joints)
