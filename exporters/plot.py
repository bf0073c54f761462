"""A picture of the take's curves. Format: ``docs/formats/plot.md``."""

import io
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from backend.motion import Motion
from backend.speech.inventory import SILENCE
from backend.speech.speech import SAMPLE_RATE, Phone, Speech, Word
from backend.take import Take
from exporters.options import Options

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 100
_PER_SECOND = 180  # pixels; enough for a word of quick speech
_WIDTHS = (1600, 12000)  # pixels
_HEIGHT = 1200  # pixels
_HEIGHTS = (1.6, 0.7, 1.4, 1.6, 1.6, 1.2, 1.2)  # of the rows, in shares

# Curves drawn together: what to call them, and the channels whose mean they are.
_MOUTH = {
    "jaw open": ("jawOpen",),
    "mouth close": ("mouthClose",),
    "pucker": ("mouthPucker",),
    "funnel": ("mouthFunnel",),
    "lips pressed": ("mouthPressLeft", "mouthPressRight"),
}
_EXPRESSION = {
    "smile": ("mouthSmileLeft", "mouthSmileRight"),
    "frown": ("mouthFrownLeft", "mouthFrownRight"),
    "brows up": ("browInnerUp", "browOuterUpLeft", "browOuterUpRight"),
    "brows down": ("browDownLeft", "browDownRight"),
    "cheeks": ("cheekSquintLeft", "cheekSquintRight"),
    "nose": ("noseSneerLeft", "noseSneerRight"),
}
_EYES = {
    "blink": ("eyeBlinkLeft", "eyeBlinkRight"),
    "squint": ("eyeSquintLeft", "eyeSquintRight"),
    "wide": ("eyeWideLeft", "eyeWideRight"),
}
_HEAD = {"yaw (left +)": ("headYaw",), "pitch (down +)": ("headPitch",), "roll (right +)": ("headRoll",)}

# Okabe & Ito (2008): told apart by colour-blind people too.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
INK, FAINT = "#333333", "#e4e4e4"


def plot(take: Take, options: Options) -> bytes:
    """A PNG with waveform, words, phones, emotion and the main curves over one time axis.

    Wide by length, 180 pixels for a second but at least 1600 and at most 12000; 1200 high.
    Loses everything else: it is to look at.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    length = max(take.motion.duration, take.sound.duration, 1e-3)
    width = int(np.clip(length * _PER_SECOND, *_WIDTHS))
    figure = Figure(figsize=(width / DPI, _HEIGHT / DPI), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    margin = 110 / width  # pixels for the names at the left; the legends go to the right
    rows = figure.subplots(
        len(_HEIGHTS), 1, sharex=True, gridspec_kw={"height_ratios": _HEIGHTS, "hspace": 0.12, "left": margin, "right": 1 - 1.5 * margin}
    )
    figure.subplots_adjust(top=0.94, bottom=0.05)
    figure.text(margin, 0.965, _title(take), fontsize=13, color=INK, weight="bold", parse_math=False)
    _waveform(rows[0], options.speech, take.words, width / length)
    _phones(rows[1], take.phones, width / length)
    _emotion(rows[2], take)
    _curves(rows[3], "mouth", take.motion, _MOUTH)
    _curves(rows[4], "expression", take.motion, _EXPRESSION)
    _curves(rows[5], "eyes", take.motion, _EYES)
    _head(rows[6], take.motion)
    _finish(rows, length)
    figure.align_ylabels(rows)
    return png(figure)


def png(figure: "Figure") -> bytes:
    content = io.BytesIO()
    with warnings.catch_warnings():
        # A word in a script that the bundled font lacks is drawn as boxes; that is no reason to fail.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(content, format="png", dpi=DPI, metadata={"Software": None})
    return content.getvalue()


def _title(take: Take) -> str:
    motion = take.motion
    asked = ", ".join(guide.value for guide in take.direction.guides) or "no direction"
    return f"{take.sound.name}   ·   {asked}   ·   {motion.frames} frames at {float(motion.rate):.6g} fps"


def _waveform(axes: "Axes", speech: Speech | None, words: Iterable[Word], per_second: float) -> None:
    if speech is not None and len(speech.samples):
        times, low, high = envelope(speech.samples, per_second)
        axes.fill_between(times, low, high, color="#7f9bb3", linewidth=0)
    axes.set_ylim(-1.0, 1.45)
    axes.set_yticks([])
    axes.set_ylabel("words" if speech is None else "sound\nand words")
    for word in words:
        axes.axvspan(word.start, word.end, ymin=0.83, ymax=0.99, color="#dde7ef", linewidth=0)
        inside(axes, word.text, (word.start, word.end), (1.22, 11), per_second)


def envelope(samples: NDArray[np.float32], per_second: float) -> tuple[NDArray[np.float64], NDArray[np.float32], NDArray[np.float32]]:
    """Lowest and highest sample in each pixel's time, against the loudest."""
    step = max(int(SAMPLE_RATE / per_second), 1)
    count = len(samples) // step
    blocks = samples[: count * step].reshape(count, step) / max(float(np.abs(samples).max()), 1e-6)
    return (np.arange(count) + 0.5) * step / SAMPLE_RATE, blocks.min(axis=1), blocks.max(axis=1)


