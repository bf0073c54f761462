"""A FLAME-layout model: what the equations of Li et al. (2017) need, as plain arrays."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from backend.errors import FlameError

JOINTS = ("global", "neck", "jaw", "left eye", "right eye")
GLOBAL, NECK, JAW, LEFT_EYE, RIGHT_EYE = range(len(JOINTS))

# FLAME's own files hold weights with a handful of digits.
_WEIGHTS_OFF = 1e-3


@dataclass(frozen=True, eq=False)
class FlameModel:
    """Template, blend shapes, joints and skinning of a head; the counts V, T, S, E and J are the model's own.

    Metres; x to the character's left, y up, z forward. ``template [V, 3]``; ``triangles [T, 3]``;
    ``identity [V, 3, S]`` and ``expression [V, 3, E]`` are moves per unit of a coefficient (a standard
    deviation); ``pose_correctives [V, 3, 9 (J - 1)]`` are moves per entry of R - I of every joint but the
    first, matrices row by row; ``joint_regressor [J, V]`` puts joints among vertices; ``parents`` has -1
    for the root, which comes first; ``weights [V, J]`` bind vertices to joints, rows sum to one.

    All arrays are kept as float32 or int32, read-only.

    Raises:
        FlameError: shapes do not agree, a number is not finite, weights do not sum to one, a triangle or a
            parent points nowhere.
    """

    name: str
    template: NDArray[np.float32]
    triangles: NDArray[np.int32]
    identity: NDArray[np.float32]
    expression: NDArray[np.float32]
    pose_correctives: NDArray[np.float32]
    joint_regressor: NDArray[np.float32]
    parents: tuple[int, ...]
    weights: NDArray[np.float32]
    joint_names: tuple[str, ...] = JOINTS

    def __post_init__(self) -> None:
        self._check_triangles()
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                # What single precision cannot hold becomes infinite, and is refused as such.
                with np.errstate(over="ignore", invalid="ignore"):
                    kept = np.array(value, np.int32 if field.name == "triangles" else np.float32, order="C")
                kept.flags.writeable = False
                object.__setattr__(self, field.name, kept)
        object.__setattr__(self, "parents", tuple(int(parent) for parent in self.parents))
        self._check_shapes()
        self._check_numbers()
        self._check_parents()

    @property
    def joints(self) -> NDArray[np.float32]:
        """Joints of the template ``[J, 3]``."""
        found: NDArray[np.float32] = self.joint_regressor @ self.template
        return found

    def joint(self, name: str) -> int:
        """The number of a joint.

        Raises:
            FlameError: the model has no such joint.
        """
        if name not in self.joint_names:
            raise FlameError(f"model '{self.name}' has no joint '{name}': it has {', '.join(self.joint_names)}.")
        return self.joint_names.index(name)

    def _check_triangles(self) -> None:
        count, triangles = len(self.template), self.triangles
        if triangles.ndim != 2 or triangles.shape[1] != 3 or not np.issubdtype(triangles.dtype, np.integer):
            raise FlameError(f"model '{self.name}' needs triangles [T, 3] of whole numbers, not {list(triangles.shape)}.")
        if not len(triangles) or triangles.min() < 0 or triangles.max() >= count:
            raise FlameError(f"model '{self.name}' has a triangle that points outside its {count} vertices, or none.")

    def _check_shapes(self) -> None:
        count, joints = len(self.template), len(self.joint_names)
        wanted = {
            "template": (count, 3),
            "identity": (count, 3, self.identity.shape[-1]),
            "expression": (count, 3, self.expression.shape[-1]),
            "pose_correctives": (count, 3, 9 * (joints - 1)),
            "joint_regressor": (joints, count),
            "weights": (count, joints),
        }
        for name, shape in wanted.items():
            found = getattr(self, name).shape
            if found != shape:
                raise FlameError(f"model '{self.name}' has {name.replace('_', ' ')} {list(found)} where {list(shape)} is needed.")

    def _check_numbers(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray) and not np.isfinite(value).all():
                raise FlameError(f"model '{self.name}' holds a number that is not finite among its {field.name.replace('_', ' ')}.")
        off = np.abs(self.weights.sum(axis=1, dtype=np.float64) - 1)
        if off.max() > _WEIGHTS_OFF:
            raise FlameError(f"model '{self.name}': the skinning weights of vertex {int(off.argmax())} do not sum to one.")
        if self.weights.min() < -_WEIGHTS_OFF:
            raise FlameError(f"model '{self.name}' has a negative skinning weight.")

    def _check_parents(self) -> None:
        hangs = [-1 <= parent < joint and (parent < 0) == (joint == 0) for joint, parent in enumerate(self.parents)]
        if len(self.parents) != len(self.joint_names) or not all(hangs):
            raise FlameError(f"model '{self.name}' has joints that hang from no root: parents {list(self.parents)}.")
