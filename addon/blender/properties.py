# SPDX-License-Identifier: GPL-3.0-or-later
"""What the file remembers of a character's line (``Object.mien``) and of the scene (``Scene.mien``)."""

import random
import zlib
from typing import Any, TypeAlias

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, FloatProperty, IntProperty, PointerProperty, StringProperty

from . import described
from .generate import live
from .guides import markers
from .keys.parts import PARTS
from .keys.targets import shaped
from .sound import strips

Thing: TypeAlias = Any
_OVERRIDE = {"LIBRARY_OVERRIDABLE"}
_OVERRIDE_LIST = {"LIBRARY_OVERRIDABLE", "USE_INSERTION"}
MAX_INTENSITY = 2.0
SEEDS = 2**31 - 1

KINDS = (
    ("label", "Emotion", "A named emotion of the service's list"),
    ("text", "Words", "How the line is felt, in your own words"),
    ("image", "Picture", "A photograph or drawing of a face"),
)
EASES = (
    ("smooth", "Smooth", "Comes and goes softly"),
    ("linear", "Linear", "Comes and goes at an even pace"),
    ("step", "Step", "Comes and goes at once"),
)
_HELP = {
    "mouth": "Mouth, jaw, cheeks, nose and tongue",
    "brows": "Brows",
    "eyes": "Blinks, lids and gaze",
    "head": "Turns of the head",
}
_items: list[tuple[str, str, str, str, int]] = []  # Blender keeps no copy of an enumeration's texts


def _generators(self: Thing, _: Thing) -> list[tuple[str, str, str, str, int]]:
    own = self.generator_name or described.default_generator()
    known = {entry["name"]: entry["summary"] for entry in described.generators()}
    _items[:] = [
        (name, name, summary[:1].upper() + summary[1:], "NONE", number_of(name))
        for name, summary in {**known, **({} if own in known else {own: "Not known to the service at hand"})}.items()
    ]
    return _items


def number_of(name: str) -> int:
    """A generator's number in Blender's enumeration: the same whatever else the service offers."""
    return zlib.crc32(name.encode()) & 0x3FFFFFFF


def _get_generator(self: Thing) -> int:
    return number_of(self.generator_name or described.default_generator())


def _set_generator(self: Thing, number: int) -> None:
    self.generator_name = next((item[0] for item in _generators(self, None) if item[4] == number), "")


def _find_strips(_: Thing, context: Thing, typed: str) -> list[str]:
    return [strip.name for strip in strips.sounds(context) if typed.lower() in strip.name.lower()]


class MienEmotion(bpy.types.PropertyGroup):
    """How strongly one emotion is felt; its name is the emotion's."""

    weight: FloatProperty(
        name="Weight",
        description="How strongly the line is felt this way. Animate it to change the feeling within the line",
        default=0.7,
        min=0,
        max=1,
        step=1,
        options={"ANIMATABLE"},
        override=_OVERRIDE,
        update=live.touched,
    )


class MienGuide(bpy.types.PropertyGroup):
    """One guide on the timeline; markers of the scene say where it starts and ends."""

    number: IntProperty(description="What its markers are called by")
    kind: EnumProperty(name="Kind", items=KINDS, description="What the guide is given as", update=live.touched)
    value: StringProperty(
        name="Feeling", description="The emotion's name, or words that describe how the line is felt", update=markers.renamed
    )
    image: PointerProperty(
        type=bpy.types.Image, name="Picture", description="A face that looks the way the line is felt", update=live.touched
    )
    weight: FloatProperty(
        name="Weight", description="How strongly the guide counts", default=0.7, min=0, max=2, step=1, update=live.touched
    )
    fade: FloatProperty(
        name="Fade",
        description="Seconds that the guide takes to come and to go; below zero as the emotion does by itself",
        default=-0.1,
        min=-0.1,
        soft_max=2,
    )
    ease: EnumProperty(name="Ease", items=EASES, description="How the guide comes and goes", update=live.touched)
    start: IntProperty(
        name="Start", description="Frame at which the guide is half in: moves its marker", get=markers.get_start, set=markers.set_start
    )
    end: IntProperty(
        name="End", description="Frame at which the guide is half gone: moves its marker", get=markers.get_end, set=markers.set_end
    )


