"""What the voice tells and what it does not, on actors and takes that were not learnt from."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from backend.speech.decode import decode
from backend.speech.prosody.affect import affect, spoken
from backend.training.affect import EMOTIONS, RECIPES, Recipe, Row, agreement, fit, hear, left_out, table

UNHEARD = ("emotional/nvidia_samples", "emotional/medtalk", "speech/librispeech", "speech/ljspeech")
PLEASANT = "F"

Measured = dict[str, float]


def measure(data: Path, setting: str = "full", progress: Callable[[float], None] = lambda _: None) -> dict[str, Measured]:
    """Arousal by emotion with one actor left out at a time, which emotions are told apart, and the shipped reader on other takes."""
    recipe = RECIPES[setting]
    rows = table(recipe, data, progress)
    given = left_out(rows, recipe)
    found: dict[str, Measured] = {"EMO-DB, arousal": agreement(given)}
    for letter, name in EMOTIONS.items():
        some = np.array([one.arousal for one in given if one.emotion == letter])
        found[f"EMO-DB, arousal of {name}"] = {"mean": round(float(some.mean()), 2), "spread": round(float(some.std()), 2)}
    found |= _categories(rows, recipe)
    for folder in UNHEARD:
        for path in sorted((data / folder).glob("*.[wf]*[vc]")):
            found[f"shipped, {path.parent.name}/{path.name}"] = _overall(path)
    return found


def _categories(rows: list[Row], recipe: Recipe) -> dict[str, Measured]:
    """One reader for each emotion against the rest, and the highest taken: what it says of actors left out."""
    letters = "".join(EMOTIONS)
    actors = sorted({row.actor for row in rows if row.emotion})
    acted = [row for row in rows if row.emotion]
    confused = np.zeros((len(letters), len(letters)))
    pleasant = list[tuple[float, bool]]()
    for actor in actors:
        kept = [row for row in acted if row.actor != actor]
        readers = [fit([replace(row, arousal=float(row.emotion == letter)) for row in kept], recipe) for letter in letters]
        for row in acted:
            if row.actor == actor and row.own:
                scores = np.array([float(np.mean((row.cues - r.mean) / r.spread @ r.weights + r.bias)) for r in readers])
                confused[letters.index(row.emotion), int(scores.argmax())] += 1
                pleasant.append((scores[letters.index(PLEASANT)], row.emotion == PLEASANT))
    found = {
        "EMO-DB, one of seven emotions": {
            "right": round(float(np.trace(confused) / confused.sum()), 3),
            "by chance": round(1 / len(letters), 3),
        }
    }
    for letter, told in zip(letters, confused, strict=True):
        found[f"EMO-DB, {EMOTIONS[letter]} called"] = {
            EMOTIONS[other]: int(count) for other, count in zip(letters, told, strict=True) if count
        }
    right = np.mean([a > b for a, joy in pleasant if joy for b, other in pleasant if not other])
    found["EMO-DB, joy above the rest"] = {"right": round(float(right), 3), "by chance": 0.5}
    return found


def _overall(path: Path) -> Measured:
    speech = hear(decode(path))
    heard = affect(speech).arousal[spoken(speech)]
    return {"mean": round(float(heard.mean()), 2), "spread": round(float(heard.std()), 2)}
