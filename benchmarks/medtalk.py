"""``python -m benchmarks.medtalk [WEIGHTS] [--cuda]``: MEDTalk's frames per second, beside the architecture that its paper names.

Both are timed in this run on the same ten seconds of speech, on as many threads of the processor as ``OMP_NUM_THREADS`` allows, or
on a GPU; the fastest of ``ROUNDS`` runs counts. The reference has the sizes of what the paper and its code name (wav2vec 2.0
base, emotion2vec base, Whisper base, a RoBERTa of BERT's base size, cross-attention with eight heads over 768 numbers) with
weights by chance: speed does not depend on what they have learnt. Whisper writes as many tokens as the line has.
"""

import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.__main__ import repeated

ROUNDS = 3
SECONDS, RATE = 10, 60
TOKENS = 40  # of the sample line, said twice
FRAMES = SECONDS * RATE


def fastest(run: Callable[[], object], device: str) -> float:
    import torch

    seconds = []
    for _ in range(ROUNDS + 1):  # the first one warms up
        begun = time.perf_counter()
        run()
        if device != "cpu":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - begun)
    return min(seconds[1:])


def reference(device: str) -> tuple[dict[str, Callable[[], object]], int]:
    """The parts of the paper's architecture, each ready to run on ten seconds; and how many numbers its networks have."""
    import torch
    from torch import nn

    from backend.encoders.device import mend_torchvision

    mend_torchvision()
    from transformers import BertConfig, BertModel, Wav2Vec2Config, Wav2Vec2Model, WhisperConfig, WhisperForConditionalGeneration

    def ready(network: Any) -> Any:
        return network.to(device).eval().requires_grad_(False)

    def perceptron(inputs: int, outputs: int) -> nn.Sequential:
        return nn.Sequential(nn.Linear(inputs, 256), nn.ReLU(), nn.Linear(256, outputs))

    torch.manual_seed(0)
    content = ready(Wav2Vec2Model(Wav2Vec2Config()))
    affect = ready(Wav2Vec2Model(Wav2Vec2Config(num_hidden_layers=8)))  # emotion2vec base: the same front, eight blocks of 768
    text = ready(BertModel(BertConfig()))
    whisper = ready(WhisperForConditionalGeneration(_whisper_base(WhisperConfig)))
    small = {
        "map": perceptron(768, 256),
        "attend": nn.MultiheadAttention(768, 8, batch_first=True),
        "mix": nn.Sequential(nn.Linear(768, 768), nn.Linear(768, 1)),
        "fuse": perceptron(256, 256),
        "decode": perceptron(512, 174),
    }
    small = {name: ready(part) for name, part in small.items()}
    samples = torch.randn(1, SECONDS * 16000, device=device)
    tokens, mels = torch.randint(0, 20000, (1, TOKENS), device=device), torch.randn(1, 80, 3000, device=device)
    frames, said = torch.randn(1, FRAMES, 768, device=device), torch.randn(1, TOKENS, 768, device=device)
    label = torch.randn(1, 1, 256, device=device)

    def own() -> object:
        mapped = small["map"](frames)
        attended, _ = small["attend"](frames, said, said)
        strength = small["mix"](frames + attended)
        felt = small["fuse"](label * strength / label.norm())
        return small["decode"](torch.cat([felt, mapped], -1))

    def write() -> object:
        state = whisper.model.encoder(mels).last_hidden_state
        known = None
        for place in range(TOKENS):
            told = whisper.model.decoder(tokens[:, place : place + 1], encoder_hidden_states=state, past_key_values=known, use_cache=True)
            known = told.past_key_values
        return known

    parts = {
        "content, wav2vec 2.0 base": lambda: content(samples),
        "affect, emotion2vec base": lambda: affect(samples),
        "transcript, Whisper base": write,
        "words, RoBERTa base": lambda: text(tokens),
        "MEDTalk's own networks": own,
    }
    networks = [content, affect, text, whisper, *small.values()]
    return parts, sum(p.numel() for network in networks for p in network.parameters())


