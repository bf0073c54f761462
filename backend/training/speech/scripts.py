"""What the synthesisers are given to say: the project's own text, as much of it as is asked for.

English sentences are drawn from the trigram model that PocketSphinx carries, so that its words follow
one another about as often as they do in speech; a share of rare words is mixed in, so that every
sequence of sounds occurs. Other languages get words made of their syllables (``scripts.toml``).
"""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from backend.training.speech.emotive import emotive_words

RARE = 0.15  # of the English words are drawn without regard to how frequent they are
CANDIDATES = 250  # words among which the trigram model chooses
LITTLE = 0.35  # of the words in other languages are little ones
_ENDINGS = np.array([".", ".", ".", "?", "!"])


def sentences(language: str, seed: int, emotive: float = 0.0) -> Iterator[str]:
    """Endless sentences of a language of ``scripts.toml``, or of English (``en``).

    A share ``emotive`` of the English ones gets one or two words of feeling, each in the place of another word.
    """
    random, stirred = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    while True:
        length = int(random.integers(3, 15))
        words = english(random, length) if language == "en" else [_word(_grammar()[language], random) for _ in range(length)]
        if language == "en" and stirred.random() < emotive:
            for place in stirred.choice(length, int(stirred.integers(1, 3)), replace=False):
                words[place] = str(stirred.choice(emotive_words()))
        yield _punctuated(words, random)


def languages() -> tuple[str, ...]:
    """The languages of which sentences can be made."""
    return ("en", *_grammar())


def english(random: np.random.Generator, length: int) -> list[str]:
    """Words drawn from the trigram model, by importance resampling of words drawn by frequency."""
    model, words, frequency = _trigrams()
    said: list[str] = []
    for _ in range(length):
        if random.random() < RARE:
            said.append(words[int(random.integers(len(words)))])
            continue
        drawn = random.choice(len(words), CANDIDATES, p=frequency)
        history = (said[-1:-3:-1]) or ["<s>"]
        chances = np.array([model.prob([words[i], *history]) for i in drawn]) * 1e-4 - np.log(frequency[drawn])
        weights = np.exp(chances - chances.max())
        said.append(words[int(random.choice(drawn, p=weights / weights.sum()))])
    return said


@cache
def _trigrams() -> tuple[Any, list[str], np.ndarray[Any, np.dtype[np.float64]]]:
    from pocketsphinx import Config, LogMath, NGramModel, get_model_path

    model = NGramModel(Config(), LogMath(1.0001), get_model_path("en-us/en-us.lm.bin"))
    lexicon = Path(get_model_path("en-us/cmudict-en-us.dict")).read_text("utf-8").splitlines()
    words = sorted({line.split()[0] for line in lexicon if line and line.split()[0].replace("'", "").isalpha()})
    chances = np.array([model.prob([word]) for word in words]) * 1e-4
    known = chances > np.log(1e-9)  # the model gives words that it does not know next to nothing
    kept = np.exp(chances[known])
    return model, [word for word, keep in zip(words, known, strict=True) if keep], kept / kept.sum()


@cache
def _grammar() -> dict[str, dict[str, Any]]:
    text = (Path(__file__).parent / "scripts.toml").read_text("utf-8")
    return {
        language: {name: value.split() or [""] if isinstance(value, str) else value for name, value in table.items()}
        for language, table in tomllib.loads(text).items()
    }


def _word(grammar: dict[str, Any], random: np.random.Generator) -> str:
    def one(kind: str) -> str:
        return str(random.choice(grammar[kind]))

    if random.random() < LITTLE:
        return one("little")
    syllables = int(random.choice([1, 2, 3, 4], p=[0.25, 0.4, 0.25, 0.1]))
    word = ""
    for number in range(syllables):
        joint = "double" if number and "double" in grammar and random.random() < 0.3 else "onset"
        word += one(joint) + one("nucleus")
        word += str(random.integers(1, grammar["tones"])) if "tones" in grammar else ""
        word += one("coda") if random.random() < grammar["coda_share"] else ""
    return word + one("final") if "final" in grammar and word[-1] not in one("final") and random.random() < 0.4 else word


def _punctuated(words: list[str], random: np.random.Generator) -> str:
    commas = random.random(len(words)) < 0.08
    commas[-1] = False
    return " ".join(word + "," * int(comma) for word, comma in zip(words, commas, strict=True)).capitalize() + str(random.choice(_ENDINGS))
