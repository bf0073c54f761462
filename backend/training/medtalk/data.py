"""The corpus as MEDTalk learns from it: features once per sentence, kept in the run's folder, and crops of them."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from backend.encoders.card import Frames
from backend.errors import InputError
from backend.files import write_atomically
from backend.generators.medtalk.chance import GAZE, LIDS
from backend.generators.medtalk.features import EAR, NATIVE_RATE, Array, Heard, Sources, cues, hear, phones_at
from backend.motion import Motion, Rate, resample
from backend.motion.arkit import APPLE_52
from backend.motion.metahuman import METAHUMAN
from backend.motion.rate import frame_times
from backend.speech.cache import digest_of
from backend.speech.speech import PROSODY_RATE, Phone, Speech, Word

VERSION = 2  # of what is kept of a clip; raise it when that changes
BLINK = 0.7  # s; over twice as long as the lids are down in a blink, so that the median never is

Words = Callable[[list[str]], Array]


class Talking(Protocol):
    """What is read of ``backend.training.corpus.Talk``."""

    @property
    def id(self) -> str: ...
    @property
    def speaker(self) -> str: ...
    @property
    def samples(self) -> NDArray[np.float32]: ...
    @property
    def phones(self) -> tuple[Phone, ...]: ...
    @property
    def words(self) -> tuple[Word, ...]: ...
    @property
    def rate(self) -> Rate: ...
    @property
    def emotions(self) -> tuple[str, ...]: ...
    def motion(self, emotion: str, rig: str = "arkit") -> Motion: ...
    def intensity(self, emotion: str) -> NDArray[np.float32]: ...


Listened = Callable[[Talking], Speech]


def as_heard(talk: Talking) -> Speech:
    """A sentence of the corpus as the shipped ear hears it, with words and phones at their true times."""
    from backend.speech.hearing.posteriors import posteriors
    from backend.speech.prosody import prosody

    heard = posteriors(talk.samples).astype(np.float16)
    return Speech(talk.samples, talk.words, talk.phones, heard, prosody(talk.samples), digest_of(talk.samples), "corpus")


@dataclass(frozen=True, eq=False)
class Clip:
    """A sentence on disk: ``columns`` are the controls that its motions move, ``ready`` whether its content features are an encoder's."""

    path: Path
    speaker: str
    frames: int
    emotions: tuple[str, ...]
    columns: NDArray[np.intp]
    ready: bool

    def read(self, names: Sequence[str], first: int, count: int) -> dict[str, NDArray[Any]]:
        """``count`` frames from ``first`` of the named arrays; beyond either end, the frame there."""
        from safetensors import safe_open

        index = np.clip(np.arange(first, first + count), 0, self.frames - 1)
        low, high = int(index[0]), int(index[-1]) + 1
        with safe_open(self.path, "numpy") as file:
            return {name: file.get_slice(name)[low:high][index - low] for name in names}

    def whole(self, *names: str) -> tuple[NDArray[Any], ...]:
        from safetensors import safe_open

        with safe_open(self.path, "numpy") as file:
            return tuple(file.get_tensor(name) for name in names)

    def motion(self, emotion: str, first: int, count: int) -> tuple[Array, Array]:
        """Frames of a performance on the 174 controls, ``[count, 174]``, and how strongly it was felt, ``[count]``."""
        crop = self.read((f"motion.{emotion}", f"intensity.{emotion}"), first, count)
        values = np.zeros((count, len(METAHUMAN)), np.float32)
        values[:, self.columns] = crop[f"motion.{emotion}"]
        return values, crop[f"intensity.{emotion}"].astype(np.float32)


@dataclass(frozen=True, eq=False)
class Store:
    """Clips of a split, and the emotions that any of them was performed in."""

    clips: tuple[Clip, ...]
    emotions: tuple[str, ...]

    @property
    def minutes(self) -> float:
        return sum(clip.frames for clip in self.clips) / float(NATIVE_RATE) / 60

    @property
    def shares(self) -> NDArray[np.float64]:
        """How likely each clip is to be drawn: by its length."""
        lengths = np.array([clip.frames for clip in self.clips], np.float64)
        found: NDArray[np.float64] = lengths / lengths.sum()
        return found