def ours(weights: Path, device: str, folder: Path) -> tuple[dict[str, Callable[[], object]], int]:
    """The parts of Mien's way with the shipped sources, on the sample line said twice."""
    from backend.emotion.direction import Direction, Guide
    from backend.emotion.feel import feel
    from backend.generators.medtalk.features import hear, word_encoder
    from backend.generators.medtalk.generator import MedTalk
    from backend.generators.medtalk.stored import load
    from backend.speech.listen import listen

    audio, script = repeated(2, folder)
    trained = load(weights, device)
    words = word_encoder(trained.sources.text, device)
    performer = MedTalk(given=trained, words=words)
    direction = Direction(guides=(Guide("happy", 0.7),), generator="medtalk", rig="metahuman", rate=Fraction(RATE))
    speech = listen(audio, script, cache=folder / "kept")
    track, times = feel(speech, direction), np.arange(FRAMES) / RATE

    def fresh() -> object:
        with TemporaryDirectory(dir=folder) as cache:
            return listen(audio, script, cache=Path(cache))

    def told() -> object:
        found = hear(speech, trained.sources, words, device)
        return found.content(times), found.affect(times)

    def anew() -> object:
        performer.forget()
        return performer.perform(speech, track, direction)

    parts = {
        "listen, along the script": fresh,
        "features": told,
        "features, networks, blinks and gaze": anew,
        "another emotion for the same line": lambda: performer.perform(speech, track, direction),
        "networks alone": network_alone(trained.network, device),
    }
    return parts, sum(p.numel() for p in trained.network.parameters())


def network_alone(network: Any, device: str) -> Callable[[], object]:
    """Content map, intensity, E_fuse and decoder on ten seconds of features by chance."""
    import torch

    shape = network.shape
    content = torch.randn(1, FRAMES, shape.content, device=device)
    affect = torch.randn(1, FRAMES, shape.affect, device=device)
    words, starts = torch.randn(1, TOKENS, shape.text, device=device), torch.linspace(0, SECONDS - 1, TOKENS, device=device)
    spans, times = torch.stack([starts, starts + 0.2], -1)[None], torch.arange(FRAMES, device=device) / RATE

    def run() -> object:
        with torch.inference_mode():
            norm = network.intensity(affect, words, times, spans)
            code = network.label_codes()[-1].expand(1, FRAMES, -1)
            return network.decode(network.feel(code, norm), network.content_map(content))

    return run


def _whisper_base(config: Any) -> Any:
    sizes = {
        f"{part}_{name}": value
        for part in ("encoder", "decoder")
        for name, value in (("layers", 6), ("attention_heads", 8), ("ffn_dim", 2048))
    }
    return config(d_model=512, **sizes)


def main() -> None:
    import torch

    from backend.generators.medtalk.stored import WEIGHTS

    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    device = "cuda" if "--cuda" in sys.argv else "cpu"
    with TemporaryDirectory() as name, torch.inference_mode():
        print(f"{SECONDS} s of speech at {RATE} frames per second, {device}, {torch.get_num_threads()} threads\n")
        print(f"{'':40}{'seconds':>9}{'frames/s':>11}{'x real time':>13}")
        sides = {"Mien": ours(Path(words[0]) if words else WEIGHTS, device, Path(name)), "reference": reference(device)}
        whole = dict[str, float]()
        for side, (parts, numbers) in sides.items():
            found = {part: fastest(run, device) for part, run in parts.items()}
            counted = ("listen, along the script", "features, networks, blinks and gaze") if side == "Mien" else tuple(found)
            whole[side] = sum(found[part] for part in counted)
            for part, seconds in [*found.items(), (f"{side}, whole way", whole[side])]:
                print(f"{part:40}{seconds:9.4f}{FRAMES / seconds:11.0f}{SECONDS / seconds:13.1f}")
            print(f"{side}: {numbers / 1e6:.1f} million numbers\n")
        print(f"the whole way: Mien is {whole['reference'] / whole['Mien']:.1f} times as fast as the reference's architecture")


if __name__ == "__main__":
    main()
