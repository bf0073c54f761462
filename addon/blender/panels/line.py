# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the panel "Mien", the same in the 3D view's sidebar and in the sequencer's."""

from typing import Any, TypeAlias

from .. import described
from ..generate import live, run
from ..properties import character_of
from ..sound import strips
from ..takes import meanwhile
from . import message

Thing: TypeAlias = Any


def draw_main(layout: Thing, context: Thing) -> None:
    """Recording, script, generator and the button; what came of it stands below, so that nothing moves away from under the mouse."""
    layout.prop(context.scene.mien, "character", text="")
    character = character_of(context)
    if character is None:
        message.wrapped(layout, "Select a character: an object with shape keys.", "INFO", context.region.width)
        message.draw(layout, context)
        return
    if context.scene.mien.character is None:
        layout.label(text=character.name, icon="OUTLINER_OB_MESH")
    line = character.mien
    _sound(layout, context, line)
    column = layout.column(align=True)
    column.prop(line, "text", text="", placeholder="Script as a text block") if _placeholders() else column.prop(
        line, "text", text="Script"
    )
    if line.text is None:
        column.prop(line, "script", text="", placeholder="Script: the words that are spoken") if _placeholders() else column.prop(
            line, "script"
        )
    layout.prop(line, "generator", text="")
    _button(layout, line)
    message.draw(layout, context)
    _meanwhile(layout, context, character)


def _meanwhile(layout: Thing, context: Thing, character: Thing) -> None:
    if meanwhile.finished(character) is None:
        return
    box = layout.box()
    message.wrapped(box, "A take of this line was finished meanwhile.", "INFO", context.region.width)
    row = box.row(align=True)
    row.operator("mien.take_meanwhile", icon="IMPORT")
    row.operator("mien.take_meanwhile", text="", icon="X").drop = True


def _sound(layout: Thing, context: Thing, line: Thing) -> None:
    layout.row().prop(line, "source", expand=True)
    if line.source == "FILE":
        layout.prop(line, "audio", text="")
        return
    row = layout.row(align=True)
    row.prop(line, "strip", text="", icon="SEQUENCE")
    row.operator("mien.use_active_strip", text="", icon="EYEDROPPER")
    if line.strip and strips.named(context, line.strip) is None:
        layout.label(text="This strip is not there any more", icon="ERROR")


def _button(layout: Thing, line: Thing) -> None:
    going = run.current
    column = layout.column(align=True)
    if going is not None and not going.over:
        column.progress(factor=going.share, type="BAR", text=going.text)
        column.operator("mien.cancel", icon="X")
        return
    column.scale_y = 1.4
    row = column.row(align=True)
    row.operator("mien.generate", icon="PLAY")
    row = layout.row(align=True)
    row.prop(line, "seed")
    row.operator("mien.another_take", icon="FILE_REFRESH")


def draw_feeling(layout: Thing, context: Thing, line: Thing) -> None:
    """Emotion weights, intensity, words and a picture."""
    row = layout.row()
    row.template_list("MIEN_UL_emotions", "", line, "emotions", line, "emotion_index", rows=3)
    column = row.column(align=True)
    column.operator("mien.emotion_add", text="", icon="ADD")
    column.operator("mien.emotion_remove", text="", icon="REMOVE")
    layout.prop(line, "intensity", slider=True)
    name = line.generator_name or described.default_generator()
    words = layout.column(align=True)
    words.enabled = described.takes_guide(name, "text")
    words.prop(line, "prompt", text="", icon="SYNTAX_OFF", **({"placeholder": "In words: a tired half-smile"} if _placeholders() else {}))
    if line.prompt:
        words.prop(line, "prompt_weight", slider=True)
    picture = layout.column(align=True)
    picture.enabled = described.takes_guide(name, "image")
    picture.template_ID(line, "image", open="image.open")
    if line.image:
        preview = line.image.preview_ensure()
        if preview is not None:
            picture.template_icon(icon_value=preview.icon_id, scale=5)
        picture.prop(line, "image_weight", slider=True)
    left_out = [what for kind, what in (("text", "words"), ("image", "pictures")) if not described.takes_guide(name, kind)]
    if left_out:
        message.wrapped(layout, f"{name} is guided by emotions, not by {' or '.join(left_out)}.", "INFO", context.region.width)


def draw_live(layout: Thing, line: Thing) -> None:
    """See the sliders' effect at once."""
    row = layout.row(align=True)
    row.prop(line, "show_live", toggle=True, icon="HIDE_OFF" if live.get_on(line) else "HIDE_ON")
    if live.get_on(line):
        row.operator("mien.live_apply", icon="CHECKMARK")
        row.operator("mien.live_discard", icon="X")


def draw_settings(layout: Thing, character: Thing) -> None:
    """The generator's own settings, as the service describes them."""
    name = character.mien.generator_name or described.default_generator()
    own = described.settings_of(character, name)
    if own is None:
        layout.operator("mien.connect", text="Ask the Service", icon="LINKED")
        return
    layout.use_property_split = True
    for setting in described.generator(name)["settings"]:
        if hasattr(own, setting["name"]):
            layout.prop(own, setting["name"], slider=True)


def draw_guides(layout: Thing, line: Thing) -> None:
    """Guides on the timeline."""
    row = layout.row()
    row.template_list("MIEN_UL_guides", "", line, "guides", line, "guide_index", rows=3)
    column = row.column(align=True)
    column.operator("mien.guide_add", text="", icon="ADD")
    column.operator("mien.guide_remove", text="", icon="REMOVE")
    if not 0 <= line.guide_index < len(line.guides):
        return
    guide = line.guides[line.guide_index]
    layout.use_property_split = True
    layout.prop(guide, "kind")
    if guide.kind == "image":
        layout.template_ID(guide, "image", open="image.open")
    elif guide.kind == "label":
        layout.prop(guide, "value", text="Emotion")
    else:
        layout.prop(guide, "value", text="Words")
    layout.prop(guide, "weight", slider=True)
    column = layout.column(align=True)
    column.prop(guide, "start")
    column.prop(guide, "end")
    layout.prop(guide, "fade")
    layout.prop(guide, "ease")


def draw_keys(layout: Thing, line: Thing) -> None:
    """What of the face, which frames, and where the keys go."""
    layout.row(align=True).prop(line, "parts")
    layout.use_property_split = True
    layout.prop(line, "onto")
    if line.source == "FILE":
        layout.prop(line, "first")
        layout.prop(line, "place_sound")
    layout.prop(line, "use_range")
    if line.use_range:
        column = layout.column(align=True)
        column.prop(line, "start")
        column.prop(line, "end")
        layout.prop(line, "blend")


def _placeholders() -> bool:
    """Blender 4.3 brought texts in empty fields."""
    import bpy

    return bool(bpy.app.version >= (4, 3, 0))
