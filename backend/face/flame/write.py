"""Saving a FLAME-layout model without pickles."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.errors import FlameError
from backend.face.flame.model import FlameModel
from backend.files import write_atomically

FORMAT = "mien-flame 1"


def write_flame(model: FlameModel, path: Path) -> None:
    """Save as compressed ``.npz`` or as ``.safetensors``, by the path's ending. The same model gives the same bytes.

    The keys and shapes are those of FLAME's own files (``v_template``, ``f``, ``shapedirs`` with identity before expression,
    ``posedirs``, ``J_regressor``, ``kintree_table``, ``weights``), so that code written for FLAME finds its way; what those
    cannot say (how many components are identity, names) is added under ``mien``.

    Raises:
        FlameError: the ending is neither.
        OutputError: the file cannot be written.
    """
    arrays = _arrays(model)
    facts = {"format": FORMAT, "name": model.name, "identity": model.identity.shape[2], "joints": model.joint_names}
    # One entry only: safetensors keeps several in no fixed order.
    about = {"mien": json.dumps(facts, ensure_ascii=False)}
    if path.suffix.lower() == ".safetensors":
        from safetensors.numpy import save

        write_atomically(path, save(arrays, about))
    elif path.suffix.lower() == ".npz":
        content = io.BytesIO()
        np.savez_compressed(content, **arrays, **{key: np.array(text) for key, text in about.items()})
        write_atomically(path, content.getvalue())
    else:
        raise FlameError(f"cannot tell how to write {path}: end its name in .npz or .safetensors.")


def _arrays(model: FlameModel) -> dict[str, NDArray[Any]]:
    parents = np.array(model.parents, np.int64)
    return {
        "v_template": model.template,
        "f": model.triangles,
        "shapedirs": np.concatenate([model.identity, model.expression], axis=2),
        "posedirs": model.pose_correctives,
        "J_regressor": model.joint_regressor,
        "kintree_table": np.stack([parents, np.arange(len(parents))]),
        "weights": model.weights,
    }
