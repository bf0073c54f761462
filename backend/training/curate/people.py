"""Measure how faces differ at rest and which weights go together, and write ``people.npz`` of ``backend.face.landmarks.photo``.

    python -m backend.training.curate.people

A minute: Mien's people, each seen once by MediaPipe, from about in front; and moments of acted expressions.
"""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.emotion.presets import emotions
from backend.face.heads.layout.people import person
from backend.face.landmarks.mesh import Points, opened
from backend.face.landmarks.model import landmark_model
from backend.face.landmarks.photo import ASSET
from backend.face.landmarks.pose import head_pose
from backend.face.pose import posed
from backend.face.render import View, render
from backend.files import write_atomically
from backend.training.expressions import act

PEOPLE, MOMENTS, AT_REST = 220, 500, 170  # how many faces; the last show nothing
AXES = 48
SIZE = 288  # pixels

Array = NDArray[np.float64]


def main(path: Path = ASSET) -> None:
    """Measure, and write."""
    with opened(still=True) as mesh:
        found = [face for seed in range(PEOPLE) for face in mesh.faces(_picture(seed))[:1]]
    content = io.BytesIO()
    mean, axes = spread(found)
    shown = np.concatenate([moments(), np.zeros((AT_REST, len(landmark_model().names)))])
    np.savez_compressed(
        content,
        mean=mean.astype(np.float32),
        axes=axes.astype(np.float16),
        usual=shown.mean(axis=0).astype(np.float32),
        together=np.cov(shown.T).astype(np.float32),
    )
    write_atomically(path, content.getvalue())


def spread(faces: list[Points]) -> tuple[Array, Array]:
    """Mean ``[1404]`` and principal axes ``[AXES, 1404]`` of faces, the axes as long as their standard deviations."""
    straight = head_pose(np.array(faces))[1][:, :468].reshape(len(faces), -1)
    mean = straight.mean(axis=0)
    _, sizes, axes = np.linalg.svd(straight - mean, full_matrices=False)
    return mean, axes[:AXES] * (sizes[:AXES, None] / np.sqrt(len(faces) - 1))


def moments() -> Array:
    """Weights of the landmark model's shapes near the top of acted expressions ``[MOMENTS, shapes]``."""
    chance, labels = np.random.default_rng(0), list(emotions())
    found = []
    for number in range(MOMENTS):
        acted = act(str(chance.choice(labels)), float(chance.uniform(1, 3)), int(chance.integers(8)), number, duration=4.0, idle=False)
        height = acted.weights[:, 0]
        frame = int(chance.choice(np.flatnonzero(height >= 0.6 * max(float(height.max()), 1e-6))))
        found.append(acted.motion.pick(landmark_model().names)[frame])
    return np.array(found, np.float64)


def _picture(seed: int) -> NDArray[np.uint8]:
    chance = np.random.default_rng([seed, 9])
    face = person(chance.standard_normal(100).astype(np.float32))
    yaw, pitch = np.clip(chance.normal(0, 10), -25, 25), np.clip(chance.normal(0, 5), -12, 12)
    view = View((SIZE, SIZE), float(yaw), float(pitch), zoom=1.3, key=float(chance.choice([-1, 1]) * chance.uniform(10, 60)))
    return render(face, posed(face, {}), view)


if __name__ == "__main__":
    main()
