"""The list of takes: loaded, compared, kept, renamed, deleted, opened and saved; baked as meshes and as MetaHuman's curves."""

import struct

import bpy
import numpy as np
import pytest

from addon.blender.keys import actions, curves
from addon.bridge import ServiceError
from addon.bridge.nouns import Mesh, Motion
from tests.addon.characters_scene import installed, mesh_with, selected

SHAPES = ("jawOpen", "mouthSmileLeft", "browInnerUp")


@pytest.fixture
def mien():
    yield from installed()


@pytest.fixture
def service(mien, tmp_path):
    """A double with two takes, the second happier."""
    double = mien.double(seconds=1.0)
    (tmp_path / "line.wav").write_bytes(b"no wave, so as long as the double says")
    recording = double.upload(str(tmp_path / "line.wav"))
    for label, seed, guides in (("first", 1, []), ("second", 2, [{"kind": "label", "value": "happy"}])):
        job = double.perform(recording, {"seed": seed, "guides": guides}, label=label)
        assert [*double.watch(job.id)][-1].take
    mien.use(double)
    bpy.ops.mien.takes_refresh()
    return double


@pytest.fixture
def character(service):
    thing = mesh_with("Hero", SHAPES)
    selected(thing)
    bpy.ops.mien.character_set_up()
    return thing


def rows():
    return {row.label: row for row in bpy.context.window_manager.mien_takes}


def choose(label):
    manager = bpy.context.window_manager
    manager.mien_take_index = [row.label for row in manager.mien_takes].index(label)
    return manager.mien_takes[manager.mien_take_index].take


def played(thing, frames):
    """Values of the shape keys on these frames, as evaluated."""
    keys, found = thing.data.shape_keys, []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        found.append([keys.key_blocks[name].value for name in SHAPES])
    return np.array(found)


def expected(service, take, rate="24"):
    motion = service.motion(take, rate=rate)
    return np.stack([np.array(motion.column(name)) for name in SHAPES], axis=1)


def test_the_list_shows_what_the_service_has(service):
    assert set(rows()) == {"first", "second"}
    row = rows()["second"]
    assert (row.seconds, row.generator, row.seed, row.recording, row.kept) == (1.0, "rules", 2, "line.wav", False)


def test_a_take_is_loaded_where_the_line_starts(service, character):
    character.mien.first = 11
    take = choose("second")
    assert bpy.ops.mien.take_load() == {"FINISHED"}
    wanted = expected(service, take)
    assert np.abs(played(character, range(11, 11 + len(wanted))) - wanted).max() < 1e-5
    assert character.mien.take == take


def test_two_takes_are_compared_and_what_was_there_comes_back(service, character):
    keys = character.data.shape_keys
    choose("first")
    bpy.ops.mien.take_load()
    before, action = played(character, range(1, 20)), keys.animation_data.action
    first = choose("first")
    second = next(row.take for row in bpy.context.window_manager.mien_takes if row.label == "second")
    assert bpy.ops.mien.take_compare(other=second) == {"FINISHED"}
    span = range(1, 20)
    assert np.abs(played(character, span) - expected(service, first)[:19]).max() < 1e-5
    bpy.ops.mien.take_switch()
    assert np.abs(played(character, span) - expected(service, second)[:19]).max() < 1e-5
    assert np.abs(expected(service, second) - expected(service, first)).max() > 0.1
    bpy.ops.mien.take_switch(show="A")
    assert np.abs(played(character, span) - expected(service, first)[:19]).max() < 1e-5
    # A second comparison replaces the first.
    assert bpy.ops.mien.take_compare(other=second) == {"FINISHED"}
    assert sorted(track.name for track in keys.animation_data.nla_tracks) == ["Mien A", "Mien B", "Mien before"]
    assert bpy.ops.mien.take_compare_end() == {"FINISHED"}
    assert keys.animation_data.action == action
    assert len(keys.animation_data.nla_tracks) == 0
    assert np.abs(played(character, span) - before).max() < 1e-6
    assert not [action.name for action in bpy.data.actions if action.name.startswith(("A: ", "B: "))]


