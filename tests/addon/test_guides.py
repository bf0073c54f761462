"""Guides are pairs of markers on the timeline."""

import bpy
import pytest

from tests.addon.conftest import at_rate


def markers():
    return {marker.name: marker.frame for marker in bpy.context.scene.timeline_markers}


def direction(hero):
    from addon.blender.generate.run import ask

    return ask(bpy.context, hero).direction["guides"]


def test_a_guide_comes_with_its_markers_and_goes_with_them(hero):
    bpy.context.scene.frame_set(13)
    bpy.ops.mien.guide_add()
    assert markers() == {"1> happy": 13, "<1 happy": 37}
    bpy.ops.mien.guide_add()
    assert [guide.number for guide in hero.mien.guides] == [1, 2]
    hero.mien.guide_index = 0
    bpy.ops.mien.guide_remove()
    assert set(markers()) == {"2> happy", "<2 happy"}
    bpy.ops.mien.guide_add()
    assert [guide.number for guide in hero.mien.guides] == [2, 1]


@pytest.mark.parametrize(("rate", "fps"), [("24", 24), ("29.97", 30000 / 1001)])
def test_its_times_are_where_the_markers_are(rate, fps, hero):
    at_rate(rate)
    hero.mien.first = 11
    bpy.ops.mien.guide_add()
    for marker in bpy.context.scene.timeline_markers:
        marker.frame = 23 if marker.name.startswith("1>") else 59
    guide = hero.mien.guides[0]
    guide.weight, guide.fade, guide.ease = 0.5, 0.25, "linear"
    assert (guide.start, guide.end) == (23, 59)
    (said,) = direction(hero)
    assert said == {
        "kind": "label",
        "value": "happy",
        "weight": 0.5,
        "fade": 0.25,
        "ease": "linear",
        "start": pytest.approx(12 / fps),
        "end": pytest.approx(48 / fps),
    }


def test_start_and_end_in_the_panel_move_the_markers(hero):
    bpy.ops.mien.guide_add()
    hero.mien.guides[0].start, hero.mien.guides[0].end = 20, 44
    assert markers() == {"1> happy": 20, "<1 happy": 44}


def test_its_words_are_on_its_markers_which_may_be_renamed_behind_the_number(hero):
    bpy.ops.mien.guide_add()
    hero.mien.guides[0].value = "sad"
    assert set(markers()) == {"1> sad", "<1 sad"}
    bpy.context.scene.timeline_markers["1> sad"].name = "1> here it turns"
    assert hero.mien.guides[0].start == markers()["1> here it turns"]


def test_a_deleted_marker_leaves_that_side_open(hero):
    bpy.context.scene.frame_set(13)
    bpy.ops.mien.guide_add()
    scene = bpy.context.scene
    scene.timeline_markers.remove(scene.timeline_markers["<1 happy"])
    (said,) = direction(hero)
    assert said["end"] is None and said["start"] == 0.5
    scene.timeline_markers.remove(scene.timeline_markers["1> happy"])
    (said,) = direction(hero)
    assert said["start"] is None and said["fade"] is None


def test_guides_outside_the_line_are_left_out_and_said(hero):
    from addon.blender.generate.run import ask

    bpy.ops.mien.guide_add()
    guide = hero.mien.guides[0]
    guide.start, guide.end = -40, -10
    assert direction(hero) == []
    guide.start, guide.end = 500, 600
    asked = ask(bpy.context, hero)
    if asked.direction["guides"] == []:  # a Blender without sound cannot tell how long the line is
        assert any("Guide 1" in note for note in asked.notes)
    else:
        assert bpy.app.build_options.audaspace is False


def test_a_picture_is_uploaded_and_named_by_its_id(hero, double, tmp_path):
    import hashlib

    from addon.blender.generate.run import ask, sent

    picture = bpy.data.images.new("Face", 8, 8)
    file = tmp_path / "face.png"
    picture.filepath_raw, picture.file_format = str(file), "PNG"
    picture.save()
    hero.mien.image = bpy.data.images.load(str(file))
    asked = ask(bpy.context, hero)
    (said,) = sent(double, asked)["guides"]
    assert (said["kind"], said["value"]) == ("image", hashlib.sha256(file.read_bytes()).hexdigest())


def test_a_picture_that_was_painted_here_is_written_out(hero, double):
    from addon.blender.generate.run import ask, sent

    hero.mien.image = bpy.data.images.new("Painted", 8, 8)
    (said,) = sent(double, ask(bpy.context, hero))["guides"]
    assert len(said["value"]) == 64


def test_a_generator_that_takes_no_words_is_not_sent_any(hero):
    from addon.blender.generate.run import ask

    hero.mien.generator, hero.mien.prompt = "still", "a tired half-smile"
    asked = ask(bpy.context, hero)
    assert asked.direction["guides"] == []
    assert any("still cannot be guided by words" in note for note in asked.notes)
