"""Batches, drawn from the number of the step alone."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from backend.generators.medtalk.features import NATIVE_RATE, Array, ear_content
from backend.training.medtalk.data import Clip, Store

SCRIPTED = 0.7  # share of crops whose phones are those of the script, as artists who give one have them
BLUR = 0.03  # standard deviation of what a measured face is off by, in weights


@dataclass(frozen=True, eq=False)
class Quads:
    """Two sentences of one speaker, each in the same two emotions.

    ``motion [Q, 2 sentences, 2 emotions, T, 174]``, and how strongly it is felt, ``felt [Q, 2, 2, T]``.
    """

    motion: Tensor
    felt: Tensor


@dataclass(frozen=True, eq=False)
class Lines:
    """Crops with all that is heard, and each in some of its emotions, one version after the other.

    ``content [B, T, C]``, ``affect [B, T, A]``, ``words [B, N, X]`` said at ``spans [B, N, 2]`` seconds from the first of ``times [T]``;
    of ``V`` versions of each, ``motion [B V, T, 174]`` in emotion ``label [B V]``, and the face at its height ``peak [B V, 52]``.
    """

    content: Tensor
    affect: Tensor
    words: Tensor
    spans: Tensor
    times: Tensor
    motion: Tensor
    label: Tensor
    peak: Tensor

    def for_each(self, heard: Tensor) -> Tensor:
        """What is the same for all versions of a crop ``[B, ...]``, for each of them: ``[B V, ...]``."""
        return heard.repeat_interleave(len(self.motion) // len(heard), 0)


def quads(store: Store, random: np.random.Generator, count: int, frames: int, device: str = "cpu") -> Quads:
    """``count`` quads of ``frames``."""
    moved, felt = [], []
    for _ in range(count):
        pair, emotions = _pair(store, random)
        crops = [_scattered(clip, random, frames, emotions) for clip in pair]
        moved.append([[motion for motion, _ in crop] for crop in crops])
        felt.append([[curve for _, curve in crop] for crop in crops])
    return Quads(torch.from_numpy(np.array(moved)).to(device), torch.from_numpy(np.array(felt)).to(device))


def lines(store: Store, random: np.random.Generator, count: int, frames: int, versions: int = 1, device: str = "cpu") -> Lines:
    """``count`` crops of ``frames``, each in ``versions`` of its emotions: what is heard of all those is computed once."""
    drawn = [_line(store, random, frames, versions) for _ in range(count)]
    most = max(len(one["words"]) for one in drawn)
    for one in drawn:
        missing = most - len(one["words"])
        one["words"] = np.pad(one["words"], ((0, missing), (0, 0)))
        # A word that ends before it starts is none.
        one["spans"] = np.concatenate([one["spans"], np.tile(np.array([[1.0, 0.0]], np.float32), (missing, 1))])
    stacked = {name: torch.from_numpy(np.array([one[name] for one in drawn])).to(device) for name in drawn[0]}
    performed = {name: stacked.pop(name).flatten(0, 1) for name in ("motion", "label", "peak")}
    return Lines(times=torch.arange(frames, device=device) / float(NATIVE_RATE), **stacked, **performed)


def content_of(clip: Clip, first: int, frames: int, scripted: bool) -> Array:
    """Content features of a crop; the ear's with the script's phones, or with those that it finds likeliest."""
    if clip.ready:
        return clip.read(("content",), first, frames)["content"].astype(np.float32)
    phones = "phones" if scripted else "guessed"
    crop = clip.read((phones, "cues"), first, frames)
    return ear_content(crop[phones].astype(np.intp), crop["cues"].astype(np.float32))


def _line(store: Store, random: np.random.Generator, frames: int, versions: int) -> dict[str, Array]:
    clip = store.clips[int(random.choice(len(store.clips), p=store.shares))]
    chosen = random.choice(len(clip.emotions), versions, replace=len(clip.emotions) < versions)
    emotions = [clip.emotions[number] for number in chosen]
    first = _first(clip, random, frames)
    words, spans, *peaks = clip.whole("words", "spans", *(f"peak.{emotion}" for emotion in emotions))
    begin, length = first / float(NATIVE_RATE), frames / float(NATIVE_RATE)
    near = (spans[:, 1] > begin - 2) & (spans[:, 0] < begin + length + 2)
    return {
        "content": content_of(clip, first, frames, random.random() < SCRIPTED),
        "affect": clip.read(("affect",), first, frames)["affect"].astype(np.float32),
        "words": words[near].astype(np.float32),
        "spans": (spans[near] - begin).astype(np.float32),
        "motion": np.array([clip.motion(emotion, first, frames)[0] for emotion in emotions]),
        "label": np.array([store.emotions.index(emotion) for emotion in emotions]),
        "peak": (np.array(peaks) + random.normal(0, BLUR, (versions, peaks[0].shape[0]))).astype(np.float32),
    }


def _pair(store: Store, random: np.random.Generator) -> tuple[tuple[Clip, Clip], tuple[str, str]]:
    """Two sentences, by one speaker where there are two, and two emotions that both were performed in."""
    one = store.clips[int(random.choice(len(store.clips), p=store.shares))]
    others = [clip for clip in store.clips if clip is not one and len({*clip.emotions} & {*one.emotions}) > 1]
    same = [clip for clip in others if clip.speaker == one.speaker] or others or [one]
    other = same[int(random.integers(len(same)))]
    shared = [emotion for emotion in one.emotions if emotion in other.emotions]
    first, second = random.choice(len(shared), 2, replace=len(shared) < 2)
    return (one, other), (shared[first], shared[second])


def _scattered(clip: Clip, random: np.random.Generator, frames: int, emotions: tuple[str, str]) -> list[tuple[Array, Array]]:
    """The same frames from anywhere in a sentence in both emotions: the encoders look at one at a time, and neighbours are alike."""
    picked = np.sort(random.choice(clip.frames, frames, replace=clip.frames < frames))
    whole = [clip.motion(emotion, 0, clip.frames) for emotion in emotions]
    return [(motion[picked], felt[picked]) for motion, felt in whole]


def _first(clip: Clip, random: np.random.Generator, frames: int) -> int:
    return int(random.integers(max(clip.frames - frames, 0) + 1))
