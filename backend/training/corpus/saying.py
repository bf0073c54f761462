"""Sentences said for the corpus: sound, phones and words, in a speaker's voice and with an emotion in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from backend.errors import MissingError
from backend.speech.inventory import PHONES, SILENCE, VOWELS
from backend.speech.prosody import prosody
from backend.speech.speech import SAMPLE_RATE, Phone, Speech
from backend.training.corpus.plan import Job, sound_of, voice_of
from backend.training.corpus.splitting import said as plain
from backend.training.corpus.splitting import split_of_text
from backend.training.corpus.voicing import MANNERS, voiced
from backend.training.corpus.words import word_times
from backend.training.speech.scripts import sentences
from backend.training.speech.voices import Said, Voice

LEAST, MOST = 0.8, 14.0  # s; of one sentence
USUAL = 3.2  # s; what a sentence takes, to ask for about as many as are needed
AROUND = (0.15, 0.5)  # s of silence before and after, in which a face can come and go
NEUTRAL = 0.35  # of all sentences have no emotion in the voice
EMOTIVE = 0.6  # of the English ones have words of feeling


@dataclass(frozen=True, eq=False)
class Spoken:
    """A sentence as it will be stored: ``samples`` int16 at 16 kHz, and the same heard."""

    text: str
    voiced: str
    samples: NDArray[np.int16]
    speech: Speech


def spoken(job: Job) -> Iterator[Spoken]:
    """Different sentences until their seconds add up to the piece's."""
    voice, random, total, before = voice_of(job), job.random("voice"), 0.0, set[str]()
    for said in _said(job, voice):
        if not LEAST <= len(said.samples) / said.rate <= MOST or plain(said.text) in before:
            continue
        before.add(plain(said.text))
        sentence = _spoken(said, job, voice, random)
        total += sentence.speech.duration
        yield sentence
        if total >= job.seconds:
            return


def _said(job: Job, voice: Voice) -> Iterator[Said]:
    say = import_module(f"backend.training.speech.engines.{voice.engine}").say
    drawn = sentences(voice.language, int(job.random("text").integers(2**31)), EMOTIVE)
    texts = (text for text in drawn if split_of_text(text) == job.split)
    # eSpeak NG draws a timbre for each call: one speaker keeps one.
    batch = 1 if voice.engine == "espeak" else max(3, round(job.seconds / USUAL) + 1)
    random = job.random("tempo")
    while True:
        found = list(say(list(islice(texts, batch)), voice, job.person() if voice.engine == "espeak" else random))
        if not found:
            raise MissingError(f"the voice {voice.name} of {voice.engine} says nothing; on Debian: apt install {voice.package}.")
        yield from found


def _spoken(said: Said, job: Job, voice: Voice, random: np.random.Generator) -> Spoken:
    emotion = "neutral" if random.random() < NEUTRAL else str(random.choice(list(MANNERS)))
    manner = MANNERS[emotion].scaled(float(random.uniform(0.5, 1.0)))
    before, after = (round(SAMPLE_RATE * float(random.uniform(*AROUND))) for _ in range(2))
    sound = voiced(_at_16_khz(said), sound_of(job), manner, random)
    samples = np.round(np.clip(np.pad(sound, (before, after)), -1, 1) * 32767).astype(np.int16)
    stretched = len(sound) / SAMPLE_RATE / (len(said.samples) / said.rate)
    phones = phones_of(said, voice, stretched, before / SAMPLE_RATE, len(samples) / SAMPLE_RATE)
    return Spoken(said.text, emotion, samples, heard(samples, said.text, phones))


def heard(samples: NDArray[np.int16], text: str, phones: tuple[Phone, ...]) -> Speech:
    """The speech that a generator performs, with nothing guessed: no ear has listened, so there are no posteriors."""
    sound = samples.astype(np.float32) / 32768
    nothing = np.zeros((0, len(PHONES)), np.float16)
    return Speech(sound, word_times(text, phones), phones, nothing, prosody(sound), sha256(samples.tobytes()).hexdigest(), "synthesised")


def phones_of(said: Said, voice: Voice, stretched: float, start: float, end: float) -> tuple[Phone, ...]:
    """The synthesiser's symbols as phones from 0 to ``end`` seconds, times ``stretched`` and ``start`` later.

    Symbols of several phones share their time evenly; one that has no phone leaves its time to the phone before.
    """
    found, here = [(SILENCE, start, 0)], start
    for symbol, ended in said.symbols:
        phones, finish = voice.phones(symbol), start + stretched * ended
        for number, phone in enumerate(phones, 1):
            stress = int(phone in VOWELS and (symbol.endswith("1") or "ˈ" in symbol))
            found.append((phone, here + (finish - here) * number / len(phones), stress))
        if not phones:
            found[-1] = (found[-1][0], finish, found[-1][2])
        here = max(finish, here)
    return tuple(_joined([*found, (SILENCE, end, 0)], end))


def _joined(ends: list[tuple[str, float, int]], last: float) -> Iterator[Phone]:
    """Phones one after the other, silences that meet made one, none of no length."""
    begin = 0.0
    for place, (symbol, end, stress) in enumerate(ends):
        following = ends[place + 1][0] if place + 1 < len(ends) else ""
        finish = round(min(end, last), 4) if following else last
        if (symbol == SILENCE and following == SILENCE) or finish <= begin:
            continue
        yield Phone(symbol, begin, finish, stress)
        begin = finish


def _at_16_khz(said: Said) -> NDArray[np.float32]:
    import soxr

    sound: NDArray[np.float32] = said.samples if said.rate == SAMPLE_RATE else soxr.resample(said.samples, said.rate, SAMPLE_RATE)
    return np.ascontiguousarray(sound, np.float32)
