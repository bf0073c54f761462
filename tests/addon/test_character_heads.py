"""Whole heads as characters: Mien's own, by the double and by the service, and Face Cap's."""

import gzip

import bpy
import numpy as np
import pytest

from addon.blender import characters
from addon.blender.characters import active, matching, matching_file
from addon.blender.characters.report import report
from addon.bridge import ServiceError
from tests.addon.characters_scene import Matcher, registered, rows_of, selected


@pytest.fixture
def mien():
    yield from registered(characters)


def test_mien_s_head_is_added_and_matched(mien):
    mien.use(mien.double())
    assert bpy.ops.mien.head_add() == {"FINISHED"}
    character = active.chosen(bpy.context)
    assert character.name == "Mien"
    assert bpy.context.view_layer.objects.active == character
    assert len({row[0] for row in rows_of(character)}) == 54
    assert report(character).missing == ()
    assert all(polygon.use_smooth for polygon in character.data.polygons)


def test_a_head_that_cannot_be_matched_is_not_left_behind(mien):
    double = mien.double()
    double.faults.errors["match"] = ServiceError("stopped", "Mien's service has stopped.")
    mien.use(double)
    with pytest.raises(RuntimeError, match="stopped"):
        bpy.ops.mien.head_add()
    assert not bpy.data.objects


def test_the_real_head_of_the_service(mien):
    pytest.importorskip("scipy")
    head_glb = pytest.importorskip("backend.service.head_glb")
    from backend.face.heads import mien_head

    class Real(Matcher):
        def head(self):
            return head_glb.head_glb(mien_head())

        def match(self, meshes, bones):
            from backend.service.matching import matched

            return matched([(mesh["name"], mesh["shapes"]) for mesh in meshes], bones)

    mien.use(Real(None))
    bpy.ops.mien.head_add()
    character = active.chosen(bpy.context)
    assert {row[0] for row in rows_of(character)} >= {"jawOpen", "mouthClose", "tongueOut", "eyeBlinkLeft"}
    assert report(character).missing == ()
    turned = {turn.channel for turn in matching.bones(character)}
    assert turned >= {"headYaw", "headPitch", "headRoll", "leftEyeYaw", "rightEyePitch"}
    low, high = (np.array([corner[axis] for corner in character.bound_box]) for axis in (1, 2))
    assert high.max() - high.min() > 0.1 and low.max() - low.min() > 0.1
    assert {thing.type for thing in bpy.context.scene.objects} <= {"MESH", "ARMATURE"}


def test_the_face_cap_head(mien, shared_data, tmp_path):
    service = pytest.importorskip("backend.service.matching")

    class Real:
        def match(self, meshes, bones):
            return service.matched([(mesh["name"], mesh["shapes"]) for mesh in meshes], bones)

    file = tmp_path / "head.fbx"
    file.write_bytes(gzip.decompress((shared_data / "faces" / "facecap_head" / "FaceCapHeadGeneric.fbx.gz").read_bytes()))
    if "fbx_import" in dir(bpy.ops.wm):
        bpy.ops.wm.fbx_import(filepath=str(file))
    else:
        pytest.skip("Face Cap's file is text, which this Blender's importer does not read")
    selected(*bpy.context.scene.objects)
    mien.use(Real())
    assert bpy.ops.mien.character_set_up() == {"FINISHED"}
    character = active.chosen(bpy.context)
    found = report(character)
    shapes = {row[0] for row in rows_of(character)}
    assert len(shapes) >= 51, sorted(found.missing)
    assert {"jawOpen", "mouthFunnel", "eyeBlinkLeft", "browInnerUp", "mouthSmileRight"} <= shapes
    assert set(found.missing) <= {"tongueTipUp", "tongueUp", "tongueOut"}
    assert matching_file.as_text(character).count('"jawOpen"') >= 1
