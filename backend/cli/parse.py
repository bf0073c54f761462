"""Reading what is typed: guides, intensities, settings."""

import csv
import re
from pathlib import Path

from backend.emotion.direction import Curve, Guide, Value
from backend.errors import DirectionError

_NUMBER = r"\d+(?:\.\d*)?|\.\d+"
_GUIDE = re.compile(rf"(?P<label>[^:@]+)(?::(?P<weight>{_NUMBER}))?(?:@(?P<start>{_NUMBER})?-(?P<end>{_NUMBER})?)?")


def parse_guide(text: str) -> Guide:
    """Read ``label``, ``label:weight`` or ``label:weight@start-end`` (seconds; either end may be left open)."""
    found = _GUIDE.fullmatch(text.strip())
    if not found:
        raise DirectionError(
            f"cannot read the emotion '{text}': write LABEL, LABEL:WEIGHT or LABEL:WEIGHT@START-END, such as sad:1@2.0-3.5."
        )
    start, end = (float(found[part]) if found[part] else None for part in ("start", "end"))
    return Guide(found["label"].strip(), float(found["weight"] or 1), start, end)


def parse_intensity(text: str) -> Curve:
    """Read a number, or the path of a CSV file with a time in seconds and a value on every line."""
    try:
        return Curve((0.0,), (float(text),))
    except ValueError:
        pass
    path = Path(text)
    if path.suffix.lower() != ".csv":
        raise DirectionError(f"cannot read the intensity '{text}': give a number from 0 to 2, or a .csv file of times and values.")
    try:
        rows = [row for row in csv.reader(path.read_text("utf-8-sig").splitlines()) if row]
        start = 0 if _is_number(rows[0][0]) else 1  # a first line of column names is welcome
        keys = [(float(row[0]), float(row[1])) for row in rows[start:]]
    except OSError as error:
        raise DirectionError(f"cannot read the intensity curve {path}: {(error.strerror or str(error)).lower()}.") from error
    except (ValueError, IndexError) as error:
        raise DirectionError(
            f"the intensity curve {path} needs two numbers on every line, a time in seconds and a value: {error}."
        ) from error
    return Curve(tuple(time for time, _ in keys), tuple(value for _, value in keys))


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
