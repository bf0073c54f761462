"""Reading what is typed: guides, intensities, settings."""

import codecs
import csv
import itertools
import math
import re
from collections.abc import Iterable
from pathlib import Path

from backend.emotion.direction import MAX_INTENSITY, Curve, Guide, Value
from backend.errors import DirectionError

_NUMBER = r"\d+(?:\.\d*)?|\.\d+"
_GUIDE = re.compile(rf"(?P<label>[^:@]+)(?::(?P<weight>{_NUMBER}))?(?:@(?P<start>{_NUMBER})?-(?P<end>{_NUMBER})?)?")

_BEHIND = re.compile(rf"(?P<value>.*?)(?::(?P<weight>{_NUMBER}))?(?:@(?P<start>{_NUMBER})?-(?P<end>{_NUMBER})?)?", re.DOTALL)


def parse_guide(text: str) -> Guide:
    """Read ``label``, ``label:weight`` or ``label:weight@start-end`` (seconds; either end may be left open)."""
    found = _GUIDE.fullmatch(text.strip())
    if not found:
        raise DirectionError(
            f"cannot read the emotion '{text}': write LABEL, LABEL:WEIGHT or LABEL:WEIGHT@START-END, such as sad:1@2.0-3.5."
        )
    start, end = (float(found[part]) if found[part] else None for part in ("start", "end"))
    return Guide(found["label"].strip(), float(found["weight"] or 1), start, end)


def parse_text(text: str) -> Guide:
    """Read a description with ``:weight`` and ``@start-end`` behind it, as behind a label.

    It is read from the end, and only what fits that form counts: any other colon or @ belongs to the description.
    """
    value, weight, start, end = _from_the_end(text)
    if not value:
        raise DirectionError(f"cannot read the text '{text}': write a description, then :WEIGHT and @START-END where you want them.")
    if weight > MAX_INTENSITY:
        raise DirectionError(
            f"the text '{text}' ends in a weight of {weight:g}: give one from 0 to {MAX_INTENSITY:g}, or write :1 behind it if the number "
            "belongs to the description."
        )
    return Guide(value, weight, start, end, kind="text")


def parse_image(text: str) -> tuple[Path, float, float | None, float | None]:
    """Read the path of a picture with ``:weight`` and ``@start-end`` behind it; a file that is called all of that comes first."""
    if _is_file(text):
        return Path(text), 1.0, None, None
    value, weight, start, end = _from_the_end(text)
    if not value:
        raise DirectionError(f"cannot read the image '{text}': write the path of a picture, then :WEIGHT and @START-END if you want.")
    return Path(value), weight, start, end


def read_image(text: str, by: str) -> tuple[Guide, str]:
    """The guide of a picture as :func:`parse_image` reads it, and a remark about it (empty where there is none).

    Raises:
        MienError: the picture cannot be read ``by`` that way.
    """
    from backend.emotion.pictures import read_picture

    path, weight, start, end = parse_image(text)
    Guide(path.name, weight, start, end)  # a wrong weight should not cost the time of reading
    found = read_picture(path, by)
    return Guide(found.name, weight, start, end, kind="image", features=found.features), found.note


def _from_the_end(text: str) -> tuple[str, float, float | None, float | None]:
    found = _BEHIND.fullmatch(text.strip())
    assert found is not None  # the whole may be all value
    start, end = (float(found[part]) if found[part] else None for part in ("start", "end"))
    return found["value"].strip(), float(found["weight"] or 1), start, end


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def parse_intensity(text: str) -> Curve:
    """Read a number, or the path of a CSV file with a time in seconds and a value on every line."""
    try:
        return Curve((0.0,), (float(text),))
    except ValueError:
        pass
    path = Path(text)
    if path.suffix.lower() != ".csv":
        raise DirectionError(f"cannot read the intensity '{text}': give a number from 0 to 2, or a .csv file of times and values.")
    keys = _keys(path)
    _in_order(path, keys)
    return Curve(tuple(time for _, time, _ in keys), tuple(value for _, _, value in keys))


def _keys(path: Path) -> list[tuple[int, float, float]]:
    """Line, time and value of every key in a CSV file; a first line of column names is welcome."""
    keys = list[tuple[int, float, float]]()
    reader = csv.reader(_text(path).splitlines())
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells) or (reader.line_num == 1 and cells[0][:1] not in _BEGINS_A_NUMBER and not _is_number(cells[0])):
                continue
            if len(cells) < 2 or not (_is_number(cells[0]) and _is_number(cells[1])):
                raise DirectionError(f"{_line(path, reader.line_num)} {_instead(row)}")
            keys.append((reader.line_num, float(cells[0]), float(cells[1])))
    except csv.Error as error:
        raise DirectionError(f"{_line(path, reader.line_num)} {_WANTED}: {error}.") from error
    if not keys:
        raise DirectionError(f"the intensity curve {path} is empty. Write a time in seconds, a comma and a value on every line.")
    return keys


def _text(path: Path) -> str:
    try:
        # A pipe would be waited for as long as nobody writes to it.
        if path.exists() and not path.is_file():
            raise DirectionError(f"the intensity curve {path} is no file. Give a .csv file.")
        content = path.read_bytes()
    except OSError as error:
        raise DirectionError(f"cannot read the intensity curve {path}: {(error.strerror or str(error)).lower()}.") from error
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or b"\0" in content:
        raise DirectionError(f"the intensity curve {path} is UTF-16 or no text, already in line 1. Save it as plain CSV in UTF-8.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DirectionError(f"{_line(path, line)} is not UTF-8 text. Save it as plain CSV in UTF-8.") from error


_BEGINS_A_NUMBER = tuple("+-.0123456789")
_WANTED = "needs a time in seconds, a comma and a value"


def _line(path: Path, number: int) -> str:
    return f"line {number} of the intensity curve {path}"


def _instead(row: list[str]) -> str:
    """What is wrong with a line that has no two numbers."""
    found = ",".join(row)
    shown = found if len(found) <= 40 else found[:40] + "..."
    mark = next((name for sign, name in ((";", "a semicolon"), ("\t", "a tab")) if sign in found), None)
    return f"{_WANTED}, {f'not {mark}' if mark else 'in numbers with a point'}, and holds '{shown}'."


def _in_order(path: Path, keys: list[tuple[int, float, float]]) -> None:
    for line, time, value in keys:
        if not (math.isfinite(time) and 0 <= value <= MAX_INTENSITY):  # false for nan
            low = f"{value:g}" if math.isfinite(time) else f"{time:g} as its time"
            raise DirectionError(f"{_line(path, line)} holds {low}: give a time in seconds and a value from 0 to {MAX_INTENSITY:g}.")
    for (_, before, _), (line, time, _) in itertools.pairwise(keys):
        if time <= before:
            raise DirectionError(f"{_line(path, line)} is at {time:g} s, not after the line before it at {before:g} s. Sort it by time.")


def parse_settings(texts: Iterable[str]) -> dict[str, Value]:
    """Read every ``name=number``; a name may be given once."""
    settings: dict[str, Value] = {}
    for name, value in map(parse_setting, texts):
        if name in settings:
            raise DirectionError(f"the setting '{name}' is given twice, as {settings[name]:g} and {value:g}. Give it once.")
        settings[name] = value
    return settings


def parse_setting(text: str) -> tuple[str, Value]:
    """Read ``name=number``."""
    name, equals, value = text.partition("=")
    if not equals or not _is_number(value):
        raise DirectionError(f"cannot read the setting '{text}': write NAME=NUMBER, such as head=0.5.")
    return name.strip(), float(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
