"""Contact sheet. Format: ``docs/formats/sheet.md``."""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from backend.motion import Motion
from backend.take import Take
from exporters.frames import note_head, rendered
from exporters.options import Options
from exporters.plot import shortened

_COLUMNS, _ROWS = 4, 3
_TILE, _CAPTION, _GAP, _TITLE = 320, 52, 12, 56  # pixels
SIZE = (_COLUMNS * (_TILE + _GAP) + _GAP, _TITLE + _ROWS * (_TILE + _CAPTION + _GAP))

_PAPER, _INK, _QUIET = (250, 250, 248), (40, 40, 40), (120, 120, 120)
_FELT = 0.05  # a weaker emotion is not worth a caption


def sheet(take: Take, options: Options) -> bytes:
    """A PNG of twelve moments, evenly spaced from the first frame to the last, in reading order.

    Under each: its time, the word being said and the strongest emotion. Loses all other frames.
    It is always Mien's head, never the artist's.
    """
    note_head(options)
    motion = take.motion
    picks = np.linspace(0, motion.frames - 1, _COLUMNS * _ROWS).round().astype(int)
    page = Image.new("RGB", SIZE, _PAPER)
    draw = ImageDraw.Draw(page)
    draw.text((_GAP, _TITLE / 2), _title(take), _INK, ImageFont.load_default(size=22), anchor="lm")
    images = rendered(Motion(motion.rig, motion.values[picks], motion.rate), _TILE)
    for i, (frame, image) in enumerate(zip(picks, images, strict=True)):
        row, column = divmod(i, _COLUMNS)
        left, top = _GAP + column * (_TILE + _GAP), _TITLE + row * (_TILE + _CAPTION + _GAP)
        page.paste(Image.fromarray(image), (left, top))
        _caption(draw, left, top + _TILE, take, float(motion.times[frame]))
        options.progress((i + 1) / len(picks))
    content = io.BytesIO()
    page.save(content, "PNG")
    return content.getvalue()


def _title(take: Take) -> str:
    asked = ", ".join(dict.fromkeys(guide.value for guide in take.direction.guides))
    return "  ·  ".join(part for part in (take.sound.name, asked, f"{take.motion.duration:.2f} s") if part)


def _caption(draw: ImageDraw.ImageDraw, left: int, top: int, take: Take, time: float) -> None:
    large, small = ImageFont.load_default(size=17), ImageFont.load_default(size=14)
    word = next((word.text for word in take.words if word.start <= time < word.end), "")
    draw.text((left + 2, top + 15), f"{time:.2f} s", _QUIET, small, anchor="lm")
    draw.text((left + _TILE / 2, top + 15), word, _INK, large, anchor="mm")
    draw.text((left + _TILE - 2, top + 15), _mood(take, time), _QUIET, small, anchor="rm")


def _mood(take: Take, time: float) -> str:
    strengths = take.emotion.at(np.array([time]))[0]
    if not strengths.size or strengths.max() < _FELT:
        return ""
    strongest = int(strengths.argmax())
    return f"{shortened(take.emotion.labels[strongest], 14)} {strengths[strongest]:.0%}"