class MienLine(bpy.types.PropertyGroup):
    """The line that a character speaks, and how."""

    source: EnumProperty(
        name="Audio from",
        items=(
            ("FILE", "File", "A recording on disk", "FILE_SOUND", 0),
            ("STRIP", "Strip", "A sound strip of the sequencer", "SEQ_SEQUENCER", 1),
        ),
        description="Where the recording is",
        override=_OVERRIDE,
    )
    audio: StringProperty(
        name="Recording", description="The recorded line: wav, flac, mp3, ogg ...", subtype="FILE_PATH", override=_OVERRIDE
    )
    strip: StringProperty(name="Strip", description="The sound strip to perform to", search=_find_strips, override=_OVERRIDE)
    script: StringProperty(
        name="Script", description="The words that are spoken: the lips follow them more surely. Empty, they are heard", override=_OVERRIDE
    )
    text: PointerProperty(
        type=bpy.types.Text, name="Script", description="A text block with the words that are spoken; it goes before the field"
    )
    language: StringProperty(name="Language", description="Of the script, such as en, de or ja; empty, it is found out", override=_OVERRIDE)
    generator_name: StringProperty(override=_OVERRIDE)
    generator: EnumProperty(
        name="Generator", items=_generators, get=_get_generator, set=_set_generator, description="What performs the line", options=set()
    )
    emotions: CollectionProperty(type=MienEmotion, override=_OVERRIDE_LIST)
    emotion_index: IntProperty(name="Emotion", description="The chosen emotion")
    intensity: FloatProperty(
        name="Intensity",
        description="How strongly everything felt shows: 0 is a blank face. Animate it: the curve is the line's intensity",
        default=1,
        min=0,
        max=MAX_INTENSITY,
        step=1,
        options={"ANIMATABLE"},
        override=_OVERRIDE,
        update=live.touched,
    )
    prompt: StringProperty(name="Feeling in words", description="Such as 'a tired half-smile'", override=_OVERRIDE, update=live.touched)
    prompt_weight: FloatProperty(
        name="Weight", description="How strongly the words count", default=1, min=0, max=2, override=_OVERRIDE, update=live.touched
    )
    image: PointerProperty(
        type=bpy.types.Image, name="Picture", description="A face that looks the way the line is felt", update=live.touched
    )
    image_weight: FloatProperty(
        name="Weight", description="How strongly the picture counts", default=1, min=0, max=2, override=_OVERRIDE, update=live.touched
    )
    guides: CollectionProperty(type=MienGuide, override=_OVERRIDE_LIST)
    guide_index: IntProperty(name="Guide", description="The chosen guide")
    seed: IntProperty(
        name="Seed", description="The same seed gives the same take", min=0, max=SEEDS, override=_OVERRIDE, update=live.touched
    )
    first: FloatProperty(name="Line starts on", description="Frame on which the recording starts", default=1, override=_OVERRIDE)
    use_range: BoolProperty(name="Only these frames", description="Replace keys between two frames alone", override=_OVERRIDE)
    start: IntProperty(name="Start", description="First frame that is replaced", default=1, override=_OVERRIDE)
    end: IntProperty(name="End", description="Last frame that is replaced", default=100, override=_OVERRIDE)
    blend: FloatProperty(
        name="Blend",
        description="Frames over which new keys leave from and come back to the old ones",
        default=6,
        min=0,
        soft_max=24,
        override=_OVERRIDE,
    )
    parts: EnumProperty(
        name="Parts",
        items=[(part, part.capitalize(), _HELP[part], "NONE", 1 << index) for index, part in enumerate(PARTS)],
        default=set(PARTS),
        options={"ENUM_FLAG"},
        description="Which parts of the face get new keys",
        override=_OVERRIDE,
    )
    onto: EnumProperty(
        name="Keys go to",
        items=(
            ("ACTION", "Action", "A new action, played at once", "ACTION", 0),
            ("NLA", "NLA track", "A strip on the NLA track 'Mien', over or under other animation", "NLA", 1),
        ),
        description="Where the keys go",
        override=_OVERRIDE,
    )
    place_sound: BoolProperty(
        name="Place the sound", description="Put the recording into the sequencer, in time with the keys", default=True, override=_OVERRIDE
    )
    take: StringProperty(name="Take", description="The take whose keys the character has", override=_OVERRIDE)
    show_live: BoolProperty(
        name="Live",
        description="Show what sliders and curves would do, without touching keys",
        get=live.get_on,
        set=live.set_on,
        options={"SKIP_SAVE"},
    )


class MienScene(bpy.types.PropertyGroup):
    """Of the scene."""

    character: PointerProperty(
        type=bpy.types.Object, name="Character", description="The character to direct; empty, it is the one that is selected"
    )


CLASSES = (MienEmotion, MienGuide, MienLine, MienScene)


def character_of(context: Thing) -> Thing | None:
    """The character that is meant: the pinned one, the one set up, or the active object where it or what hangs on it has shape keys."""
    pinned = context.scene.mien.character
    if pinned is not None and pinned.name in context.scene.objects:
        return pinned
    from .characters import active

    found = active.find(context) if hasattr(bpy.types.Object, "mien_character") else None
    if found is not None:
        return found
    thing = context.view_layer.objects.active
    while thing is not None and not shaped(thing):
        thing = thing.parent
    return thing


def another_seed(seed: int) -> int:
    """Any other one."""
    return (seed + random.SystemRandom().randrange(1, SEEDS)) % SEEDS


def register() -> None:
    for made in CLASSES:
        bpy.utils.register_class(made)
    bpy.types.Object.mien = PointerProperty(type=MienLine, override=_OVERRIDE)
    bpy.types.Scene.mien = PointerProperty(type=MienScene)


def unregister() -> None:
    del bpy.types.Scene.mien
    del bpy.types.Object.mien
    for made in reversed(CLASSES):
        bpy.utils.unregister_class(made)
