"""The recording, from a file or from a strip, in time with the keys."""

import bpy
import numpy as np
import pytest

from tests.addon.conftest import at_rate, generate, keys_of

pytestmark = pytest.mark.skipif(not bpy.app.build_options.audaspace, reason="this build of Blender has no sound strips")


@pytest.fixture
def strips(registered):
    from addon.blender.sound import strips

    return strips


def add_strip(strips, audio, frame=41):
    scene = bpy.context.scene
    scene.sequence_editor_create()
    return strips.all_strips(scene).new_sound("line", str(audio), 2, frame)


def time_of(strip, name="content_start"):
    """A time of a strip, on any Blender."""
    from addon.blender.sound.walk import of

    return of(strip, name)


def move(strip, frame, name="content_start"):
    """Give a strip this time."""
    from addon.blender.sound.walk import OLD

    setattr(strip, name if hasattr(strip, name) else OLD[name], frame)


def test_the_sound_is_placed_once_in_time_with_the_keys(hero, double, strips, audio):
    hero.mien.first = 25
    generate()
    generate()
    (strip,) = strips.all_strips(bpy.context.scene)
    assert time_of(strip) == 25 == keys_of(hero, "jawOpen")[0][0]
    assert bpy.path.abspath(strip.sound.filepath) == str(audio)
    assert bpy.context.scene.sync_mode == "AUDIO_SYNC"


def test_no_sound_is_placed_where_none_is_wanted(hero, double, strips):
    hero.mien.place_sound = False
    generate()
    assert len(strips.all_strips(bpy.context.scene)) == 0


def test_a_strip_is_placed_beside_others_not_over_them(hero, double, strips, audio, tmp_path):
    import shutil

    other = tmp_path / "other.wav"
    shutil.copy(audio, other)
    scene = bpy.context.scene
    scene.sequence_editor_create()
    strips.all_strips(scene).new_sound("other", str(other), 1, 10)
    generate()
    placed = next(strip for strip in strips.all_strips(scene) if strip.name != "other")
    assert placed.channel == 2


@pytest.mark.parametrize("named", [True, False])
def test_keys_follow_the_strip_that_was_chosen(named, hero, double, strips, audio):
    at_rate("29.97")
    strip = add_strip(strips, audio)
    bpy.context.scene.sequence_editor.active_strip = strip
    hero.mien.source = "STRIP"
    hero.mien.strip = strip.name if named else ""
    generate()
    assert keys_of(hero, "jawOpen")[0][0] == 41
    assert len(strips.all_strips(bpy.context.scene)) == 1


def test_a_trimmed_strip_still_has_its_beginning_where_it_was(hero, double, strips, audio):
    strip = add_strip(strips, audio)
    move(strip, 51, "left_handle")
    hero.mien.source, hero.mien.strip = "STRIP", strip.name
    generate()
    assert keys_of(hero, "jawOpen")[0][0] == 41


def test_a_packed_recording_is_used_though_its_file_is_gone(hero, double, strips, audio, tmp_path):
    import shutil

    copy = tmp_path / "packed.wav"
    shutil.copy(audio, copy)
    strip = add_strip(strips, copy)
    strip.sound.pack()
    copy.unlink()
    hero.mien.source, hero.mien.strip = "STRIP", strip.name
    generate()
    assert np.isfinite(keys_of(hero, "jawOpen")[1]).all()


def test_the_active_strip_is_taken_over(hero, strips, audio):
    assert not bpy.ops.mien.use_active_strip.poll()
    strip = add_strip(strips, audio)
    bpy.context.scene.sequence_editor.active_strip = strip
    bpy.ops.mien.use_active_strip()
    assert (hero.mien.source, hero.mien.strip) == ("STRIP", strip.name)


def test_a_text_block_goes_before_the_field(hero):
    from addon.blender import sound

    hero.mien.script = "typed"
    assert sound.script(hero.mien) == "typed"
    hero.mien.text = bpy.data.texts.new("script")
    hero.mien.text.write("from\nthe block\n")
    assert sound.script(hero.mien) == "from\nthe block"


