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


def test_the_sound_is_placed_once_in_time_with_the_keys(hero, double, strips, audio):
    hero.mien.first = 25
    generate()
    generate()
    (strip,) = strips.all_strips(bpy.context.scene)
    assert strip.frame_start == 25 == keys_of(hero, "jawOpen")[0][0]
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
    strip.frame_final_start = 51
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
