# SPDX-License-Identifier: GPL-3.0-or-later
"""Buttons that reach, set up and mend the service."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import bpy
from bpy.props import StringProperty

from ..bridge import ServiceError, setup
from ..bridge import place as places
from . import described, preferences, session
from .takes import meanwhile

Thing: TypeAlias = Any


@dataclass
class Progress:
    """How far the set-up is, for the preferences to draw."""

    ticket: int
    stage: str = ""
    share: float = 0.0
    line: str = ""


setting_up: Progress | None = None


class MIEN_OT_connect(bpy.types.Operator):
    """Find Mien's service, start it where it does not run, and ask what it can do"""

    bl_idname = "mien.connect"
    bl_label = "Connect"

    def execute(self, _: Thing) -> set[str]:
        session.forget()
        described.refresh()
        if bpy.app.background and session.problem() is not None:
            return {"CANCELLED"}
        meanwhile.look()
        return {"FINISHED"}


class MIEN_OT_set_up(bpy.types.Operator):
    """Make the environment that Mien's service runs in. It is large and needs some minutes; it can be stopped and goes on later"""

    bl_idname = "mien.set_up"
    bl_label = "Set Up Mien's Service"

    @classmethod
    def poll(cls, _: Thing) -> bool:
        return setting_up is None

    def execute(self, _: Thing) -> set[str]:
        own = preferences.get()
        if own is None:
            self.report({"ERROR"}, "Mien is not installed as an extension here: set it up with its bridge.")
            return {"CANCELLED"}
        try:
            begin(own.folder, own.python, own.source, preferences.place().state)
        except ServiceError as error:
            self.report({"ERROR"}, session.fail(error).message)
            return {"CANCELLED"}
        return {"FINISHED"}


def begin(folder: str, python: str, source: str, state: str | None) -> None:
    """Set the service up, off the main thread; in background mode at once.

    Raises:
        ServiceError: it would need the internet, which Blender's preferences do not allow.
    """
    global setting_up  # noqa: PLW0603  one set-up at a time
    if not bpy.app.online_access:
        raise ServiceError(
            "install",
            "Setting Mien up downloads Python packages, and Blender is not allowed to go online. Allow it in its preferences, System.",
            {"kind": "setting", "name": "online_access"},
        )
    stop = threading.Event()
    place = bpy.path.abspath(folder) if folder else places.default_folder(state)
    chosen = bpy.path.abspath(python) if python else ""

    def work() -> Iterator[setup.Step]:
        yield from setup.install(place, chosen or _any_python(), source or "mien", state=state, stop=stop)

    if bpy.app.background:
        for _ in work():
            pass
        _installed(None)
        return
    setting_up = Progress(session.stream(work, stop.set, _step, _installed, _not_installed))


def _any_python() -> str:
    found = next((python for python in setup.find_pythons() if not python.problem), None)
    if found is None:
        raise ServiceError(
            "python", "No Python 3.11 was found on this machine. Install it from python.org, or choose it here.", {"kind": "setting"}
        )
    return found.path


def _step(step: setup.Step) -> None:
    if setting_up is not None:
        setting_up.stage, setting_up.share, setting_up.line = step.stage, step.share, step.line
    _redraw_preferences()


def _installed(_: Any) -> None:
    global setting_up  # noqa: PLW0603
    setting_up = None
    session.settle(["Mien's service is set up."])
    described.refresh()
    _redraw_preferences()


def _not_installed(error: Exception) -> None:
    global setting_up  # noqa: PLW0603
    setting_up = None
    session.fail(error)
    _redraw_preferences()


def _redraw_preferences() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "PREFERENCES":
                area.tag_redraw()


class MIEN_OT_stop_setting_up(bpy.types.Operator):
    """Stop; what is done so far is kept, and the next set-up goes on from there"""

    bl_idname = "mien.stop_setting_up"
    bl_label = "Stop"

    @classmethod
    def poll(cls, _: Thing) -> bool:
        return setting_up is not None

    def execute(self, _: Thing) -> set[str]:
        if setting_up is not None:
            session.cancel(setting_up.ticket)
        return {"FINISHED"}


