"""Loading a ``transformers`` model from a folder: quietly, offline, whole, and never more than weights."""

import json
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from backend.encoders.card import Card
from backend.encoders.device import mend_torchvision, torch_dtype
from backend.errors import InputError, MienError

UNUSED = ("masked_spec_embed", "pooler.dense")  # trained or not, they play no part in what is asked of these models


def config_of(card: Card, folder: Path, name: str = "config.json") -> dict[str, Any]:
    """A settings file of the folder, as plain values.

    Raises:
        InputError: it is missing, or no JSON object.
    """
    try:
        plain = json.loads((folder / name).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{folder} is no folder of '{card.name}': its {name} cannot be read. Download it again.") from error
    if not isinstance(plain, dict):
        raise InputError(f"{folder} is no folder of '{card.name}': its {name} holds no settings. Download it again.")
    return plain


def from_folder(model_class: Any, card: Card, folder: Path, device: str, dtype: str, **options: Any) -> Any:
    """The model of a folder, evaluating, on its device.

    ``transformers`` reads safetensors first, and a ``.bin`` only with ``torch.load(weights_only=True)``, which builds
    tensors and runs nothing; a file that asks for anything else is refused.

    Raises:
        InputError: the folder holds another kind of model, lacks weights, is damaged, or holds more than weights.
    """
    kind = str(config_of(card, folder).get("model_type"))
    wanted = model_class.config_class.model_type
    if kind != wanted:
        raise InputError(f"{folder} holds a model of kind '{kind}', and '{card.name}' is of kind '{wanted}': give its own folder.")
    with refused(card, folder), quiet():
        model, report = model_class.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, dtype=torch_dtype(dtype), output_loading_info=True, **options
        )
    missing = sorted(key for key in report["missing_keys"] if not any(part in key for part in UNUSED))
    if missing or report["mismatched_keys"]:
        raise InputError(f"{folder} lacks weights of '{card.name}' ({missing[0] if missing else 'sizes differ'}): give its own folder.")
    return model.eval().requires_grad_(False).to(device)


@contextmanager
def refused(card: Card, folder: Path) -> Iterator[None]:
    """Word what the libraries say of a bad folder as one sentence."""
    try:
        yield
    except MienError:
        raise
    except pickle.UnpicklingError as error:
        raise InputError(
            f"the weights in {folder} hold more than numbers, and were not opened: get '{card.name}' as .safetensors."
        ) from error
    except Exception as error:  # five libraries read these files, and each fails in its own words
        if "weights_only" in str(error) or "Weights only" in str(error):
            raise InputError(f"the weights in {folder} hold more than numbers, and were not opened. Get '{card.name}' anew.") from error
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".:")[:160]
        raise InputError(f"cannot load '{card.name}' from {folder}: {reason}. Download it again, or give its own folder.") from error


@contextmanager
def quiet() -> Iterator[None]:
    """Keep ``transformers`` from drawing bars and reports on the user's terminal."""
    import warnings

    mend_torchvision()
    from transformers.utils import logging as own

    logging: Any = own

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
