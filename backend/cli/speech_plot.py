"""A picture of what was heard, line by line like a page of text."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from backend.errors import DirectionError
from backend.speech.inventory import SILENCE, VISEME
from backend.speech.phones import WRITTEN
from backend.speech.speech import SAMPLE_RATE, Speech
from exporters.plot import COLOURS, DPI, FAINT, INK, envelope, inside, png

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LONGEST = 300.0  # s; the picture of a longer recording could not be opened
LINE = 10.0  # s of speech in a line
QUIETEST = -80.0  # dB, at the foot of the amplitude
_PER_SECOND = 190  # pixels
_NARROWEST = 900  # pixels
_MARGINS = (95, 175)  # pixels left and right of a line
_HEIGHTS = {"sound": 105, "phones": 95, "voice": 115, "affect": 85}  # pixels
_HEAD, _NOTE, _FOOT, _BETWEEN = 44, 17, 44, 42  # pixels

# Files of fonts with Chinese, Japanese and Korean, which matplotlib's own lacks, as systems have them.
_EAST_ASIAN = (
    "NotoSansCJK",
    "SourceHanSans",
    "DroidSansFallback",
    "wqy-",
    "msyh",
    "PingFang",
    "Hiragino",
    "YuGoth",
    "malgun",
    "Arial Unicode",
)

Span = tuple[float, float]
T = TypeVar("T")


def draw(speech: Speech, name: str) -> bytes:
    """A PNG with waveform, words, phones and visemes, pitch, amplitude and affect, ten seconds to a line.

    Words that the sound does not bear out are orange. Names too long for their stretch of time are left out.

    Raises:
        DirectionError: the recording is longer than five minutes.
    """
    from matplotlib import rc_context

    if speech.duration > LONGEST:
        raise DirectionError(
            f"{name} is {speech.duration / 60:.1f} minutes long, and a plot shows at most {LONGEST / 60:.0f}. "
            "Cut it, or write a .TextGrid and look at it in Praat."
        )
    with rc_context({"font.family": _fonts(" ".join([name, *(word.text for word in speech.words)]))}):
        return png(page(speech, name))


def page(speech: Speech, name: str) -> "Figure":
    """The same before it is drawn."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lines = max(int(np.ceil(speech.duration / LINE - 0.05)), 1)
    seconds = speech.duration / lines
    per_second = max(_PER_SECOND, _NARROWEST / seconds)
    notes = [line for note in speech.notes for line in textwrap.wrap(f"note: {note}", int(per_second * seconds / 7))]
    head, step = _HEAD + _NOTE * len(notes), sum(_HEIGHTS.values()) + _BETWEEN
    size = (sum(_MARGINS) + per_second * seconds, head + lines * step - _BETWEEN + _FOOT)
    figure = Figure(figsize=(size[0] / DPI, size[1] / DPI), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    _title(figure, [f"{name}   ·   {speech.duration:.2f} s   ·   ear: {speech.ear}", *notes], size)
    for line in range(lines):
        axes = dict(_panels(figure, head + line * step, size))
        span = (line * seconds, (line + 1) * seconds)
        _sound(axes["sound"], speech, span, per_second)
        _phones(axes["phones"], speech, span, per_second)
        _voice(axes["voice"], speech, span)
        _feeling(axes["affect"], speech, span)
        _finish(list(axes.values()), span)
    return figure


def _title(figure: "Figure", lines: Sequence[str], size: tuple[float, float]) -> None:
    width, height = size
    for place, line in enumerate(lines):
        below = 24 if place == 0 else _HEAD + _NOTE * (place - 1)
        figure.text(_MARGINS[0] / width, 1 - below / height, line, fontsize=9 if place else 13, color=INK, parse_math=False)


def _panels(figure: "Figure", top: float, size: tuple[float, float]) -> Iterator[tuple[str, "Axes"]]:
    width, height = size
    for name, tall in _HEIGHTS.items():
        left, wide = _MARGINS[0] / width, 1 - sum(_MARGINS) / width
        yield name, figure.add_axes((left, 1 - (top + tall) / height, wide, (tall - 8) / height))
        top += tall


def _within(items: Iterable[tuple[T, float, float]], span: Span) -> Iterator[tuple[T, Span]]:
    """What of the named stretches falls into a line."""
    for name, start, end in items:
        if start < span[1] and end > span[0]:
            yield name, (max(start, span[0]), min(end, span[1]))


def _sound(axes: "Axes", speech: Speech, span: Span, per_second: float) -> None:
    first, last = (round(second * SAMPLE_RATE) for second in span)
    times, low, high = envelope(speech.samples[first:last], per_second)
    loudest = float(np.abs(speech.samples[first:last]).max(initial=0)) / max(float(np.abs(speech.samples).max(initial=0)), 1e-6)
    axes.fill_between(times + span[0], low * loudest, high * loudest, color="#7f9bb3", linewidth=0)
    for word, (start, end) in _within(((word, word.start, word.end) for word in speech.words), span):
        colour = "#dde7ef" if word.confidence >= WRITTEN else "#f6d2a8"
        axes.axvspan(start, end, ymin=0.75, ymax=0.99, facecolor=colour, edgecolor="white", linewidth=1)
        inside(axes, word.text, (start, end), (1.37, 10.5), per_second)
    axes.set_ylim(-1.0, 1.75)
    axes.set_yticks([])
    axes.set_ylabel("sound\nand words")


def _phones(axes: "Axes", speech: Speech, span: Span, per_second: float) -> None:
    """Phones above, visemes below; neighbours on two heights, so that short ones do not touch."""
    spoken = ((phone.symbol, phone.start, phone.end) for phone in speech.phones if phone.symbol != SILENCE)
    for i, (phone, here) in enumerate(_within(spoken, span)):
        axes.axvspan(*here, ymin=0.5, color=("#eef2f5", "#dfe6ec")[i % 2], linewidth=0)
        inside(axes, phone, here, ((0.64, 0.86)[i % 2], 9.5), 1.8 * per_second)
    runs = ((viseme, list(run)) for viseme, run in groupby(speech.phones, lambda phone: phone.viseme))
    shown = ((viseme, run[0].start, run[-1].end) for viseme, run in runs if viseme != VISEME[SILENCE])
    for i, (viseme, here) in enumerate(_within(shown, span)):
        axes.axvspan(*here, ymax=0.48, color=("#f3efe6", "#e8e0cf")[i % 2], linewidth=0)
        inside(axes, viseme, here, ((0.13, 0.35)[i % 2], 8.5), 1.6 * per_second)
    axes.set_ylim(0, 1)
    axes.set_yticks([0.24, 0.75], ["visemes", "phones"])


def _voice(axes: "Axes", speech: Speech, span: Span) -> None:
    pitch = np.where(speech.prosody.pitch > 0, speech.prosody.pitch, np.nan)
    voiced = pitch[np.isfinite(pitch)]
    low, high = (float(voiced.min()) * 0.85, float(voiced.max()) * 1.15) if len(voiced) else (80.0, 300.0)
    here = slice(*np.searchsorted(speech.prosody.times, [span[0] - 0.02, span[1] + 0.02]))
    times, loudness = speech.prosody.times[here], np.maximum(speech.prosody.loudness[here], QUIETEST)
    axes.plot(times, pitch[here], color=COLOURS[0], linewidth=2.2, solid_capstyle="round", label="pitch (Hz)")
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    ticks = [tick for tick in (60, 80, 100, 150, 200, 300, 400, 600) if low <= tick <= high]
    some = ticks[:: max(len(ticks) // 4, 1)]
    axes.set_yticks(some, [str(tick) for tick in some])
    axes.set_yticks([], minor=True)
    axes.set_ylabel("voice")
    level = _behind(axes)
    level.fill_between(times, QUIETEST, loudness, color="#c9d2d9", alpha=0.6, linewidth=0, label="amplitude (dB)")
    level.set_ylim(QUIETEST, 0)
    level.set_yticks([-60, -40, -20], ["−60", "−40", "−20"])
    _legend(axes, [*axes.get_legend_handles_labels()[0], *level.get_legend_handles_labels()[0]])


def _behind(axes: "Axes") -> "Axes":
    """A second scale, drawn behind the first."""
    level = axes.twinx()
    level.tick_params(length=0, labelsize=8, colors="#8a959d")
    level.spines[:].set_visible(False)
    axes.set_zorder(level.get_zorder() + 1)
    axes.patch.set_visible(False)
    return level


def _feeling(axes: "Axes", speech: Speech, span: Span) -> None:
    """Arousal, the syllables that stand out, and breath."""
    from backend.speech.prosody.accents import accents
    from backend.speech.prosody.affect import affect
    from backend.speech.prosody.breaths import breaths

    axes.plot(speech.prosody.times, affect(speech).arousal, color=COLOURS[1], linewidth=1.8, label="arousal")
    stressed = [accent for accent in accents(speech) if span[0] <= accent.time < span[1]]
    axes.vlines([a.time for a in stressed], 0, [0.3 * a.strength for a in stressed], color=COLOURS[2], linewidth=2.5, label="accents")
    air = [(breath.start, breath.end) for breath in breaths(speech)]
    axes.broken_barh([(start, end - start) for start, end in air], (0, 1), color="#cfe3ea", zorder=0, label="breath")
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
    axes.set_ylabel("affect")
    _legend(axes, axes.get_legend_handles_labels()[0])


def _legend(axes: "Axes", handles: Sequence[Any]) -> None:
    beside = (1 + 54 / axes.bbox.width, 1.0)
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=beside, fontsize=8, frameon=False, handlelength=1.2, borderaxespad=0.2)


def _finish(panels: Sequence["Axes"], span: Span) -> None:
    for axes in panels:
        axes.set_xlim(*span)
        axes.grid(visible=True, axis="x", color=FAINT, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.tick_params(length=0, labelsize=8, colors=INK, labelbottom=axes is panels[-1])
        axes.yaxis.label.set(color=INK, fontsize=10)
        axes.yaxis.set_label_coords(-58 / axes.bbox.width, 0.5)
        axes.spines[["top", "right", "left", "bottom"]].set_visible(False)
    panels[-1].xaxis.set_major_formatter("{x:g} s")


def _fonts(text: str) -> list[str]:
    """The font that matplotlib brings, and one of the system's for East Asian letters where they are needed and it has one."""
    own = ["DejaVu Sans"]
    if all(ord(letter) < 0x2E80 for letter in text):
        return own
    from matplotlib import font_manager

    found = sorted(font_manager.findSystemFonts(), key=lambda path: Path(path).name)
    for wanted in _EAST_ASIAN:
        for path in found:
            if Path(path).name.lower().startswith(wanted.lower()):
                font_manager.fontManager.addfont(path)
                return [*own, font_manager.FontProperties(fname=path).get_name()]
    return own