def in_sequencer(strip, name, **more):
    """Run a button of the sequencer on a strip."""
    window, scene = bpy.context.window_manager.windows[0], strip.id_data
    area = window.screen.areas[0]
    area.type = "SEQUENCE_EDITOR"
    if hasattr(window.workspace, "sequencer_scene"):
        window.workspace.sequencer_scene = scene
    for other in scene.sequence_editor.strips if hasattr(scene.sequence_editor, "strips") else scene.sequence_editor.sequences:
        other.select = other == strip
    scene.sequence_editor.active_strip = strip
    region = next(region for region in area.regions if region.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region, scene=scene):
        assert getattr(bpy.ops.sequencer, name)(**more) == {"FINISHED"}


def test_a_retimed_strip_is_refused_until_it_plays_as_recorded(hero, double, strips, audio):
    strip = add_strip(strips, audio)
    hero.mien.source, hero.mien.strip = "STRIP", strip.name
    in_sequencer(strip, "retiming_segment_speed_set", speed=150)
    with pytest.raises(RuntimeError, match="'line' is retimed"):
        generate()
    in_sequencer(strip, "retiming_segment_speed_set", speed=100)
    assert len(strip.retiming_keys) == 2
    generate()
    assert keys_of(hero, "jawOpen")[0][0] == 41


def test_a_strip_inside_a_meta_is_found_where_the_meta_was_moved_to(hero, double, strips, audio):
    strip = add_strip(strips, audio)
    hero.mien.source, hero.mien.strip = "STRIP", strip.name
    in_sequencer(strip, "meta_make")
    (meta,) = strips.all_strips(bpy.context.scene)
    move(meta, time_of(meta) + 7)
    generate()
    assert keys_of(hero, "jawOpen")[0][0] == 48
    hero.mien.source, hero.mien.first = "FILE", 48
    generate()  # the sound is there: inside the meta
    assert len(strips.all_strips(bpy.context.scene)) == 1
    in_sequencer(meta, "retiming_segment_speed_set", speed=50)
    hero.mien.source = "STRIP"
    with pytest.raises(RuntimeError, match=r"meta strip '.*' around 'line' is retimed"):
        generate()


@pytest.fixture
def edit(hero):
    """Another scene, which the sequencer shows."""
    if "sequencer_scene" not in bpy.types.WorkSpace.bl_rna.properties:
        pytest.skip("before Blender 5.0 the sequencer shows the active scene")
    scene = bpy.data.scenes.new("Edit")
    bpy.context.workspace.sequencer_scene = scene
    return scene


def test_the_sound_goes_to_the_scene_that_the_sequencer_shows(hero, double, strips, edit, audio):
    from addon.blender import session

    hero.mien.first = 25
    generate()
    assert len(strips.all_strips(bpy.context.scene)) == 0
    (strip,) = strips.all_strips(edit)
    assert time_of(strip) == 25
    assert any("'Edit'" in note for note in session.notes())
    edit.sequence_editor.active_strip = strip
    move(strip, 33)
    hero.mien.source = "STRIP"
    generate()
    assert hero.mien.first == 33
    assert any("'Edit'" in note for note in session.notes())


def test_a_sound_that_is_there_already_is_not_placed_again_elsewhere(hero, double, strips, edit):
    bpy.context.workspace.sequencer_scene = bpy.context.scene
    generate()
    bpy.context.workspace.sequencer_scene = edit
    generate()
    assert len(strips.all_strips(bpy.context.scene)) == 1 and len(strips.all_strips(edit)) == 0


def test_a_scene_with_another_frame_rate_is_told(hero, double, strips, edit, audio):
    from addon.blender import session

    edit.render.fps = 60
    generate()
    assert len(strips.all_strips(bpy.context.scene)) == 1
    assert any("frame rates differ" in note for note in session.notes()) and len(strips.all_strips(edit)) == 0
    edit.sequence_editor_create()
    other = strips.all_strips(edit).new_sound("theirs", str(audio), 1, 5)
    hero.mien.source, hero.mien.strip = "STRIP", other.name
    with pytest.raises(RuntimeError, match="another frame rate"):
        generate()
