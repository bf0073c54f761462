"""The paper's figure 4: whether intensity rises where words with an emotion in them are spoken."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backend.generators.medtalk.features import NATIVE_RATE, hear
from backend.motion.rate import frame_times, frames_to_cover
from backend.speech.speech import Speech, Word
from backend.training.corpus import Talk
from backend.training.evaluate_generators import heard
from backend.training.medtalk.measure.entries import Entry, words_of
from backend.training.metrics.intervals import bootstrap_mean
from backend.training.speech.emotive import is_emotive
from exporters.plot import COLOURS, FAINT, INK, png

MOST = 60  # sentences; each is heard anew
PLAIN = "table"  # said in place of an emotive word, to hear what the word itself does

Curve = NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """A sentence's predicted intensity ``[T]`` at 60 frames per second with its words, with plain ones in place of emotive ones, and
    the teacher's ``felt [T]``; ``emotive`` and ``spoken`` are frames ``[T]`` within emotive words, and within any.
    """

    talk: Talk
    told: Curve
    plain: Curve
    felt: Curve
    emotive: NDArray[np.bool_]
    spoken: NDArray[np.bool_]


def intensity(entry: Entry, speech: Speech) -> Curve:
    """What the intensity model predicts of a line, ``[T]`` at 60 frames per second."""
    import torch

    network, times = entry.trained.network, frame_times(frames_to_cover(speech.duration, NATIVE_RATE), NATIVE_RATE)
    found = hear(speech, entry.trained.sources, words_of(entry.trained))
    device = network.codes.device
    affect, words, spans, at = (
        torch.from_numpy(np.ascontiguousarray(array, np.float32)).to(device)
        for array in (found.affect(times), found.words, found.spans, times)
    )
    with torch.inference_mode():
        told = network.intensity(affect[None], words[None], at, spans[None])[0].cpu().numpy()
    return np.asarray(told, np.float64)


def lines(entry: Entry, talks: Iterable[Talk], most: int = MOST) -> list[Line]:
    """The first English sentences that have an emotive word, and others beside it."""
    found = []
    for talk in talks:
        if talk.language.startswith("en") and any(is_emotive(word.text) for word in talk.words):
            line = _line(entry, talk)
            if line.emotive.any() and (line.spoken & ~line.emotive).any():
                found.append(line)
        if len(found) == most:
            break
    return found


def effect(found: Sequence[Line]) -> Mapping[str, float]:
    """Over sentences, as shares of the mean: intensity in emotive words against other words, with a 95 % interval that draws speakers.

    ``predicted`` of the model, ``of the word itself`` what is lost where a plain word stands in the emotive one's place with nothing else
    changed, ``teacher`` of the motion that was learnt from, in the mean of all emotions.
    """
    speakers = [line.talk.speaker for line in found]
    rises = {
        "predicted": [_rise(line.told, line) for line in found],
        "of the word itself": [float((line.told - line.plain)[line.emotive].mean() / line.told.mean()) for line in found],
        "teacher": [_rise(line.felt, line) for line in found],
    }
    told: dict[str, float] = {"sentences": len(found)}
    for name, values in rises.items():
        interval = bootstrap_mean(values, speakers)
        told |= {name: interval.mean, f"{name}, low": interval.low, f"{name}, high": interval.high}
    return told


def picture(line: Line) -> bytes:
    """Figure 4: a line's sound, its intensity with and without its emotive words, and the words, as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 5), layout="constrained")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1, 2))
    samples, times = line.talk.samples, np.arange(len(line.told)) / float(NATIVE_RATE)
    above.plot(np.arange(len(samples)) / 16000, samples, color=INK, linewidth=0.3)
    above.set_ylabel("sound", fontsize=8)
    below.plot(times, line.told, color=COLOURS[1], label="predicted")
    below.plot(times, line.plain, color=COLOURS[1], linestyle=":", label=f"predicted, '{PLAIN}' in place of emotive words")
    below.plot(times, line.felt, color=COLOURS[0], linewidth=0.9, label="teacher, mean of all emotions")
    top = below.get_ylim()[1]
    for word in line.talk.words:
        emotive = is_emotive(word.text)
        for axes in (above, below) if emotive else ():
            axes.axvspan(word.start, word.end, color=COLOURS[4], alpha=0.3, linewidth=0)
        below.text((word.start + word.end) / 2, top, word.text, rotation=60, fontsize=8, color=INK, weight="bold" if emotive else "normal")
    below.grid(color=FAINT)
    below.set_xlabel("seconds", fontsize=8)
    below.set_ylabel("intensity", fontsize=8)
    below.legend(fontsize=8, frameon=False, loc="lower left")
    return png(figure)


def _line(entry: Entry, talk: Talk) -> Line:
    speech = heard(talk)
    told = intensity(entry, speech)
    changed = tuple(replace(word, text=PLAIN) if is_emotive(word.text) else word for word in talk.words)
    times = np.arange(len(told)) / float(NATIVE_RATE)
    felt = np.mean([_at(talk.intensity(emotion), float(talk.rate), times) for emotion in talk.emotions if emotion != "neutral"], axis=0)
    emotive, spoken = _within([word for word in talk.words if is_emotive(word.text)], times), _within(talk.words, times)
    return Line(talk, told, intensity(entry, replace(speech, words=changed)), np.asarray(felt, np.float64), emotive, spoken)


def _within(words: Sequence[Word], times: Curve) -> NDArray[np.bool_]:
    inside = np.zeros(len(times), np.bool_)
    for word in words:
        inside |= (times >= word.start) & (times < word.end)
    return inside


def _rise(curve: Curve, line: Line) -> float:
    return float((curve[line.emotive].mean() - curve[line.spoken & ~line.emotive].mean()) / max(float(curve.mean()), 1e-9))


def _at(curve: NDArray[np.float32], rate: float, times: Curve) -> Curve:
    return np.asarray(np.interp(times, np.arange(len(curve)) / rate, curve), np.float64)