def prepare(
    talks: Iterable[Talking],
    emotions: Sequence[str],
    folder: Path,
    sources: Sources,
    minutes: float = np.inf,
    words: Words | None = None,
    listened: Listened = as_heard,
    progress: Callable[[float], None] = lambda _: None,
) -> Store:
    """Hear the first ``minutes`` of a split and keep what is heard in ``folder``; what is there already is not heard again.

    Raises:
        InputError: the split is empty.
    """
    folder.mkdir(parents=True, exist_ok=True)
    clips, heard = list[Clip](), 0.0
    for talk in talks:
        if heard >= minutes * 60:
            break
        path = folder / f"{hashlib.sha256(f'{talk.id} {sources} {VERSION}'.encode()).hexdigest()[:24]}.safetensors"
        if not path.exists():
            _write(path, talk, listened(talk), sources, words)
        clips.append(_clip(path))
        heard += clips[-1].frames / float(NATIVE_RATE)
        progress(min(heard / (minutes * 60), 1.0))
    if not clips:
        raise InputError("the corpus has no sentence in this split; `mien corpus build` with more hours fills it.")
    found = {emotion for clip in clips for emotion in clip.emotions}
    return Store(tuple(clips), tuple(emotion for emotion in emotions if emotion in found))


def _write(path: Path, talk: Talking, speech: Speech, sources: Sources, words: Words | None) -> None:
    from safetensors.numpy import save

    motions = {emotion: without_chance(resample(talk.motion(emotion, METAHUMAN.name), NATIVE_RATE)) for emotion in talk.emotions}
    frames = min(motion.frames for motion in motions.values())
    times = frame_times(frames, NATIVE_RATE)
    heard = hear(speech, sources, words)
    moving = np.flatnonzero(np.any([motion.values.any(axis=0) for motion in motions.values()], axis=0))
    felt = {emotion: _felt(talk, emotion, times) for emotion in talk.emotions}
    arrays: dict[str, NDArray[Any]] = {
        "affect": heard.affect(times).astype(np.float16),
        "words": heard.words.astype(np.float16),
        "spans": heard.spans.astype(np.float32),
        **_content(speech, heard, times, sources),
        **{f"motion.{emotion}": motion.values[:frames, moving].astype(np.float16) for emotion, motion in motions.items()},
        **{f"intensity.{emotion}": curve.astype(np.float16) for emotion, curve in felt.items()},
        **{f"peak.{emotion}": _peak(talk, emotion).astype(np.float16) for emotion in talk.emotions},
    }
    about = {
        "speaker": talk.speaker,
        "frames": frames,
        "emotions": talk.emotions,
        "columns": moving.tolist(),
        "ready": sources.content != EAR,
    }
    # safetensors writes memory as it lies: picked columns lie the other way round.
    arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    write_atomically(path, save(arrays, {"clip": json.dumps(about)}))


def without_chance(motion: Motion) -> Motion:
    """A motion on the 174 controls without blinks and gaze: no voice tells them, and the generator draws its own. Lids that droop stay."""
    from scipy.ndimage import median_filter

    values = motion.values.copy()
    values[:, GAZE] = 0.0
    values[:, LIDS] = median_filter(values[:, LIDS], (round(BLINK * float(motion.rate)) | 1, 1), mode="nearest")
    return motion.with_values(values)


def _content(speech: Speech, heard: Heard, times: NDArray[np.float64], sources: Sources) -> Mapping[str, NDArray[Any]]:
    """Of the ear, its parts, so that draws may believe what it finds likeliest or the script."""
    if sources.content != EAR:
        return {"content": heard.content(times).astype(np.float16)}
    return {
        "guessed": _guessed(speech, times).astype(np.uint8),
        "phones": phones_at(speech.phones)(times).astype(np.uint8),
        "cues": cues(speech).at(times).astype(np.float16),
    }


def _guessed(speech: Speech, times: NDArray[np.float64]) -> NDArray[np.intp]:
    """The number of the phone that the ear finds likeliest at each time, ``[T]``."""
    probabilities = Frames(np.exp(speech.posteriors.astype(np.float32)), PROSODY_RATE, 0.0)
    likeliest: NDArray[np.intp] = probabilities.at(times).argmax(axis=1)
    return likeliest


def _felt(talk: Talking, emotion: str, times: NDArray[np.float64]) -> Array:
    curve = talk.intensity(emotion)
    felt: Array = np.interp(times, frame_times(len(curve), talk.rate), curve).astype(np.float32)
    return felt


def _peak(talk: Talking, emotion: str) -> Array:
    """The face where it is felt most, as weights of ARKit's 52 shapes: what a reference picture shows."""
    motion = talk.motion(emotion)
    height: Array = motion.pick(APPLE_52)[min(int(np.argmax(talk.intensity(emotion))), motion.frames - 1)]
    return height


def _clip(path: Path) -> Clip:
    from safetensors import safe_open

    with safe_open(path, "numpy") as file:
        about = json.loads(file.metadata()["clip"])
    columns = np.array(about["columns"], np.intp)
    return Clip(path, about["speaker"], about["frames"], tuple(about["emotions"]), columns, about["ready"])
