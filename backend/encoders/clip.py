"""CLIP (Radford et al. 2021) as ``open_clip`` trained it on LAION: texts and images to vectors that can be compared."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.encoders.card import Card
from backend.encoders.device import mend_torchvision, torch_dtype
from backend.encoders.pretrained import config_of, quiet, refused
from backend.errors import InputError

CONFIG, WEIGHTS = "open_clip_config.json", ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
BATCH = 16
LARGEST = 64_000_000  # pixels of a picture; a larger one is refused before it is unpacked
Vectors = NDArray[np.float32]


def load_text(card: Card, folder: Path, device: str, dtype: str) -> "Texts":
    model, width = _model(card, folder, device, dtype)
    import open_clip

    with refused(card, folder), quiet():
        tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}")
    return Texts(replace(card, width=width), model, tokenizer, device)


def load_image(card: Card, folder: Path, device: str, dtype: str) -> "Images":
    model, width = _model(card, folder, device, dtype)
    import open_clip

    settings = config_of(card, folder, CONFIG)
    with refused(card, folder):
        levels = {key: tuple(value) for key, value in settings.get("preprocess_cfg", {}).items() if key in ("mean", "std")}
        prepare = open_clip.image_transform(settings["model_cfg"]["vision_cfg"]["image_size"], is_train=False, **levels)
    return Images(replace(card, width=width), model, prepare, device, torch_dtype(dtype))


def _model(card: Card, folder: Path, device: str, dtype: str) -> tuple[Any, int]:
    """The model of a folder as ``open_clip`` publishes it, and the width of its vectors.

    Raises:
        InputError: the folder is not one of ``open_clip``, is damaged, or holds more than weights.
    """
    mend_torchvision()
    import open_clip
    import torch
    from safetensors.torch import load_file

    settings = config_of(card, folder, CONFIG).get("model_cfg", {})
    if any(settings.get(tower, {}).get(key) for tower, key in (("text_cfg", "hf_model_name"), ("vision_cfg", "timm_model_name"))):
        raise InputError(f"{folder} builds on a model that lies elsewhere: give the folder of {card.source}, or of one like it.")
    path = next((folder / name for name in WEIGHTS if (folder / name).is_file()), None)
    if path is None:
        raise InputError(f"{folder} has no {WEIGHTS[0]}: give the folder of {card.source}.")
    with refused(card, folder), quiet():
        model = open_clip.CLIP(**settings)
        state = load_file(path) if path.suffix == ".safetensors" else torch.load(path, map_location="cpu", weights_only=True)
        model.load_state_dict(state.get("state_dict", state), strict=True)
    return model.eval().requires_grad_(False).to(device, torch_dtype(dtype)), int(settings["embed_dim"])


class Texts:
    """``[texts, width]`` unit vectors. CLIP reads 77 tokens, some fifty words; what comes after them is not read."""

    def __init__(self, card: Card, model: Any, tokenizer: Any, device: str) -> None:
        self.card, self._model, self._tokenizer, self._device = card, model, tokenizer, device

    def encode(self, texts: list[str]) -> Vectors:
        import torch

        rows = [np.zeros((0, self.card.width), np.float32)]
        for start in range(0, len(texts), BATCH):
            with torch.inference_mode():
                tokens = self._tokenizer(texts[start : start + BATCH]).to(self._device)
                rows.append(self._model.encode_text(tokens, normalize=True).float().cpu().numpy())
        return np.concatenate(rows)


class Images:
    """``[images, width]`` unit vectors of pictures of any size and mode: scaled so that the short side fits, the middle cut out."""

    def __init__(self, card: Card, model: Any, prepare: Any, device: str, dtype: Any) -> None:
        self.card, self._model, self._prepare, self._device, self._dtype = card, model, prepare, device, dtype

    def encode(self, images: list[Path | NDArray[np.uint8]]) -> Vectors:
        import torch

        rows = [np.zeros((0, self.card.width), np.float32)]
        for start in range(0, len(images), BATCH):
            batch = torch.stack([self._prepare(_picture(image)) for image in images[start : start + BATCH]])
            with torch.inference_mode():
                rows.append(self._model.encode_image(batch.to(self._device, self._dtype), normalize=True).float().cpu().numpy())
        return np.concatenate(rows)


def _picture(image: Path | NDArray[np.uint8]) -> Any:
    """The picture in RGB, upright.

    Raises:
        InputError: it cannot be read, or is larger than :data:`LARGEST`.
    """
    from PIL import Image, ImageOps

    if isinstance(image, np.ndarray):
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
            raise InputError(f"a picture is uint8 [height, width, 3], not {image.dtype} {image.shape}. Convert it to RGB.")
        return Image.fromarray(image)
    try:
        with Image.open(image) as opened:
            if opened.width * opened.height > LARGEST:
                raise InputError(
                    f"{image} has {opened.width} x {opened.height} pixels: scale it to {LARGEST // 1_000_000} million at most."
                )
            return ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"cannot read a picture from {image}. Give a png, jpeg or webp file.") from error
