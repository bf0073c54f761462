"""Every panel draws, with properties, operators, lists and icons that there are, in every state that it can be in."""

from types import SimpleNamespace

import bpy
import pytest

from addon.bridge import ServiceError

ICONS = set(bpy.types.UILayout.bl_rna.functions["prop"].parameters["icon"].enum_items.keys())


class Layout:
    """Takes what panels draw, and refuses what Blender would."""

    def __init__(self, drawn):
        self.drawn = drawn

    def _child(self, *_, **__):
        return Layout(self.drawn)

    row = column = box = split = column_flow = grid_flow = _child

    def panel(self, idname, default_closed=False):
        return Layout(self.drawn), Layout(self.drawn)

    def prop(self, data, name, icon="NONE", **_):
        assert name in data.bl_rna.properties, f"{data} has no {name}"
        assert icon in ICONS
        self.drawn.append(name)

    def prop_search(self, data, name, holder, collection, icon="NONE", **_):
        assert name in data.bl_rna.properties and collection in holder.bl_rna.properties
        assert icon in ICONS

    def operator(self, idname, icon="NONE", **_):
        space, name = idname.split(".")
        assert name in dir(getattr(bpy.ops, space)), idname
        assert icon in ICONS
        self.drawn.append(idname)
        return SimpleNamespace()

    def label(self, text="", icon="NONE", **_):
        assert icon in ICONS
        self.drawn.append(text)

    def progress(self, text="", factor=0.0, type="BAR"):
        assert 0 <= factor <= 1
        self.drawn.append(text)

    def template_list(self, list_type, _, data, name, active, active_name, **__):
        assert hasattr(bpy.types, list_type)
        assert name in data.bl_rna.properties and active_name in active.bl_rna.properties
        for item in getattr(data, name):
            getattr(bpy.types, list_type).draw_item(None, None, self, data, item, 0, active, active_name)

    def template_ID(self, data, name, open="", **_):  # noqa: N802 - Blender's name
        assert name in data.bl_rna.properties
        self.drawn.append(name)

    def template_icon(self, icon_value, scale=1.0):
        assert isinstance(icon_value, int)

    def separator(self, **_):
        pass


def drawn(prefix="MIEN_PT_"):
    """What all panels of this part draw now."""
    from addon.blender import panels

    found = []
    context = SimpleNamespace(
        scene=bpy.context.scene, view_layer=bpy.context.view_layer, region=SimpleNamespace(width=280), object=bpy.context.object
    )
    for made in panels.CLASSES:
        if made.__name__.startswith(prefix) and (not hasattr(made, "poll") or made.poll(context)):
            made.draw(SimpleNamespace(layout=Layout(found)), context)
    return found


def test_without_a_character_it_says_what_to_do(double):
    assert any("Select a character" in text for text in drawn())
    assert "mien.generate" not in drawn()


def test_with_a_character_everything_is_there(hero):
    found = drawn()
    for what in (
        "audio",
        "script",
        "text",
        "generator",
        "mien.generate",
        "seed",
        "mien.another_take",
        "intensity",
        "prompt",
        "image",
        "parts",
        "onto",
        "mouth",
    ):
        assert what in found
    assert found.count("mien.generate") == 2  # in the 3D view and in the sequencer


def test_every_choice_draws(hero, tmp_path):
    bpy.ops.mien.emotion_add(emotion="happy")
    for kind in ("label", "text", "image"):
        bpy.ops.mien.guide_add()
        hero.mien.guides[-1].kind = kind
    line = hero.mien
    line.source, line.strip, line.use_range, line.prompt = "STRIP", "gone", True, "tired"
    line.image = bpy.data.images.new("Face", 8, 8)
    line.text = bpy.data.texts.new("script")
    for line.guide_index in range(3):
        assert "blend" in drawn()
    assert "This strip is not there any more" in drawn()
    line.show_live = True
    assert "mien.live_discard" in drawn()
    line.generator = "still"
    assert any("guided by emotions" in text for text in drawn())


def test_a_generator_that_is_not_known_yet_asks_the_service(hero):
    hero.mien.generator_name = "medtalk"
    assert "mien.connect" in drawn()


@pytest.mark.parametrize("kind", ["install", "setting", "open_folder", "restart", "update", None])
def test_a_problem_has_its_button_and_its_report(kind, hero):
    from addon.blender import session

    session.fail(ServiceError("audio", "This recording is silent, so there is nothing to perform.", kind and {"kind": kind}))
    found = drawn()
    assert ("mien.mend" in found) == (kind is not None)
    assert "mien.copy_report" in found
    assert "This recording is silent" in " ".join(found)
    bpy.ops.mien.dismiss()
    assert "mien.copy_report" not in drawn()


def test_a_running_generation_shows_how_far_it_is(hero, double):
    from addon.blender.generate import run

    double.faults.slow = 0.01
    run.current = run.Run(run.ask(bpy.context, hero))
    try:
        found = drawn()
        assert "mien.cancel" in found and "mien.generate" not in found
        assert not bpy.ops.mien.generate.poll()
    finally:
        run.current.cancel()
        run.current = None


def test_the_preferences_draw(double):
    from addon.blender.panels import set_up
    from addon.blender.preferences import MienPreferences

    found = []
    own = SimpleNamespace(bl_rna=MienPreferences.bl_rna)
    set_up.draw(Layout(found), own, SimpleNamespace(region=None))
    assert {"folder", "python", "source", "mien.set_up", "command"} <= set(found)


def test_set_up_needs_leave_to_go_online(double):
    from addon.blender import connection

    if bpy.app.online_access:
        pytest.skip("this Blender may go online")
    with pytest.raises(ServiceError, match="not allowed to go online"):
        connection.begin("", "", "mien", None)
