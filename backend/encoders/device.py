"""Where and how exactly a network runs, and one mend that torch's own family needs."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.errors import DirectionError

if TYPE_CHECKING:
    import torch

_schemas: list["torch.library.Library"] = []  # a Library takes its schemas with it when it goes


def chosen(device: str | None = None) -> str:
    """The device asked for, else ``cuda`` where there is one, else ``cpu``.

    Raises:
        DirectionError: torch does not know the device, or it is not here.
    """
    import torch

    name = device or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        torch.empty(1, device=name)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise DirectionError(f"this machine has no device '{name}' for torch: choose cpu, or leave it out.") from error
    return name


def torch_dtype(dtype: str) -> "torch.dtype":
    """The dtype of ``fp32`` or ``bf16``."""
    import torch

    return {"fp32": torch.float32, "bf16": torch.bfloat16}[dtype]


def mend_torchvision() -> None:
    """Let torchvision be imported beside a torch that its compiled operators do not fit. Call it before importing its users.

    ``open_clip`` needs torchvision, and ``transformers`` imports it where it finds it. PyPI's torchvision is compiled
    against torch with CUDA; beside torch for the CPU its operators cannot be loaded, and it then fails on import, because
    it describes ``torchvision::nms`` and ``qnms``, which nobody has declared. Declared without being defined, they let the
    import pass; Mien's encoders use only its image transforms, which need no compiled operator. Where the operators
    load, this does nothing.
    """
    import torch

    operators: Any = torch.ops
    new_library: Any = torch.library.Library
    spec = find_spec("torchvision")
    if _schemas or spec is None or not spec.submodule_search_locations:
        return
    if hasattr(operators.torchvision, "nms"):
        return
    for library in Path(spec.submodule_search_locations[0]).glob("_C.*"):
        try:
            operators.load_library(str(library))
        except (OSError, RuntimeError):
            continue
        return
    declared = new_library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        declared.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _schemas.append(declared)
