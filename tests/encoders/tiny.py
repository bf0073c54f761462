"""Tiny models with random weights, saved as each family's own ``save_pretrained`` writes them."""

import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch

from backend.encoders.device import mend_torchvision

STEM = {
    "conv_dim": (8,) * 7,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
}
SYMBOLS = ("<pad>", "<s>", "</s>", "<unk>", "p", "ɑː", "ɑːɹ", "ʔ", "s", "tʃ")


def seeded(build: Any, config: Any) -> Any:
    mend_torchvision()
    torch.manual_seed(7)
    return build(config).eval()


def save_sound(folder: Path, kind: str = "wav2vec2", norm: str = "group", levels: bool = True, task: str = "Model", **extra: Any) -> Any:
    """A wav2vec 2.0, HuBERT or WavLM and its front end; gives the model back, to compare with."""
    mend_torchvision()
    import transformers

    name = {"wav2vec2": "Wav2Vec2", "hubert": "Hubert", "wavlm": "WavLM"}[kind]
    config = getattr(transformers, f"{name}Config")(**STEM, feat_extract_norm=norm, do_stable_layer_norm=norm == "layer", **extra)
    model = seeded(getattr(transformers, f"{name}{task}"), config)
    model.save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor(do_normalize=levels).save_pretrained(folder)
    return model


def save_phones(folder: Path) -> Any:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({symbol: i for i, symbol in enumerate(SYMBOLS)}, ensure_ascii=False), "utf-8")
    return save_sound(folder, norm="layer", task="ForCTC", vocab_size=len(SYMBOLS), pad_token_id=0)


def save_dimensional(folder: Path) -> None:
    """The names of audEERING's weights, written out without Mien's class for them."""
    from safetensors.torch import load_file, save_file

    save_sound(folder, norm="layer", num_labels=3, id2label={0: "arousal", 1: "dominance", 2: "valence"})
    path = folder / "model.safetensors"
    torch.manual_seed(3)
    head = {"dense.weight": (16, 16), "dense.bias": (16,), "out_proj.weight": (3, 16), "out_proj.bias": (3,)}
    weights = {f"wav2vec2.{name}": value for name, value in load_file(path).items()}
    save_file(weights | {f"classifier.{name}": torch.randn(size) for name, size in head.items()}, path, {"format": "pt"})


def data2vec_weights(width: int = 24, heads: int = 3, prenet: int = 2, shared: int = 3) -> dict[str, torch.Tensor]:
    """emotion2vec's weights by the names and shapes of its checkpoints, their values drawn from each name alone."""
    a = "modality_encoders.AUDIO."
    shapes: dict[str, tuple[int, ...]] = {f"{a}extra_tokens": (1, 10, width), f"{a}alibi_scale": (1, 1, heads, 1, 1)}
    for i, kernel in enumerate((10, 3, 3, 3, 3, 2, 2)):
        conv = f"{a}local_encoder.conv_layers.{i}"
        shapes |= {f"{conv}.0.weight": (16, 1 if i == 0 else 16, kernel), f"{conv}.2.1.weight": (16,), f"{conv}.2.1.bias": (16,)}
    shapes |= {f"{a}project_features.1.weight": (16,), f"{a}project_features.1.bias": (16,)}
    shapes |= {f"{a}project_features.2.weight": (width, 16), f"{a}project_features.2.bias": (width,)}
    for i in range(1, 6):
        near = f"{a}relative_positional_encoder.{i}.0"
        shapes |= {f"{near}.weight": (width, width // 4, 19), f"{near}.bias": (width,)}
    shapes |= {f"{a}context_encoder.norm.weight": (width,), f"{a}context_encoder.norm.bias": (width,)}
    blocks = [f"{a}context_encoder.blocks.{i}" for i in range(prenet)] + [f"blocks.{i}" for i in range(shared)]
    for block in blocks:
        for part, size in (("attn.qkv", (3 * width, width)), ("attn.proj", (width, width)), ("mlp.fc1", (4 * width, width))):
            shapes |= {f"{block}.{part}.weight": size, f"{block}.{part}.bias": size[:1]}
        shapes |= {f"{block}.mlp.fc2.weight": (width, 4 * width), f"{block}.mlp.fc2.bias": (width,)}
        shapes |= {f"{block}.norm{i}.{part}": (width,) for i in (1, 2) for part in ("weight", "bias")}
    shapes |= {"proj.weight": (9, width), "proj.bias": (9,)}
    return {name: drawn(name, shape) for name, shape in shapes.items()}


def drawn(name: str, shape: tuple[int, ...]) -> torch.Tensor:
    values = np.random.RandomState(zlib.crc32(name.encode())).uniform(-0.5, 0.5, shape)
    if name.endswith("bias") or "extra_tokens" in name:
        values *= 0.1  # so that frames differ by what is heard in them
    return torch.from_numpy(
        values + (1.0 if ("norm" in name or ".1.weight" in name or "scale" in name) and values.ndim != 2 else 0.0)
    ).float()


def save_roberta(folder: Path) -> Any:
    mend_torchvision()
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast, RobertaConfig, RobertaModel

    bytes_ = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: i for i, token in enumerate(["<s>", "<pad>", "</s>", "<unk>", "<mask>", *bytes_, "he", "Ġhe"])}
    bpe = Tokenizer(models.BPE(vocabulary, [("h", "e"), ("Ġ", "he")]))
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    bpe.decoder = decoders.ByteLevel()
    bpe.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=True)
    special = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "unk_token": "<unk>"}
    PreTrainedTokenizerFast(tokenizer_object=bpe, pad_token="<pad>", mask_token="<mask>", **special).save_pretrained(folder)
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps(settings | {"tokenizer_class": "RobertaTokenizer", "add_prefix_space": False}))
    size = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    config = RobertaConfig(vocab_size=len(vocabulary), max_position_embeddings=66, type_vocab_size=1, pad_token_id=1, **size)
    model = seeded(RobertaModel, config)
    model.save_pretrained(folder)
    return model


