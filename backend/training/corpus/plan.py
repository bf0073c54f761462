"""Who says how much: a corpus as pieces of work that depend on nothing but themselves."""

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backend.training.corpus.splitting import person, split_of_people
from backend.training.speech.convert import SAME, Speaker, another
from backend.training.speech.voices import Voice, voices

EACH = 180.0  # s of speech by one speaker; then the same voice becomes another one
PIECE = 45.0  # s of speech in one piece of work
LITTLE = 0.045  # hours of the tiny setting, some forty sentences
TINY = ("flite-awb", "flite-rms", "flite-slt", "festival-lp_diphone", "espeak-de", "espeak-es")


@dataclass(frozen=True, slots=True)
class Job:
    """``seconds`` of one speaker, ``piece`` after ``piece``."""

    voice: str
    number: int
    piece: int
    seconds: float
    split: str
    seed: int

    @property
    def speaker(self) -> str:
        return f"{self.voice}-{self.number}"

    @property
    def name(self) -> str:
        return f"{self.speaker}-{self.piece}"

    def random(self, what: str) -> np.random.Generator:
        """Chance for one purpose, the same in every build."""
        return np.random.default_rng([self.seed, zlib.crc32(f"{self.name}/{what}".encode())])

    def person(self) -> np.random.Generator:
        """Chance that a speaker has in every piece."""
        return np.random.default_rng([self.seed, zlib.crc32(self.speaker.encode())])


def plan(hours: float, seed: int, tiny: bool) -> list[Job]:
    """The pieces of a corpus, whose hours the voices share as ``voices.toml`` says."""
    chosen = [voice for voice in voices() if not tiny or name_of(voice) in TINY]
    splits, total = split_of_people(chosen, seed), sum(1.0 if tiny else voice.hours for voice in chosen)
    wanted = min(hours, LITTLE) if tiny else hours
    jobs: list[Job] = []
    for voice in chosen:
        share = wanted * 3600 * (1.0 if tiny else voice.hours) / total
        jobs += _of_voice(voice, share, splits[person(voice)], seed)
    return jobs


def _of_voice(voice: Voice, seconds: float, split: str, seed: int) -> list[Job]:
    speakers = max(1, round(seconds / EACH))
    pieces = max(1, math.ceil(seconds / speakers / PIECE))
    each = seconds / speakers / pieces
    return [Job(name_of(voice), number, piece, each, split, seed) for number in range(speakers) for piece in range(pieces)]


def name_of(voice: Voice) -> str:
    return f"{voice.engine}-{voice.name}"


def voice_of(job: Job, known: Sequence[Voice] | None = None) -> Voice:
    return next(voice for voice in known or voices() if name_of(voice) == job.voice)


def sound_of(job: Job) -> Speaker:
    """How the voice is changed for this speaker; the first one has it as it is. Nobody whispers all the time."""
    drawn = another(job.person())
    return SAME if job.number == 0 else Speaker(drawn.pitch, drawn.liveliness, drawn.formants, drawn.effort)