def test_loading_and_comparing_are_undone_in_one_step_each(service, character):
    def now():
        return bpy.data.objects["Hero"]

    second = rows()["second"].take
    first = choose("first")
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.mien.take_load("EXEC_DEFAULT", True) == {"FINISHED"}
    loaded = played(now(), range(1, 20))
    assert bpy.ops.mien.take_compare("EXEC_DEFAULT", True, other=second) == {"FINISHED"}
    assert bpy.ops.mien.take_switch("EXEC_DEFAULT", True) == {"FINISHED"}
    assert np.abs(played(now(), range(1, 20)) - loaded).max() > 0.1
    bpy.ops.ed.undo()
    assert np.abs(played(now(), range(1, 20)) - expected(service, first)[:19]).max() < 1e-5
    bpy.ops.ed.undo()
    assert len(now().data.shape_keys.animation_data.nla_tracks) == 0
    assert np.abs(played(now(), range(1, 20)) - loaded).max() < 1e-6
    bpy.ops.ed.undo()
    assert now().data.shape_keys.animation_data is None and now().mien.take == ""
    bpy.ops.ed.redo()
    assert np.abs(played(now(), range(1, 20)) - loaded).max() < 1e-6


def test_a_strip_on_mien_s_own_track_comes_back_after_comparing(service, character):
    character.mien.onto = "NLA"
    choose("second")
    bpy.ops.mien.take_load()
    before = played(character, range(1, 20))
    choose("first")
    bpy.context.window_manager.mien_take_other = rows()["second"].name
    assert bpy.ops.mien.take_compare() == {"FINISHED"}
    assert bpy.ops.mien.take_compare_end() == {"FINISHED"}
    tracks = character.data.shape_keys.animation_data.nla_tracks
    assert [(track.name, track.mute) for track in tracks] == [(actions.TRACK, False)]
    assert np.abs(played(character, range(1, 20)) - before).max() < 1e-6


def test_comparing_a_take_with_itself_is_refused(service, character):
    take = choose("first")
    with pytest.raises(RuntimeError, match="another take"):
        bpy.ops.mien.take_compare(other=take)


def test_keep_rename_and_delete_reach_the_service(service):
    take = choose("first")
    bpy.ops.mien.take_keep()
    assert service.take(take)["kept"] is True
    assert rows()["first"].kept
    bpy.ops.mien.take_rename(label="angrier")
    assert service.take(take)["label"] == "angrier"
    rows()["angrier"].label = "calmer"
    assert service.take(take)["label"] == "calmer"
    assert bpy.context.window_manager.mien_takes[bpy.context.window_manager.mien_take_index].take == take
    bpy.ops.mien.take_delete("EXEC_DEFAULT")
    assert [fact["label"] for fact in service.takes()] == ["second"]
    assert set(rows()) == {"second"}


def test_a_refused_name_stays(service):
    service.faults.errors["keep"] = ServiceError("stopped", "Mien's service has stopped.")
    rows()["first"].label = "other"
    assert set(rows()) == {"first", "second"}


def test_a_take_goes_to_disk_and_back(service, tmp_path):
    take = choose("first")
    bpy.ops.mien.take_save("EXEC_DEFAULT", filepath=str(tmp_path / "a"))
    assert (tmp_path / "a.take").read_bytes() == service.take_bytes(take)
    bpy.ops.mien.take_open("EXEC_DEFAULT", filepath=str(tmp_path / "a.take"))
    assert len(bpy.context.window_manager.mien_takes) == 3
    chosen = bpy.context.window_manager.mien_takes[bpy.context.window_manager.mien_take_index].take
    assert chosen != take
    assert service.motion(chosen).data == service.motion(take).data
    bpy.context.window_manager["mien_formats"] = ["take", "csv"]
    bpy.ops.mien.take_save("EXEC_DEFAULT", filepath=str(tmp_path / "a"), format="csv")
    assert (tmp_path / "a.csv").read_text().startswith("eyeBlink")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.csv", "a.take", "line.wav"]


@pytest.mark.parametrize(("place", "sentence"), [("nowhere/a.take", "cannot be written"), (None, "not running")])
def test_saving_fails_in_one_sentence(service, tmp_path, place, sentence):
    choose("first")
    if place is None:
        service.faults.dead = True
    with pytest.raises(RuntimeError, match=sentence):
        bpy.ops.mien.take_save("EXEC_DEFAULT", filepath=str(tmp_path / (place or "a.take")))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["line.wav"]


def test_opening_something_else_is_refused(service, tmp_path):
    (tmp_path / "a.take").write_bytes(b"no take")
    with pytest.raises(RuntimeError, match="no take"):
        bpy.ops.mien.take_open("EXEC_DEFAULT", filepath=str(tmp_path / "a.take"))
    assert len(bpy.context.window_manager.mien_takes) == 2


