# SPDX-License-Identifier: GPL-3.0-or-later
"""Buttons that make a character, match it and look it over."""

from typing import Any, TypeAlias

import bpy
from bpy.props import IntProperty

from .. import described, session
from . import head, setting_up
from .active import chosen
from .doing import tried
from .report import report

Thing: TypeAlias = Any
REPORT = "Mien report"


class OnCharacter:
    """A button that needs a character."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Thing) -> bool:
        if chosen(context) is None:
            cls.poll_message_set("Set up a character first")  # type: ignore[attr-defined]
            return False
        return True


class MIEN_OT_character_set_up(bpy.types.Operator):
    """Make one character of the selected meshes, armatures and eyeballs, and match its shape keys and bones by their names"""

    bl_idname, bl_label, bl_options = "mien.character_set_up", "Set Up Character", {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Thing) -> bool:
        if not context.selected_objects:
            cls.poll_message_set("Select the character's meshes first")
            return False
        return True

    def execute(self, context: Thing) -> set[str]:
        def work() -> list[str]:
            character = setting_up.set_up(session.service(), context.selected_objects, context.view_layer.objects.active)
            return [f"{character.name}: {report(character).summary()}."]

        return tried(self, work)


class MIEN_OT_character_match(OnCharacter, bpy.types.Operator):
    """Match shape keys and bones again by their names; what you changed by hand is replaced"""

    bl_idname, bl_label = "mien.character_match", "Match Again"

    def execute(self, context: Thing) -> set[str]:
        def work() -> list[str]:
            character = chosen(context)
            setting_up.match_again(session.service(), character, context.selected_objects)
            return [f"{character.name}: {report(character).summary()}."]

        return tried(self, work)


class MIEN_OT_character_mesh_add(OnCharacter, bpy.types.Operator):
    """Make the selected meshes part of the character and match it again"""

    bl_idname, bl_label = "mien.character_mesh_add", "Add Selected Meshes"

    def execute(self, context: Thing) -> set[str]:
        def work() -> list[str]:
            character, service = chosen(context), session.service()
            fresh = setting_up.add_meshes(character, context.selected_objects)
            setting_up.match_again(service, character, context.selected_objects)
            return [f"Added {', '.join(mesh.name for mesh in fresh)}."]

        return tried(self, work)


class MIEN_OT_character_mesh_remove(OnCharacter, bpy.types.Operator):
    """Take the chosen mesh out of the character"""

    bl_idname, bl_label = "mien.character_mesh_remove", "Remove Mesh"

    def execute(self, context: Thing) -> set[str]:
        own = chosen(context).mien_character
        if not 0 <= own.mesh_index < len(own.meshes):
            return {"CANCELLED"}
        return tried(self, lambda: setting_up.drop_mesh(chosen(context), own.mesh_index))


class MIEN_OT_character_accept(OnCharacter, bpy.types.Operator):
    """Use every guess; they stay marked as guesses in the list and in the report"""

    bl_idname, bl_label = "mien.character_accept", "Use All Guesses"

    def execute(self, context: Thing) -> set[str]:
        for row in chosen(context).mien_character.matches:
            row.use = row.use or row.guessed
        return {"FINISHED"}


class MIEN_OT_character_forget(OnCharacter, bpy.types.Operator):
    """Forget how the character is set up; its shape keys, bones and animation stay as they are"""

    bl_idname, bl_label = "mien.character_forget", "Forget Set-up"

    def execute(self, context: Thing) -> set[str]:
        return tried(self, lambda: setting_up.forget(chosen(context)))


class MIEN_OT_head_add(bpy.types.Operator):
    """Add Mien's own head, set up and ready to speak"""

    bl_idname, bl_label, bl_options = "mien.head_add", "Add Mien's Head", {"REGISTER", "UNDO"}

    def execute(self, context: Thing) -> set[str]:
        def work() -> list[str]:
            character = head.add(context, session.service())
            if not described.current():
                described.refresh()
            return [f"{character.name}: {report(character).summary()}."]

        return tried(self, work)


class MIEN_OT_character_report(OnCharacter, bpy.types.Operator):
    """Show what is matched, guessed, missing and in the way; the whole of it is written to the text 'Mien report'"""

    bl_idname, bl_label = "mien.character_report", "Look It Over"

    def invoke(self, context: Thing, _: Thing) -> set[str]:
        self.execute(context)
        done: set[str] = context.window_manager.invoke_popup(self, width=520)
        return done

    def execute(self, context: Thing) -> set[str]:
        text = bpy.data.texts.get(REPORT) or bpy.data.texts.new(REPORT)
        text.from_string(report(chosen(context)).text())
        return {"FINISHED"}

    def draw(self, context: Thing) -> None:
        from .panels import draw_report

        draw_report(self.layout, chosen(context))


class MIEN_OT_character_mend(OnCharacter, bpy.types.Operator):
    """Mend this: what was switched off is switched on, what hides the animation is taken away, and lost rows are removed"""

    bl_idname, bl_label = "mien.character_mend", "Mend"

    index: IntProperty(description="Which of the things to look at", options={"SKIP_SAVE", "HIDDEN"})

    def execute(self, context: Thing) -> set[str]:
        found = report(chosen(context)).conflicts
        mend = found[self.index].mend if 0 <= self.index < len(found) else None
        if mend is None:
            self.report({"WARNING"}, "There is nothing here that Mien can mend by itself.")
            return {"CANCELLED"}
        return tried(self, mend)


CLASSES = (
    MIEN_OT_character_set_up,
    MIEN_OT_character_match,
    MIEN_OT_character_mesh_add,
    MIEN_OT_character_mesh_remove,
    MIEN_OT_character_accept,
    MIEN_OT_character_forget,
    MIEN_OT_head_add,
    MIEN_OT_character_report,
    MIEN_OT_character_mend,
)
