"""What MEDTalk is told of a recording: content, affect and words.

By default all of it is Mien's own: phones of the ear, cues of the voice, words through the sentence encoder that ships. Content may
come from wav2vec 2.0, HuBERT or WavLM instead, affect from emotion2vec, words from RoBERTa, by their names in ``backend.encoders``.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from backend.encoders.card import AudioEncoder, Frames, TextEncoder, WordEncoder
from backend.motion.rate import Rate
from backend.speech.inventory import PHONES
from backend.speech.prosody.affect import affect as aroused
from backend.speech.speech import BANDS, PROSODY_RATE, Phone, Speech

NATIVE_RATE: Rate = Fraction(60)  # frames per second, as MEDTalk's
EAR, VOICE, SHIPPED_WORDS, LANDMARKS = "ear", "prosody", "minilm", "landmarks"

CUES = 2 + len(BANDS) - 1  # level, voicing, colour
AFFECT = CUES + 3  # pitch and its movement, arousal
LEVELS = 30.0  # dB that count as one
FAINT = -60.0  # dB of full scale; a recording that is fainter throughout is silence, and not faint speech

Array = NDArray[np.float32]
Times = NDArray[np.float64]


@dataclass(frozen=True)
class Sources:
    """Where content, affect, words and pictures come from: :data:`EAR`, :data:`VOICE`, or names of ``backend.encoders.CARDS``.

    ``text`` encodes the words of a line and the texts that guide. ``image``, :data:`LANDMARKS` or an encoder of images, is not in the
    written form, by which what was heard is kept: it changes nothing of that.
    """

    content: str = EAR
    affect: str = VOICE
    text: str = SHIPPED_WORDS
    image: str = field(default=LANDMARKS, repr=False)

    def described(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Heard:
    """Features of one recording: ``content`` and ``affect`` of any times in seconds; ``words [N, text]`` said at ``spans [N, 2]`` s."""

    content: Callable[[Times], Array]
    affect: Callable[[Times], Array]
    words: Array
    spans: NDArray[np.float64]


def hear(speech: Speech, sources: Sources, words: Callable[[list[str]], Array] | None = None, device: str | None = None) -> Heard:
    """Features of a recording; ``words`` encodes words where it should not be the sources' encoder.

    Raises:
        MissingError: a source is not on this machine.
    """
    encode = words or word_encoder(sources.text, device)
    spans = np.array([[word.start, word.end] for word in speech.words]).reshape(-1, 2)
    told = affect_frames(speech) if sources.affect == VOICE else _encoded(sources.affect, speech, device)
    if sources.content == EAR:
        said, colours = phones_at(speech.phones), cues(speech)

        def content(times: Times) -> Array:
            return ear_content(said(times), colours.at(times))

    else:
        content = _encoded(sources.content, speech, device).at
    return Heard(content, told.at, encode([word.text for word in speech.words]), spans)


def ear_content(phones: NDArray[np.intp], voice: Array) -> Array:
    """Content features ``[T, len(PHONES) + CUES]``: 1 for the phone of each frame, by its number, and cues ``[T, CUES]``.

    How sure the ear is stays out: it is surer of the synthesised voices that are learnt from than of people.
    """
    told: Array = np.concatenate([np.eye(len(PHONES), dtype=np.float32)[phones], voice], axis=1, dtype=np.float32)
    return told


def phones_at(phones: tuple[Phone, ...]) -> Callable[[Times], NDArray[np.intp]]:
    """What gives the number in ``PHONES`` of what is said at each of some times, ``[T]``; beyond the end, of the last."""
    numbers = np.array([PHONES.index(phone.symbol) for phone in phones], np.intp)
    ends = np.array([phone.end for phone in phones])

    def at(times: Times) -> NDArray[np.intp]:
        told: NDArray[np.intp] = numbers[np.minimum(np.searchsorted(ends, times, "right"), len(numbers) - 1)]
        return told

    return at


def cues(speech: Speech) -> Frames:
    """Level against loud speech, voicing, and the levels of the bands beside the whole: ``[frames, CUES]`` at ``PROSODY_RATE``."""
    voice = speech.prosody
    level = _level(voice.loudness)
    colour = np.clip((voice.bands - voice.loudness[:, None]) / LEVELS, -2, 1)
    return Frames(np.column_stack([level, voice.voicing, colour]).astype(np.float32), PROSODY_RATE, 0.0)


def affect_frames(speech: Speech) -> Frames:
    """How it sounds, ``[frames, AFFECT]`` at ``PROSODY_RATE``: loudness, voicing, bands, pitch and its movement, arousal."""
    pitch = speech.prosody.pitch.astype(np.float64)
    voiced = pitch > 0
    usual = float(np.median(pitch[voiced])) if voiced.any() else 1.0
    octaves = np.log2(np.where(voiced, pitch, usual) / usual)
    moved = np.clip(np.gradient(octaves) * float(PROSODY_RATE) / 10, -1, 1) if len(octaves) > 1 else np.zeros_like(octaves)
    told = np.column_stack([cues(speech).values, octaves, moved, aroused(speech).arousal])
    return Frames(told.astype(np.float32), PROSODY_RATE, 0.0)


def word_encoder(name: str, device: str | None = None) -> Callable[[list[str]], Array]:
    """Words to ``[N, width]``: among each other where the encoder reads them so, else each by itself, and each only once."""
    from backend.encoders import load

    known: dict[str, Array] = {}

    def encode(words: list[str]) -> Array:
        encoder = load(name, device=device)
        assert isinstance(encoder, TextEncoder)
        if isinstance(encoder, WordEncoder):
            return encoder.words(words)
        new = sorted({*words} - {*known})
        known.update(zip(new, encoder.encode(new) if new else (), strict=True))
        return np.array([known[word] for word in words], np.float32).reshape(len(words), encoder.card.width)

    return encode


def _level(loudness: Array) -> NDArray[np.float64]:
    loud = max(float(np.percentile(loudness, 95)), FAINT)
    found: NDArray[np.float64] = np.clip((loudness - loud) / LEVELS, -2, 1)
    return found


def _encoded(name: str, speech: Speech, device: str | None) -> Frames:
    from backend.encoders import load

    encoder = load(name, device=device)
    assert isinstance(encoder, AudioEncoder)
    return encoder.encode(speech.samples)