def waving(frames=40, count=200, rank=3):
    """A mesh whose vertices move along ``rank`` directions, y up."""
    generator = np.random.default_rng(1)
    rest, shapes = generator.normal(0, 0.1, (count, 3)), generator.normal(0, 0.01, (rank, count, 3))
    weights = np.sin(np.outer(np.arange(frames), [0.2, 0.31, 0.53][:rank]))
    points = (rest + np.tensordot(weights, shapes, 1)).astype("<f4")
    faces = np.array([[i, i + 1, i + 2] for i in range(count - 2)], "<i4")
    return Mesh(points.tobytes(), points.shape, faces.tobytes(), "24"), points


def corners(thing, frame):
    bpy.context.scene.frame_set(frame)
    mesh = thing.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    found = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", found)
    return found.reshape(-1, 3)


@pytest.mark.parametrize("kind", ["KEYS", "CACHE"])
def test_the_baked_mesh_is_the_take_s(service, tmp_path, kind):
    mesh, points = waving()
    service.vertices = lambda take, head, rate: mesh
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    choose("first")
    assert bpy.ops.mien.take_bake_mesh(kind=kind) == {"FINISHED"}
    thing = next(thing for thing in bpy.context.scene.objects if thing.type == "MESH")
    y_up = points[..., [0, 2, 1]] * np.array([1, -1, 1], np.float32)
    for frame in (1, 2, 17, 40):
        assert np.abs(corners(thing, frame) - y_up[frame - 1]).max() < (1e-4 if kind == "KEYS" else 1e-6)
    if kind == "KEYS":
        assert len(thing.data.shape_keys.key_blocks) == 4  # at rest, and one for each direction
    else:
        content = (tmp_path / "mien_cache" / "first_mesh.pc2").read_bytes()
        assert struct.unpack_from("<12siiffi", content) == (b"POINTCACHE2\0", 1, 200, 1.0, 1.0, 40)
        assert thing.modifiers[0].filepath.startswith("//")


def test_a_cache_needs_a_place(service):
    choose("first")
    with pytest.raises(RuntimeError, match="save the file first"):
        bpy.ops.mien.take_bake_mesh(kind="CACHE")
    assert not bpy.context.scene.objects


def test_a_still_mesh_needs_no_shape_keys(service):
    mesh, points = waving(rank=1)
    still = Mesh(np.repeat(points[:1], 5, axis=0).tobytes(), (5, *points.shape[1:]), mesh.faces, "24")
    service.vertices = lambda take, head, rate: still
    choose("first")
    bpy.ops.mien.take_bake_mesh(kind="KEYS")
    thing = bpy.context.scene.objects[0]
    assert np.abs(corners(thing, 3) - points[0][:, [0, 2, 1]] * np.array([1, -1, 1], np.float32)).max() < 1e-6


@pytest.mark.parametrize("on_empty", [True, False])
def test_metahuman_s_curves_are_animated_custom_properties(service, character, on_empty):
    names = ("CTRL_expressions_jawOpen", "CTRL_expressions_mouthCornerPullL", "CTRL_expressions_jawLeft")
    values = np.random.default_rng(2).uniform(0, 1, (24, 3)).astype("<f4")
    service.motion = lambda take, rig, rate: Motion(rig, names, rate, 0.0, 24, values.tobytes())
    choose("first")
    character.mien.first = 5
    for _ in range(2):  # the second time writes over the first
        assert bpy.ops.mien.take_bake_metahuman(on_empty=on_empty) == {"FINISHED"}
    thing = character.children[0] if on_empty else character
    assert len(character.children) == on_empty
    found = actions.active_curves(thing)
    assert len(found) == 3
    for index, name in enumerate(names):
        frames, read = curves.keys_of(curves.find(found, f'["{name}"]'))
        assert frames.tolist() == [*range(5, 29)]
        assert np.abs(read - values[:, index]).max() < 1e-6
    bpy.context.scene.frame_set(12)
    assert thing["CTRL_expressions_jawLeft"] == pytest.approx(values[7, 2], abs=1e-6)


def test_every_button_is_explained_and_undone_in_one_step(mien):
    changing = ("take_load", "take_meanwhile", "take_compare", "take_switch", "take_compare_end", "take_bake_mesh", "take_bake_metahuman")
    names = [name for name in dir(bpy.ops.mien) if name.startswith(("take_", "takes_", "export_"))]
    assert set(changing) < set(names)
    for name in names:
        made = getattr(bpy.types, f"MIEN_OT_{name}")
        assert made.__doc__ and not made.__doc__.endswith(".")
        assert ("UNDO" in made.bl_options) == (name in changing), name
        for prop in getattr(bpy.ops.mien, name).get_rna_type().properties:
            if not prop.is_hidden and prop.identifier not in ("rna_type", "filepath"):
                assert prop.description, (name, prop.identifier)
