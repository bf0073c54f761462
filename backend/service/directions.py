"""What is asked for, looked at before anybody works on it."""

import json
from typing import Any

from backend.emotion.direction import Direction
from backend.errors import DirectionError
from backend.service import models
from backend.service.house import House


def unread(guide: dict[str, Any]) -> bool:
    """Whether a guide is a stored picture that the worker has to read first: its value is a file id, and it has no features."""
    return guide["kind"] == "image" and not guide.get("features")


def checked(house: House, asked: models.Heard, **instead: str) -> dict[str, Any]:
    """The request as a job keeps it; ``instead`` stands in for fields of the direction that were left out.

    Raises:
        DirectionError: the direction cannot be followed.
        Refusal: a file that it names is not here.
    """
    from backend.generators import GENERATORS
    from backend.motion import RIGS, parse_rate

    plain = asked.direction.model_dump()
    plain |= {name: value for name, value in instead.items() if name not in asked.direction.model_fields_set}
    plain["rate"] = str(parse_rate(plain["rate"]))
    pictures = [guide["value"] for guide in plain["guides"] if unread(guide)]
    known = [guide | {"value": "picture", "features": [0.0]} if unread(guide) else guide for guide in plain["guides"]]
    direction = Direction.from_json(json.dumps(plain | {"guides": known}))
    for names, name in ((GENERATORS, direction.generator), (RIGS, direction.rig)):
        if name not in names:
            names[name]  # raises, and offers the nearest
    if asked.textgrid is not None and asked.script is not None:
        raise DirectionError("a TextGrid has the words already: give it or a script, not both.")
    for name in (asked.recording, *([asked.textgrid] if asked.textgrid else []), *pictures):
        house.files.path(name)
    return {
        "recording": asked.recording,
        "script": asked.script,
        "language": asked.language,
        "textgrid": asked.textgrid,
        "direction": plain,
        "pictures": pictures,
    }
