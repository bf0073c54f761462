"""Makes the FLAME-layout model of Mien's head: ``python -m backend.face.heads.layout.build`` writes ``mien_flame.npz``, and
``extras.npz`` beside this file.

Run it whenever ``mien.npz`` has changed.
"""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.face.flame import FlameModel, write_flame
from backend.face.heads import mien_head
from backend.face.heads.layout import ASSET, EXTRAS
from backend.face.heads.layout.acting import faces
from backend.face.heads.layout.anatomy import Anatomy
from backend.face.heads.layout.correctives import pose_correctives
from backend.face.heads.layout.expression import build_expression, left_over
from backend.face.heads.layout.harmonics import harmonics
from backend.face.heads.layout.identity import build_identity
from backend.face.heads.layout.joints import PARENTS, fit_jaw, places, regressor, skinning
from backend.files import write_atomically

# Moves are kept to this grid, in metres (8 micrometres): the file packs far better.
_GRAIN = 2.0**-17


def build() -> tuple[FlameModel, dict[str, NDArray[Any]]]:
    """The model, and what its layout has no place for."""
    anatomy = Anatomy(mien_head())
    jaw = fit_jaw(anatomy)
    weights = skinning(anatomy, jaw)
    correctives = pose_correctives(anatomy, jaw, weights)
    acts = left_over(anatomy, jaw, weights, correctives)
    features = acts.features(faces())
    basis = build_expression(anatomy, acts, features.T @ features / len(features))
    joints = places(anatomy, jaw)
    identities = build_identity(anatomy, joints)
    model = FlameModel(
        name="mien",
        template=anatomy.face.vertices,
        triangles=anatomy.face.triangles,
        identity=_metres(identities.components),
        expression=_metres(basis.components),
        pose_correctives=_metres(correctives),
        joint_regressor=regressor(anatomy, joints, identities.points, identities.components).astype(np.float32),
        parents=PARENTS,
        weights=weights.astype(np.float32),
    )
    rows, moves = harmonics(anatomy)
    return model, {"mixture": np.round(identities.mixture, 9), "rows": rows, "moves": moves}


def _metres(millimetres: NDArray[np.float64]) -> NDArray[np.float32]:
    """On the grid; nothing is minus zero, so that the same moves are the same bytes."""
    return np.asarray(np.round(millimetres / 1000 / _GRAIN) * _GRAIN + 0.0, np.float32)


def main() -> None:
    model, others = build()
    content = io.BytesIO()
    np.savez_compressed(content, **others)
    write_atomically(EXTRAS, content.getvalue())
    write_flame(model, ASSET)


if __name__ == "__main__":
    main()
