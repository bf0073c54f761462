"""A corpus in memory: lines made from nothing, performed by rule in every emotion."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from backend.emotion.direction import Curve, Direction, Guide
from backend.emotion.feel import feel
from backend.face.metahuman import arkit_to_metahuman
from backend.generators.rules import RULES
from backend.motion import Motion
from backend.speech.inventory import SILENCE, VOWELS
from backend.speech.speech import Phone, Speech, Word
from tests.lines import line

EMOTIONS = ("neutral", "happy", "angry", "sad", "surprise")
SOUNDS = ["m", "b", "p", "f", "s", "t", "ʃ", "l", "w", "ɹ", "k", "n"]
VOWEL = ["ɑ", "i", "u", "ɔ", "ɛ", "æ"]
MEANINGS = ("quite", "horribly", "table", "murder")
STRONG = {"horribly": 1.4, "murder": 1.3}  # what a word does to the intensity while it is said


def utter(seed: int, syllables: int = 14) -> Speech:
    """A line of syllables by chance, with a word for every two of them."""
    chance = np.random.default_rng(seed)
    parts = ["sil:.3"]
    for number in range(syllables):
        vowel = VOWEL[chance.integers(len(VOWEL))] + ("1" if chance.random() < 0.3 else "")
        parts += [f"{SOUNDS[chance.integers(len(SOUNDS))]}:.08", f"{vowel}:{chance.uniform(0.1, 0.18):.2f}"]
        parts += ["sil:.3"] * (number % 5 == 4)
    speech = line(" ".join([*parts, "sil:.3"]))
    vowels = [phone for phone in speech.phones if phone.symbol in VOWELS]
    said = tuple(
        Word(MEANINGS[int(chance.integers(len(MEANINGS)))], a.start - 0.08, b.end) for a, b in zip(vowels[::2], vowels[1::2], strict=False)
    )
    assert all(phone.symbol == SILENCE or phone.duration > 0 for phone in speech.phones)
    return replace(speech, words=said, digest=f"{seed:064d}")


@dataclass(frozen=True, eq=False)
class StandIn:
    """What ``Talk`` gives, made when asked for."""

    speech: Speech
    seed: int
    speaker: str = "nobody"
    rate: Fraction = Fraction(60)
    emotions: tuple[str, ...] = EMOTIONS

    @property
    def id(self) -> str:
        return f"line {self.seed}"

    @property
    def samples(self) -> np.ndarray:
        return self.speech.samples

    @property
    def phones(self) -> tuple[Phone, ...]:
        return self.speech.phones

    @property
    def words(self) -> tuple[Word, ...]:
        return self.speech.words

    def motion(self, emotion: str, rig: str = "arkit") -> Motion:
        direction = Direction((Guide(emotion),), self._curve(), rate=self.rate, seed=self.seed)
        motion = RULES.perform(self.speech, feel(self.speech, direction), direction)
        return arkit_to_metahuman(motion) if rig == "metahuman" else motion

    def intensity(self, emotion: str) -> np.ndarray:
        return self._curve().at(self.motion(emotion).times).astype(np.float32)

    def _curve(self) -> Curve:
        """Strong words raise the intensity while they are said."""
        times = np.arange(0, self.speech.duration, 0.05)
        level = np.full(len(times), 0.6)
        for word in self.words:
            level[(times >= word.start) & (times <= word.end)] = STRONG.get(word.text, 0.6)
        return Curve(tuple(times.tolist()), tuple(level.tolist()))


def talks(first: int, count: int) -> Iterator[StandIn]:
    for seed in range(first, first + count):
        yield StandIn(utter(seed), seed)


def listened(talk: StandIn) -> Speech:
    return talk.speech


def write(folder: Path, split: dict[str, int]) -> None:
    """A finished corpus on disk as ``backend.training.corpus`` writes one: so many lines of each split."""
    listed, first = [], 0
    for name, count in split.items():
        for talk in talks(first, count):
            noise = 1e-3 * np.random.default_rng(talk.seed).standard_normal(len(talk.samples))
            arrays = {"samples": (noise * 32767).astype(np.int16)}
            for emotion in talk.emotions:
                arrays[f"motion.{emotion}"] = np.ascontiguousarray(talk.motion(emotion).values.astype(np.float16))
                arrays[f"intensity.{emotion}"] = talk.intensity(emotion).astype(np.float16)
            told = {
                "phones": [[p.symbol, p.start, p.end, p.stress] for p in talk.phones],
                "words": [[w.text, w.start, w.end] for w in talk.words],
            }
            save_file(arrays, folder / f"{talk.seed}.safetensors", {"talk": json.dumps(told)})
            entry = {"id": talk.id, "speaker": name, "style": "plain", "language": "en", "text": "", "split": name}
            listed.append({**entry, "file": f"{talk.seed}.safetensors"})
        first += count
    manifest = {"format": 1, "seed": 0, "hours": 0.01, "rate": "60", "emotions": list(EMOTIONS), "clips": listed}
    (folder / "manifest.json").write_text(json.dumps(manifest))
