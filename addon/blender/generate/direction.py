# SPDX-License-Identifier: GPL-3.0-or-later
"""What the artist has set, as the direction that the service takes."""

from pathlib import Path
from typing import Any, TypeAlias

import bpy

from .. import described, guides
from . import sample
from .sample import Span

Thing: TypeAlias = Any
Pictures: TypeAlias = dict[str, Path]  # files that guides name, by what stands for them until they have an id


def direction(scene: Thing, character: Thing, span: Span) -> tuple[dict[str, Any], Pictures, list[str]]:
    """The direction, the pictures that it names, and what the artist should know. Main thread.

    An image guide's ``value`` is a key of the pictures; :func:`with_pictures` puts ids there.
    """
    line, notes = character.mien, list[str]()
    generator = line.generator_name or described.default_generator()
    pictures: Pictures = {}
    said = [
        *emotion_guides(character, span),
        *_prompts(line, generator, pictures, notes),
        *_timeline(scene, line, generator, span, pictures, notes),
    ]
    plain = {
        "generator": generator,
        "rig": rig_of(character),
        "rate": str(span.rate),
        "seed": line.seed,
        "guides": said,
        "intensity": intensity(character, span),
        "settings": settings(character, generator, notes),
    }
    if unheard := sample.not_followed(character):
        notes.append(
            f"Drivers or NLA strips of '{character.name}' move {', '.join(unheard)}, and only its active action is followed over time: "
            "the value on the current frame was used. Key them there."
        )
    return plain, pictures, notes


def rig_of(character: Thing) -> str:
    """The rig that the character's matching speaks."""
    return str(getattr(getattr(character, "mien_character", None), "rig", "") or "arkit")


def emotion_guides(character: Thing, span: Span) -> list[dict[str, Any]]:
    """Emotion weights: one guide each over the whole line, or as many as an F-curve needs."""
    found = []
    for index, emotion in enumerate(character.mien.emotions):
        label = emotion.name

        def make(weight: float, more: dict[str, Any], label: str = label) -> dict[str, Any]:
            return {
                "kind": "label",
                "value": label,
                "weight": round(weight, 6),
                "start": None,
                "end": None,
                "fade": None,
                "ease": "smooth",
                **more,
            }

        curve = sample.curve_of(character, f"mien.emotions[{index}].weight", f'mien.emotions["{label}"].weight')
        if curve is not None:
            found += sample.weight_guides(curve, span, 1.0, make)
        elif emotion.weight > 0:
            found.append(make(emotion.weight, {}))
    return found


def intensity(character: Thing, span: Span) -> dict[str, list[float]]:
    """The intensity's F-curve over the line, or its one value."""
    curve = sample.curve_of(character, "mien.intensity")
    if curve is None:
        return {"times": [0.0], "values": [round(character.mien.intensity, 6)]}
    times, values = sample.curve_keys(curve, span, 0.0, 2.0)
    return {"times": times, "values": values}


def settings(character: Thing, generator: str, notes: list[str]) -> dict[str, float]:
    """The generator's settings that differ from its defaults."""
    own, found = described.settings_of(character, generator), {}
    if own is None:
        return {}
    for setting in described.generator(generator).get("settings", []):
        name = setting["name"]
        value = float(getattr(own, name, setting["default"]))
        if abs(value - setting["default"]) > 1e-6:
            found[name] = round(min(max(value, setting["low"]), setting["high"]), 6)
        if sample.curve_of(character, f"{described.settings_name(generator)}.{name}") is not None:
            notes.append(
                f"'{name}' has a curve, but a setting has one value for a whole line: {value:g} was used, its value on the current frame. "
                "Intensity and the weights of emotions may be animated."
            )
    return found


def _prompts(line: Thing, generator: str, pictures: Pictures, notes: list[str]) -> list[dict[str, Any]]:
    found = []
    open_ = {"start": None, "end": None, "fade": None, "ease": "smooth"}
    if line.prompt.strip() and _taken(generator, "text", "words", notes):
        found.append({"kind": "text", "value": line.prompt.strip(), "weight": round(line.prompt_weight, 6), **open_})
    if line.image and _taken(generator, "image", "a picture", notes):
        found.append({"kind": "image", "value": _picture(line.image, pictures), "weight": round(line.image_weight, 6), **open_})
    return found


def _timeline(scene: Thing, line: Thing, generator: str, span: Span, pictures: Pictures, notes: list[str]) -> list[dict[str, Any]]:
    found = []
    for guide, plain in guides.spans(scene, line, span.first, span.rate):
        if span.seconds is not None and (plain["start"] or 0.0) >= span.seconds:
            notes.append(f"Guide {guide.number} starts after the line has ended, so it was left out: move its marker.")
            continue
        value = guide.value.strip()
        if guide.kind == "image":
            value = _picture(guide.image, pictures) if guide.image else ""
        if value and _taken(generator, guide.kind, {"text": "words", "image": "a picture"}.get(guide.kind, "emotions"), notes):
            found.append({**plain, "value": value})
    return found


def _taken(generator: str, kind: str, what: str, notes: list[str]) -> bool:
    if described.takes_guide(generator, kind):
        return True
    note = f"{generator} cannot be guided by {what}, so that was left out: choose another generator for it."
    if note not in notes:
        notes.append(note)
    return False


def _picture(image: Thing, pictures: Pictures) -> str:
    """Stands for a picture until it has an id. One that is only in the file, or was painted, is written out first.

    Raises:
        ValueError: it is neither on disk nor packed.
    """
    key = f"picture:{image.name_full}"
    path = Path(bpy.path.abspath(image.filepath, library=image.library)) if image.filepath else None
    if path is None or not path.is_file() or image.is_dirty:
        if not (image.packed_file or image.is_dirty or image.source == "GENERATED"):
            raise ValueError(f"The picture '{image.name}' is not where it was ({path}): open it again.")
        path = Path(bpy.app.tempdir) / f"mien_{abs(hash(key))}.png"
        image.save(filepath=str(path))
    pictures[key] = path
    return key


def with_pictures(plain: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
    """The direction with the service's ids of its pictures."""
    return {**plain, "guides": [{**guide, "value": ids.get(guide["value"], guide["value"])} for guide in plain["guides"]]}
