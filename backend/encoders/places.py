"""Where an encoder's files lie on this machine. Nothing here reaches for the network but :func:`fetch`."""

import os
import re
from importlib.util import find_spec
from pathlib import Path

from platformdirs import user_data_path

from backend.encoders.card import Card
from backend.errors import InputError, MissingError

WEIGHTS = ("*.safetensors", "*.bin", "*.pt")
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


def models_folder() -> Path:
    """``$MIEN_MODELS``, or the user's data folder of this system; an encoder lies in the folder of its name in it."""
    chosen = os.environ.get("MIEN_MODELS")
    return Path(chosen) if chosen else user_data_path("mien", appauthor=False) / "models"


def hub_folder(source: str) -> Path | None:
    """The folder that the hub's cache holds of ``source``, by the cache's own rules; None where it holds no weights of it.

    The layout is documented (``models--org--name/refs/main`` names the folder in ``snapshots``), so that looking needs
    neither the hub's library nor the network.
    """
    home = Path(os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "huggingface")
    hub = Path(os.environ.get("HF_HUB_CACHE") or home.expanduser() / "hub").expanduser() / f"models--{source.replace('/', '--')}"
    try:
        folder = hub / "snapshots" / (hub / "refs" / "main").read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return folder if _has_weights(folder) else None


def find(card: Card, source: str | Path | None = None) -> Path | None:
    """The folder of an encoder: the one given, or Mien's own, or a package's, or the hub cache's; None where there is none."""
    if source is not None:
        return Path(source) if Path(source).is_dir() else hub_folder(str(source)) if HUB_ID.fullmatch(str(source)) else None
    own = models_folder() / card.home
    return own if _has_weights(own) else _packaged(card) or hub_folder(card.source)


def locate(card: Card, source: str | Path | None, download: bool) -> Path:
    """The folder of an encoder.

    Raises:
        MissingError: it is not on this machine, or a library that loads it is not.
        InputError: the folder holds no weights.
    """
    for library in card.needs:
        if find_spec(library) is None:
            package = {"open_clip": "open_clip_torch"}.get(library, library)
            raise MissingError(f"the encoder '{card.name}' needs the library {library}: pip install {package}")
    folder = find(card, source)
    if folder is None and download:
        folder = fetch(card, str(source or card.source))
    if folder is None:
        raise MissingError(_absent(card, source))
    if not _has_weights(folder):
        raise InputError(f"{folder} holds no weights of '{card.name}': give the folder with its config and its .safetensors or .bin file.")
    return folder


def fetch(card: Card, source: str) -> Path:
    """Download an encoder from the hub into the hub's cache. Called only where the user asked for it.

    Raises:
        MissingError: it is not on the hub, or the hub cannot be reached.
    """
    from huggingface_hub import list_repo_files, snapshot_download

    try:
        files = list_repo_files(source)
        safe = [name for name in files if name.endswith(".safetensors")]
        weights = safe or [name for name in files if name.endswith((".bin", ".pt"))]
        plain = [name for name in files if name.endswith((".json", ".txt", ".yaml", ".model"))]
        return Path(snapshot_download(source, allow_patterns=[*plain, *weights]))
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__
        raise MissingError(f"cannot download '{card.name}' from {source}: {reason}. Look at the connection, or give a folder.") from error


def _absent(card: Card, source: str | Path | None) -> str:
    wanted = str(source or card.source)
    about = f"{card.download_mb} MB, {card.licence}"
    if source is not None and not HUB_ID.fullmatch(wanted):
        return f"there is no folder {wanted} for the encoder '{card.name}': give the folder that holds {card.source} ({about})."
    if card.package and source is None:
        return f"the encoder '{card.name}' is not installed: pip install {card.package.replace('_', '-')}"
    return (
        f"the encoder '{card.name}' is not on this machine: run `hf download {wanted} --local-dir {models_folder() / card.home}` "
        f"({about}), or give the folder that holds it."
    )


def _packaged(card: Card) -> Path | None:
    spec = find_spec(card.package) if card.package else None
    folder = Path(spec.origin).parent / "model" if spec and spec.origin else None
    return folder if folder and _has_weights(folder) else None


def _has_weights(folder: Path) -> bool:
    return folder.is_dir() and any(next(folder.glob(pattern), None) for pattern in WEIGHTS)