def save_whisper(folder: Path, aligned: bool = True) -> Any:
    """A Whisper with the special tokens of the real one, over an alphabet of bytes."""
    mend_torchvision()
    from tokenizers import pre_tokenizers
    from transformers import GenerationConfig, WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration, WhisperTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    named = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|de|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>"]
    named += ["<|startofprev|>", "<|nospeech|>", "<|notimestamps|>", *(f"<|{i * 0.02:.2f}|>" for i in range(1501))]
    vocabulary = {token: i for i, token in enumerate([*alphabet, *named])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), "utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", "utf-8")
    tokenizer = WhisperTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), language="en", task="transcribe")
    from tokenizers import AddedToken

    tokenizer.add_tokens([AddedToken(token, special=not token[2].isdigit()) for token in named[1:]])
    tokenizer.save_pretrained(folder)
    WhisperFeatureExtractor(feature_size=80).save_pretrained(folder)
    ids = {token: tokenizer.convert_tokens_to_ids(token) for token in named}
    config = WhisperConfig(
        vocab_size=max(ids.values()) + 1, d_model=16, encoder_layers=1, decoder_layers=2, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, num_mel_bins=80, max_target_positions=64,
        decoder_start_token_id=ids[named[1]], eos_token_id=ids[named[0]], pad_token_id=ids[named[0]], bos_token_id=ids[named[0]],
    )  # fmt: skip
    model = seeded(WhisperForConditionalGeneration, config)
    settings = GenerationConfig(
        is_multilingual=True, lang_to_id={"<|en|>": ids["<|en|>"], "<|de|>": ids["<|de|>"]}, no_timestamps_token_id=ids["<|notimestamps|>"],
        task_to_id={"transcribe": ids["<|transcribe|>"], "translate": ids["<|translate|>"]}, max_length=48,
        decoder_start_token_id=ids[named[1]], prev_sot_token_id=ids["<|startofprev|>"], max_initial_timestamp_index=50,
        eos_token_id=ids[named[0]], pad_token_id=ids[named[0]], bos_token_id=ids[named[0]], return_timestamps=False,
        **({"alignment_heads": [[0, 0], [1, 1]]} if aligned else {}),
    )  # fmt: skip
    model.generation_config = settings
    model.save_pretrained(folder)
    return model


def save_clip(folder: Path) -> Any:
    mend_torchvision()
    import open_clip
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    vision = {"image_size": 32, "layers": 2, "width": 16, "head_width": 8, "patch_size": 16}
    text = {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 2}
    settings = {"embed_dim": 12, "vision_cfg": vision, "text_cfg": text}
    torch.manual_seed(5)
    model = open_clip.CLIP(**settings).eval()
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    prepare = {"mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711]}
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": settings, "preprocess_cfg": prepare}), "utf-8")
    return model
