"""What a user hands over is read as numbers, never run; nothing is fetched that nobody asked for."""

import json
import pickle
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from backend import encoders
from backend.errors import InputError
from tests.encoders.tiny import data2vec_weights


class Bomb:
    """Makes a file where it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return (Path.touch, (self.trace,))


def arm(folder: Path, weights: str, trace: Path) -> None:
    for safe in folder.glob("*.safetensors"):
        safe.unlink()
    torch.save({"model": {"weight": torch.zeros(2)}, "extra": Bomb(trace)}, folder / weights)


@pytest.mark.parametrize(
    ("name", "model", "settings", "weights"),
    [
        ("wav2vec2", "sound", {}, "pytorch_model.bin"),
        ("wav2vec2-phones", "phones", {}, "pytorch_model.bin"),
        ("wav2vec2-dimensional", "dimensional", {}, "pytorch_model.bin"),
        ("roberta", "roberta", {}, "pytorch_model.bin"),
        ("whisper-tiny", "whisper", {}, "pytorch_model.bin"),
        ("clip-text", "clip", {}, "open_clip_pytorch_model.bin"),
        ("clip-image", "clip", {}, "open_clip_pytorch_model.bin"),
        ("emotion2vec", None, {}, "model.pt"),
    ],
)
def test_a_malicious_pickle(made, tmp_path, name, model, settings, weights):
    folder, trace = tmp_path / "model", tmp_path / "it ran"
    if model:
        shutil.copytree(made(model, **settings), folder)
    else:
        folder.mkdir()
    arm(folder, weights, trace)
    with pytest.raises(InputError, match="hold more than numbers") as refusal:
        encoders.load(name, folder)
    assert not trace.exists()
    assert "\n" not in str(refusal.value)


def test_the_bomb_works(tmp_path):
    """The test above would see it go off."""
    pickle.loads(pickle.dumps(Bomb(tmp_path / "trace")))
    assert (tmp_path / "trace").exists()


def test_a_bin_of_tensors_is_read(made, tmp_path, noise):
    """As many of these models are published."""
    from safetensors.torch import load_file

    folder = tmp_path / "copy"
    shutil.copytree(made("sound", norm="layer"), folder)
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    heard = encoders.load("wav2vec2-xlsr", folder).encode(noise).values
    assert (heard == encoders.load("wav2vec2-xlsr", made("sound", norm="layer")).encode(noise).values).all()


def test_code_that_comes_with_a_model_is_not_run(made, tmp_path, noise):
    folder, trace = tmp_path / "copy", tmp_path / "it ran"
    shutil.copytree(made("sound"), folder)
    settings = json.loads((folder / "config.json").read_text())
    settings["auto_map"] = {"AutoModel": "evil.Model", "AutoConfig": "evil.Config"}
    (folder / "config.json").write_text(json.dumps(settings))
    (folder / "evil.py").write_text(f"open({str(trace)!r}, 'w')\n")
    encoders.load("wav2vec2", folder).encode(noise)
    assert not trace.exists()


@pytest.mark.parametrize("damage", ["cut", "empty", "text"])
@pytest.mark.parametrize(("name", "model"), [("hubert", "sound"), ("clip-text", "clip"), ("emotion2vec", None)])
def test_damaged_weights(made, tmp_path, name, model, damage):
    from safetensors.torch import save_file

    folder = tmp_path / "copy"
    if model:
        shutil.copytree(made(model, **({"kind": "hubert"} if model == "sound" else {})), folder)
    else:
        folder.mkdir()
        save_file(data2vec_weights(), folder / "model.safetensors")
    path = next(folder.glob("*.safetensors"))
    whole = path.read_bytes()
    path.write_bytes({"cut": whole[: len(whole) // 2], "empty": b"", "text": b"<html>not found</html>"}[damage])
    with pytest.raises(InputError) as refusal:
        encoders.load(name, folder)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"model_type": "hubert"}', '{"model_type": "wav2vec2", "conv_dim": "many"}'])
def test_damaged_settings(made, tmp_path, content):
    shutil.copytree(made("sound"), tmp_path / "copy")
    (tmp_path / "copy" / "config.json").write_text(content)
    with pytest.raises(InputError):
        encoders.load("wav2vec2", tmp_path / "copy")


def test_weights_that_are_missing(made, tmp_path):
    """Layers are never made up."""
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "copy"
    shutil.copytree(made("sound"), folder)
    weights = load_file(folder / "model.safetensors")
    save_file(
        {name: value for name, value in weights.items() if "layers.1.attention" not in name}, folder / "model.safetensors", {"format": "pt"}
    )
    with pytest.raises(InputError, match="lacks weights"):
        encoders.load("wav2vec2", folder)


def test_the_guard_guards(offline):
    with pytest.raises(AssertionError, match="network"):
        socket.create_connection(("127.0.0.1", 9))
    assert offline.pop()


def test_torchvision_is_mended():
    """In a process of its own, since it can be imported once: with and without the mend, before and after."""
    script = (
        "from backend.encoders.device import mend_torchvision as mend\n"
        "mend(); mend()\n"
        "import torchvision, torch, transformers\n"
        "from torchvision.transforms import functional\n"
        "assert functional.resize(torch.zeros(3, 8, 8), [4, 4]).shape == (3, 4, 4)\n"
        "mend()\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
