"""Whisper (Radford et al. 2022): words in 99 languages, with their times, of recordings of any length."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backend.encoders.card import Card, Samples, Transcript
from backend.encoders.device import mend_torchvision
from backend.encoders.minilm import tokenizer_of
from backend.encoders.pretrained import from_folder, quiet, refused
from backend.encoders.windows import checked
from backend.errors import DirectionError, InputError
from backend.speech.speech import SAMPLE_RATE, Word

WINDOW, OVERLAP = 30.0, 5.0  # seconds; Whisper hears 30 at a time, and neighbours agree on their overlap's words
EDGES = ' \t\n.,;:!?…"“”„«»()[]¿¡-–—'


def load(card: Card, folder: Path, device: str, dtype: str) -> "Whisper":
    mend_torchvision()
    from transformers import WhisperFeatureExtractor, WhisperForConditionalGeneration

    model = from_folder(WhisperForConditionalGeneration, card, folder, device, dtype)
    if not hasattr(model.generation_config, "no_timestamps_token_id"):
        raise InputError(f"{folder} lacks the generation_config.json of '{card.name}', which says what its tokens mean: download it again.")
    tokenizer = tokenizer_of(card, folder)
    with refused(card, folder), quiet():
        front = WhisperFeatureExtractor.from_pretrained(folder, local_files_only=True)
    return Whisper(card, model, tokenizer, front)


class Whisper:
    """``transformers``' own chunked recogniser: windows of 30 s that overlap by 5 s on each side, joined by the words they share.

    Word times come from its cross-attention where the folder's generation settings name the heads that align; elsewhere
    they are shared out within each of its phrases by the words' lengths, and the transcript says so.
    """

    def __init__(self, card: Card, model: Any, tokenizer: Any, front: Any) -> None:
        self.card, self._model, self._tokenizer, self._front = card, model, tokenizer, front
        self.timed = bool(getattr(model.generation_config, "alignment_heads", None))
        self._pipe: Any = None

    def transcribe(self, samples: Samples, language: str | None = None) -> Transcript:
        """Words in lower case without the punctuation around them; ``language`` as in "en", by ear where None.

        Raises:
            AudioError: samples that cannot be heard.
            DirectionError: a language that this Whisper does not know.
        """
        heard = checked(samples)
        with quiet():
            said = self._recogniser()(
                {"raw": heard.copy(), "sampling_rate": SAMPLE_RATE},
                return_timestamps="word" if self.timed else True,
                chunk_length_s=WINDOW,
                stride_length_s=OVERLAP,
                generate_kwargs=self._asked(language),
            )
        length = len(heard) / SAMPLE_RATE
        words = tuple(word for chunk in said["chunks"] for word in _words(chunk, length))
        return Transcript(str(said["text"]).strip(), words, self.timed)

    def _recogniser(self) -> Any:
        from transformers import pipeline

        if self._pipe is None:
            self._pipe = pipeline(
                "automatic-speech-recognition",
                model=self._model,
                tokenizer=self._tokenizer,
                feature_extractor=self._front,
                dtype=self._model.dtype,
                device=self._model.device,
            )
        return self._pipe

    def _asked(self, language: str | None) -> dict[str, Any]:
        """Greedy, one hypothesis: five would cost five times the time, and the words are checked against the sound later."""
        settings = self._model.generation_config
        if not getattr(settings, "is_multilingual", False):
            return {"num_beams": 1}
        known = {token.strip("<|>") for token in getattr(settings, "lang_to_id", {})}
        if language is not None and language not in known:
            raise DirectionError(f"'{self.card.name}' knows no language '{language}': give its two letters, such as en, or leave it out.")
        return {"num_beams": 1, "task": "transcribe"} | ({"language": language} if language else {})


def _words(chunk: dict[str, Any], length: float) -> Iterator[Word]:
    """The words of a chunk, which is one word or, without alignment, a phrase."""
    start, end = chunk["timestamp"]
    start = min(max(float(start or 0.0), 0.0), length)
    end = min(max(float(length if end is None else end), start), length)
    texts = [word for text in str(chunk["text"]).split() if (word := text.strip(EDGES).lower())]
    letters = sum(map(len, texts))
    for text in texts:
        until = start + (end - start) * len(text) / letters
        letters -= len(text)
        yield Word(text, start, until)
        start = until
