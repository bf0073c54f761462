"""FLAME's equations (Li et al. 2017, equations 1 to 3) in torch: differentiable, in batches, on any device.

    T_P = T + B_S(identity) + B_P(pose) + B_E(expression)      blend shapes, linear in their coefficients
    J   = regressor (T + B_S(identity))                        joints follow identity
    M   = W(T_P, J, pose, weights)                             linear blend skinning along the tree of joints

B_P is linear in the entries of R - I of every joint but the root. Rotations are axis-angle vectors
(Rodrigues' formula).

The code that MPI released for FLAME regresses the joints from T + B_S + B_E, so that expression moves
them a little; ``expression_moves_joints`` does the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backend.errors import FlameError, InputError
from backend.face.flame.model import JOINTS, FlameModel
from backend.motion.flame import EXPRESSION, FLAME, TURNS
from backend.motion.motion import Motion

if TYPE_CHECKING:
    import torch
    from torch import Tensor

# Frames at once: enough that threads seldom wait for each other, few enough for some 30 MB whatever the length.
_CHUNK = 64
# Below this squared angle the series of sin(t)/t and (1 - cos(t))/t^2 to three terms is exact to double precision.
_SMALL = 1e-4


@dataclass(frozen=True, eq=False)
class Bones:
    """A model as tensors on one device: ``shapes [S + E, 3 V]``, ``correctives [9 (J - 1), 3 V]``, else as in the model."""

    template: "Tensor"
    shapes: "Tensor"
    correctives: "Tensor"
    regressor: "Tensor"
    weights: "Tensor"
    parents: tuple[int, ...]
    identities: int


def bones(model: FlameModel, device: str = "cpu", dtype: "torch.dtype | None" = None) -> Bones:
    """Put a model on a device, float32 unless told otherwise.

    Raises:
        InputError: torch does not know the device, or it is not here.
    """
    import torch

    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise InputError(f"this machine has no device '{device}' for torch: choose cpu.") from error

    def put(array: NDArray[np.float32]) -> "Tensor":
        return torch.tensor(array, device=device, dtype=dtype or torch.float32)

    flat = np.concatenate([model.identity, model.expression], axis=2).reshape(3 * len(model.template), -1)
    return Bones(
        template=put(model.template),
        shapes=put(np.ascontiguousarray(flat.T)),
        correctives=put(np.ascontiguousarray(model.pose_correctives.reshape(len(flat), -1).T)),
        regressor=put(model.joint_regressor),
        weights=put(model.weights),
        parents=model.parents,
        identities=model.identity.shape[2],
    )


def rotations(turns: "Tensor") -> "Tensor":
    """Matrices ``[..., 3, 3]`` of axis-angle vectors ``[..., 3]`` in radians; smooth with finite gradients at zero."""
    import torch

    square = (turns * turns).sum(-1)[..., None, None]
    near = square < _SMALL
    # The branch not taken must be finite as well, or its gradient poisons the one taken.
    safe = torch.where(near, torch.ones_like(square), square)
    angle = safe.sqrt()
    half = torch.sin(angle / 2)
    first = torch.where(near, 1 - square / 6 + square**2 / 120, torch.sin(angle) / angle)
    second = torch.where(near, 0.5 - square / 24 + square**2 / 720, 2 * half * half / safe)
    x, y, z = turns.unbind(-1)
    none = torch.zeros_like(x)
    cross = torch.stack([none, -z, y, z, none, -x, -y, x, none], -1).reshape(*turns.shape, 3)
    return torch.eye(3, dtype=turns.dtype, device=turns.device) + first * cross + second * (cross @ cross)


def shaped(model: Bones, identity: "Tensor | None", expression: "Tensor | None") -> "Tensor":
    """Template and blend shapes ``[B, V, 3]``, or ``[1, V, 3]`` where neither is given.

    ``identity [B, <=S]`` and ``expression [B, <=E]``: the components left out are zero.

    Raises:
        FlameError: there are more coefficients than the model has components.
    """
    moved = model.template.reshape(1, -1)
    for kind, coefficients, start, end in (
        ("identity", identity, 0, model.identities),
        ("expression", expression, model.identities, len(model.shapes)),
    ):
        if coefficients is not None:
            count = coefficients.shape[-1]
            if count > end - start:
                raise FlameError(f"{count} {kind} coefficients are more than the {end - start} that the model has.")
            moved = moved + coefficients @ model.shapes[start : start + count]
    return moved.reshape(len(moved), -1, 3)


def skin(
    model: Bones,
    turns: "Tensor",
    identity: "Tensor | None" = None,
    expression: "Tensor | None" = None,
    expression_moves_joints: bool = False,
) -> tuple["Tensor", "Tensor"]:
    """Vertices ``[B, V, 3]`` and joints ``[B, J, 3]`` of a batch, in metres.

    ``turns [B, J, 3]`` are axis-angle vectors in radians, the root's first, each in its parent's frame;
    ``identity [B or 1, <=S]`` and ``expression [B or 1, <=E]`` are coefficients.

    Raises:
        FlameError: turns are not by joint, or there are more coefficients than components.
    """
    if turns.ndim != 3 or turns.shape[1:] != (len(model.parents), 3):
        raise FlameError(
            f"the model has {len(model.parents)} joints: give turns [frames, {len(model.parents)}, 3], not {list(turns.shape)}."
        )
    rest = shaped(model, identity, expression)
    centres = model.regressor @ (rest if expression_moves_joints else shaped(model, identity, None))
    matrices = rotations(turns)
    turned, places = _chain(model, centres, matrices)
    shift = places - (turned @ centres[..., None])[..., 0]
    return _blended(model, _corrected(model, rest, matrices), turned, shift), places


def _corrected(model: Bones, rest: "Tensor", matrices: "Tensor") -> "Tensor":
    """Add what the pose corrects, ``[B, V, 3]``."""
    import torch

    bent = (matrices[:, 1:] - torch.eye(3, dtype=matrices.dtype, device=matrices.device)).flatten(1)
    return rest + (bent @ model.correctives).reshape(len(bent), -1, 3)


def _blended(model: Bones, posed: "Tensor", turned: "Tensor", shift: "Tensor") -> "Tensor":
    """Move every vertex by the weighted mean of its joints' motions, ``[B, V, 3]``."""
    import torch

    motions = torch.cat([turned, shift[..., None]], -1).flatten(2)
    # By entry and then by vertex, so that each of the twelve products runs over memory in order.
    moves = (motions.transpose(1, 2) @ model.weights.T).reshape(len(motions), 3, 4, -1)
    x, y, z = (posed[..., axis][:, None] for axis in range(3))
    return (moves[:, :, 0] * x + moves[:, :, 1] * y + moves[:, :, 2] * z + moves[:, :, 3]).transpose(1, 2)


