# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service says of itself: generators with their settings, emotions, rigs.

A generator's settings become a property group of its own, with the service's names, ranges and
help, so that sliders, tooltips and F-curves are Blender's. What was said last is kept in the
extension's own folder, so that a file opens with its settings before any service runs.
"""

import contextlib
import json
import keyword
import re
from pathlib import Path
from typing import Any, TypeAlias

import bpy

from . import session

Thing: TypeAlias = Any
_PREFIX = "mien_"


class _Known:
    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget all of it."""
        self.generators: list[dict[str, Any]] = []
        self.emotions: list[dict[str, Any]] = []
        self.rigs: list[dict[str, Any]] = []
        self.groups: dict[str, tuple[type, str]] = {}  # of every generator, with what it was made from
        self.current = False


_known = _Known()


def generators() -> list[dict[str, Any]]:
    """What the service performs with."""
    return _known.generators


def current() -> bool:
    """Whether the service has said so in this session; what was kept in a file may be another version's."""
    return _known.current


def emotions() -> list[dict[str, Any]]:
    """Labels that the service knows."""
    return _known.emotions


def generator(name: str) -> dict[str, Any]:
    """What is known of a generator; nothing where it is unknown."""
    return next((known for known in _known.generators if known["name"] == name), {})


def takes_guide(name: str, kind: str) -> bool:
    """Whether a generator can be guided by a label, a text or an image. An unknown one is asked to try."""
    return kind in generator(name).get("guides", [kind])


def default_generator() -> str:
    """The one that the service prefers."""
    return str(next((known["name"] for known in _known.generators if known.get("default")), "rules"))


def regions(rig: str = "arkit") -> dict[str, str]:
    """The region of every channel of a rig, as far as the service has said."""
    found = next((known for known in _known.rigs if known["name"] == rig), {})
    return {channel["name"]: channel["region"] for channel in found.get("channels", [])}


def settings_name(generator_name: str) -> str:
    """Name of the property of objects that holds a generator's settings."""
    return _PREFIX + re.sub(r"\W", "_", generator_name)


def settings_of(thing: Thing, generator_name: str) -> Thing | None:
    """A generator's settings on an object, or ``None`` while nothing is known of the generator."""
    return getattr(thing, settings_name(generator_name), None) if generator_name in _known.groups else None


def ask(service: Thing) -> dict[str, Any]:
    """Everything that the service says of itself. Any thread."""
    return {"generators": service.generators(), "emotions": service.emotions(), "rigs": service.rigs()}


def learn(said: dict[str, Any], keep: bool = True) -> None:
    """Take over what :func:`ask` brought. Main thread."""
    _known.generators, _known.emotions, _known.rigs = said["generators"], said["emotions"], said["rigs"]
    _known.current = keep
    for known in _known.generators:
        _make_group(known)
    file = _file()
    if keep and file is not None:
        fresh = file.with_suffix(".new")
        with contextlib.suppress(OSError):
            fresh.write_text(json.dumps(said), encoding="utf-8")
            fresh.replace(file)


def _make_group(known: dict[str, Any]) -> None:
    name, made_from = known["name"], json.dumps(known["settings"], sort_keys=True)
    if name in _known.groups:
        if _known.groups[name][1] == made_from:
            return
        _drop_group(name)
    properties = {setting["name"]: _property(setting) for setting in known["settings"] if _usable(setting["name"])}
    # Blender makes properties of a class's annotations, which here come from the service.
    group = type(f"MienSettings_{settings_name(name)}", (bpy.types.PropertyGroup,), {"__annotations__": properties})
    bpy.utils.register_class(group)
    setattr(bpy.types.Object, settings_name(name), bpy.props.PointerProperty(type=group, override={"LIBRARY_OVERRIDABLE"}))
    _known.groups[name] = (group, made_from)


def _property(setting: dict[str, Any]) -> Thing:
    from .generate import live

    low, high, unit = setting["low"], setting["high"], setting.get("unit") or ""
    help_ = setting["help"][:1].upper() + setting["help"][1:] + (f", in {unit}" if unit else "")
    return bpy.props.FloatProperty(
        name=setting["name"].replace("_", " ").capitalize(),
        description=help_,
        default=setting["default"],
        min=low,
        max=high,
        step=max(1, round(high - low)),
        options={"ANIMATABLE"} if setting.get("animatable") else set(),
        override={"LIBRARY_OVERRIDABLE"},
        update=live.touched,
    )


def _usable(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("_") and name not in ("name", "rna_type", "bl_rna")


def _drop_group(name: str) -> None:
    group, _ = _known.groups.pop(name)
    with contextlib.suppress(AttributeError):
        delattr(bpy.types.Object, settings_name(name))
    bpy.utils.unregister_class(group)


def _file() -> Path | None:
    package = __package__.rpartition(".")[0]
    if not package.startswith("bl_ext."):
        return None  # not installed: a test or a checkout
    return Path(bpy.utils.extension_path_user(package, create=True)) / "described.json"


def refresh() -> None:
    """Ask the service anew, without waiting for it."""
    where = session.place()
    session.later(lambda: ask(session.connect(where)), _learned)


def _learned(said: dict[str, Any]) -> None:
    learn(said)
    session.settle(session.notes())


def register() -> None:
    file = _file()
    if file is not None and file.is_file():
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            learn(json.loads(file.read_text(encoding="utf-8")), keep=False)


def unregister() -> None:
    for name in list(_known.groups):
        _drop_group(name)
    _known.clear()