# What mends a problem, by the kind of its fix: the button's text and icon.
FIXES = {
    "install": ("Set Up Mien's Service", "IMPORT"),
    "setting": ("Open Preferences", "PREFERENCES"),
    "open_folder": ("Open Folder", "FILE_FOLDER"),
    "restart": ("Start Again", "FILE_REFRESH"),
    "update": ("Open Preferences", "PREFERENCES"),
}


class MIEN_OT_mend(bpy.types.Operator):
    """Do what the message says"""

    bl_idname = "mien.mend"
    bl_label = "Mend"

    @classmethod
    def description(cls, _: Thing, __: Thing) -> str:
        problem = session.problem()
        kind = (problem.fix or {}).get("kind", "") if problem else ""
        return {
            "install": "Open the preferences, where Mien's service is set up",
            "setting": "Open the preferences, where this is set",
            "open_folder": "Let the service read this folder, or show it",
            "restart": "Start Mien's service again; takes are kept",
            "update": "Open the preferences, where Mien is updated",
        }.get(kind, "Do what the message says")

    @classmethod
    def poll(cls, _: Thing) -> bool:
        problem = session.problem()
        return problem is not None and (problem.fix or {}).get("kind") in FIXES

    def execute(self, context: Thing) -> set[str]:
        problem = session.problem()
        fix = (problem.fix if problem else None) or {}
        session.settle()
        if fix.get("kind") == "restart":
            return set(bpy.ops.mien.connect())
        if fix.get("kind") == "open_folder":
            return self._folder(str(fix.get("path", "")))
        return _show_preferences(context, str(fix.get("name", "")))

    def _folder(self, path: str) -> set[str]:
        if not Path(path).is_dir():
            self.report({"ERROR"}, f"The folder '{path}' is not there.")
            return {"CANCELLED"}
        where = session.place()
        if session.connected():
            session.later(lambda: session.connect(where).open_folder(path), lambda _: session.settle([f"{path} is open to Mien."]))
        else:
            bpy.ops.wm.path_open(filepath=path)
        return {"FINISHED"}


def _show_preferences(context: Thing, name: str) -> set[str]:
    if bpy.app.background:
        return {"CANCELLED"}
    bpy.ops.screen.userpref_show("INVOKE_DEFAULT")
    if name == "online_access" or preferences.get() is None:
        context.preferences.active_section = "SYSTEM" if name == "online_access" else "EXTENSIONS"
    else:
        bpy.ops.preferences.addon_show(module=preferences.PACKAGE)
    return {"FINISHED"}


class MIEN_OT_copy_report(bpy.types.Operator):
    """Copy what happened to the clipboard, to attach to a report: versions, the error and the service's last lines"""

    bl_idname = "mien.copy_report"
    bl_label = "Copy Report"

    text: StringProperty(options={"SKIP_SAVE", "HIDDEN"})

    @classmethod
    def poll(cls, _: Thing) -> bool:
        return session.problem() is not None

    def execute(self, context: Thing) -> set[str]:
        problem = session.problem()
        context.window_manager.clipboard = problem.report if problem else ""
        self.report({"INFO"}, "The report is on the clipboard.")
        return {"FINISHED"}


class MIEN_OT_dismiss(bpy.types.Operator):
    """Hide this message"""

    bl_idname = "mien.dismiss"
    bl_label = "Hide"

    def execute(self, _: Thing) -> set[str]:
        session.settle()
        return {"FINISHED"}


CLASSES = (MIEN_OT_connect, MIEN_OT_set_up, MIEN_OT_stop_setting_up, MIEN_OT_mend, MIEN_OT_copy_report, MIEN_OT_dismiss)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