def _phones(axes: "Axes", phones: Iterable[Phone], per_second: float) -> None:
    for i, phone in enumerate(phone for phone in phones if phone.symbol != SILENCE):
        axes.axvspan(phone.start, phone.end, color=("#eef2f5", "#dfe6ec")[i % 2], linewidth=0)
        # Neighbours stand on two lines, so that short ones do not touch.
        inside(axes, phone.symbol, (phone.start, phone.end), ((0.3, 0.7)[i % 2], 8), 2 * per_second)
    axes.set_ylim(0, 1)
    axes.set_yticks([])
    axes.set_ylabel("phones")


def inside(axes: "Axes", text: str, span: tuple[float, float], at: tuple[float, float], per_second: float) -> None:
    """Centre a text in its stretch, smaller if need be, and not at all where it would be a smudge."""
    (start, end), (height, size) = span, at
    room = (end - start) * per_second
    needed = len(text) * size * 0.62 * DPI / 72  # a letter of the font is about 0.62 of its size wide
    fitting = size * min(1.0, room / max(needed, 1e-6))
    if fitting >= 5.5:
        axes.text((start + end) / 2, height, text, fontsize=fitting, ha="center", va="center", color=INK, clip_on=True, parse_math=False)


def _emotion(axes: "Axes", take: Take) -> None:
    track = take.emotion
    for label, strength, colour in zip(track.labels, track.strengths.T, _cycled(len(track.labels)), strict=True):
        axes.fill_between(track.times, strength, color=colour, alpha=0.18, linewidth=0)
        axes.plot(track.times, strength, color=colour, linewidth=1.6, label=shortened(label, 20))
    axes.plot(track.times, track.intensity, color=INK, linewidth=1.2, linestyle=(0, (4, 2)), label="intensity")
    axes.set_ylim(0, max(1.05, 1.05 * float(track.intensity.max(initial=0)), 1.05 * float(track.strengths.max(initial=0))))
    axes.set_ylabel("emotion")


def _curves(axes: "Axes", name: str, motion: Motion, curves: Mapping[str, tuple[str, ...]]) -> None:
    highest = 1.0
    for (label, channels), colour in zip(curves.items(), _cycled(len(curves)), strict=True):
        known = tuple(channel for channel in channels if channel in motion.rig)
        if known:
            values = motion.pick(known).mean(axis=1)
            highest = max(highest, float(values.max()))
            axes.plot(motion.times, values, color=colour, linewidth=1.4, label=label)
    axes.set_ylim(-0.03, 1.05 * highest)
    axes.set_ylabel(name)


def _head(axes: "Axes", motion: Motion) -> None:
    for (label, (channel,)), colour in zip(_HEAD.items(), _cycled(len(_HEAD)), strict=True):
        if channel in motion.rig:
            axes.plot(motion.times, np.degrees(motion[channel]), color=colour, linewidth=1.4, label=label)
    reach = max(5.0, *(abs(limit) for limit in axes.get_ylim()))
    axes.set_ylim(-reach, reach)
    axes.axhline(0, color=FAINT, linewidth=1, zorder=0)
    axes.set_ylabel("head\n(degrees)")


def shortened(text: str, most: int) -> str:
    """A text of at most so many characters: what somebody wrote as a guide may be a whole sentence."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _cycled(count: int) -> Sequence[str]:
    return [COLOURS[i % len(COLOURS)] for i in range(count)]


def _finish(rows: Sequence["Axes"], length: float) -> None:
    for axes in rows:
        axes.set_xlim(0, length)
        axes.grid(visible=True, axis="x", color=FAINT, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.tick_params(length=0, labelsize=9, colors=INK)
        axes.yaxis.label.set(color=INK, fontsize=11)
        axes.spines[["top", "right", "left", "bottom"]].set_visible(False)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=9, frameon=False, handlelength=1.4, borderaxespad=0.3)
    rows[-1].set_xlabel("seconds", fontsize=10, color=INK)