def _chain(model: Bones, centres: "Tensor", matrices: "Tensor") -> tuple["Tensor", "Tensor"]:
    """Turns ``[B, J, 3, 3]`` and places ``[B, J, 3]`` of the joints in the world."""
    import torch

    centres = centres.expand(len(matrices), -1, -1)
    turned, places = [matrices[:, 0]], [centres[:, 0]]
    for joint, parent in enumerate(model.parents[1:], 1):
        arm = (centres[:, joint] - centres[:, parent])[..., None]
        places.append(places[parent] + (turned[parent] @ arm)[..., 0])
        turned.append(turned[parent] @ matrices[:, joint])
    return torch.stack(turned, 1), torch.stack(places, 1)


def pose(
    model: FlameModel,
    motion: Motion,
    identity: ArrayLike | None = None,
    device: str = "cpu",
    expression_moves_joints: bool = False,
) -> Iterator[NDArray[np.float32]]:
    """Vertices ``[V, 3]`` of every frame of a ``flame`` motion, in metres; memory does not grow with its length.

    ``identity [<=S]`` are the coefficients of the face. Coefficients beyond the model's last component have to be zero.

    Raises:
        FlameError: the motion has another rig, the model other joints, or a coefficient has no component.
        InputError: torch does not know the device, or it is not here.
    """
    if motion.rig != FLAME or model.joint_names != JOINTS:
        raise FlameError(
            f"model '{model.name}' is posed by a motion of the rig 'flame', through five joints: convert the '{motion.rig.name}' motion."
        )
    coefficients, turns = motion.pick(EXPRESSION), motion.pick(TURNS).reshape(motion.frames, -1, 3)
    spare = model.expression.shape[2]
    if np.any(coefficients[:, spare:]):
        raise FlameError(
            f"the motion uses more than the {spare} expression components of model '{model.name}': convert it to that model's space."
        )
    return _frames(bones(model, device), coefficients[:, :spare], turns, identity, expression_moves_joints)


def _frames(
    model: Bones, coefficients: NDArray[np.float32], turns: NDArray[np.float32], identity: ArrayLike | None, moves: bool
) -> Iterator[NDArray[np.float32]]:
    import torch

    def put(array: ArrayLike) -> "Tensor":
        return torch.tensor(np.asarray(array, np.float32), device=model.template.device)

    with torch.inference_mode():
        face = None if identity is None else put(identity)[None]
        own = shaped(model, face, None)
        model = Bones(own[0], model.shapes, model.correctives, model.regressor, model.weights, model.parents, model.identities)
    still = np.zeros((len(turns), 1, 3), np.float32)
    whole = np.concatenate([still, turns], axis=1)
    for start in range(0, len(turns), _CHUNK):
        part = slice(start, start + _CHUNK)
        with torch.inference_mode():
            vertices, _ = skin(model, put(whole[part]), None, put(coefficients[part]), moves)
        yield from vertices.cpu().numpy()
