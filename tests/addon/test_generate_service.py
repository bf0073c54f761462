"""From the button to the keys through the real service."""

import sys
from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.addon.conftest import RATES, at_rate, columns, generate, keys_of, shaped

pytest.importorskip("backend.service.server", reason="the service is not installed beside this Blender")
ROOT = Path(__file__).parents[2]
SERVE = f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.argv[0] = 'mien'; from backend.cli.main import run; run()"


@pytest.fixture
def service(registered, tmp_path, monkeypatch):
    from addon.blender import session

    where = session.Place((sys.executable, "-c", SERVE, "serve"), str(tmp_path / "state"))
    monkeypatch.setattr(session, "place", lambda: where)
    bpy.ops.mien.connect()
    assert session.problem() is None, session.problem()
    found = session.service()
    yield found
    found.stop()


@pytest.fixture
def hero(service):
    """A character with every ARKit shape, and the sample line."""
    (rig,) = [rig for rig in service.rigs() if rig["name"] == "arkit"]
    thing = shaped("Hero", [channel["name"] for channel in rig["channels"] if channel["unit"] == "weight"])
    bpy.context.view_layer.objects.active = thing
    thing.mien.audio = str(ROOT / "samples" / "line.flac")
    thing.mien.script = (ROOT / "samples" / "line.txt").read_text("utf-8")
    thing.mien.generator_name = "rules"
    return thing


def test_a_take_is_loaded_compared_and_baked(service, hero, tmp_path):
    """Two takes of the line: loaded, switched between, made into a mesh and into MetaHuman's curves, all of them the service's values."""
    at_rate("24")
    generate()
    first = hero.mien.take
    bpy.ops.mien.another_take("EXEC_DEFAULT")
    second = hero.mien.take
    bpy.ops.mien.takes_refresh()
    manager = bpy.context.window_manager
    ids = [row.take for row in manager.mien_takes]
    assert {first, second} <= set(ids) and first != second
    values = {take: columns(service.motion(take, rate="24")) for take in (first, second)}
    manager.mien_take_index = ids.index(first)
    assert bpy.ops.mien.take_load() == {"FINISHED"}
    blinks = "eyeBlinkLeft"
    assert np.abs(keys_of(hero, blinks)[1] - values[first][blinks]).max() < 1e-4
    assert bpy.ops.mien.take_compare(other=second) == {"FINISHED"}
    for letter, take in (("A", first), ("B", second)):
        bpy.ops.mien.take_switch(show=letter)
        assert np.abs(played(hero, blinks, len(values[take][blinks])) - values[take][blinks]).max() < 1e-4
    assert np.abs(values[first][blinks] - values[second][blinks]).max() > 0.1
    assert bpy.ops.mien.take_compare_end() == {"FINISHED"}
    baked_mesh(service, first, tmp_path)
    metahuman(service, first, hero)


def test_a_take_is_offered_by_a_service_that_was_killed_and_started_again(service, hero, tmp_path, monkeypatch):
    import json
    import os
    import signal

    from addon.blender import session
    from addon.blender.takes import meanwhile

    monkeypatch.setattr(meanwhile, "place", lambda: tmp_path / "begun.json")
    line = ROOT / "samples" / "line.flac"
    job = service.perform(service.upload(str(line)), {"generator": "rules", "seed": 5}, label="Hero")
    meanwhile.began(job.id, "Hero", line, 13.0)
    *_, last = service.watch(job.id)
    (facts,) = (tmp_path / "state").rglob("service.json")
    os.kill(json.loads(facts.read_text())["pid"], signal.SIGKILL)
    meanwhile.unregister()
    meanwhile.register()
    assert bpy.ops.mien.connect() == {"FINISHED"}
    again = session.service()
    try:
        assert meanwhile.finished(hero).take == last.take
        assert bpy.ops.mien.take_meanwhile() == {"FINISHED"}
        frames, values = keys_of(hero, "jawOpen")
        assert frames[0] == 13
        assert np.abs(values - columns(again.motion(last.take, rate="24"))["jawOpen"]).max() < 1e-4
    finally:
        again.stop()


def played(thing, shape, count):
    """A shape's values as evaluated."""
    found = []
    for frame in range(1, count + 1):
        bpy.context.scene.frame_set(frame)
        found.append(thing.data.shape_keys.key_blocks[shape].value)
    return np.array(found)


def baked_mesh(service, take, tmp_path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    answer = service.vertices(take, head="flame", rate="24")
    points = np.frombuffer(answer.vertices, "<f4").reshape(answer.shape)
    wanted = points[..., [0, 2, 1]] * np.array([1, -1, 1], np.float32)
    assert answer.shape[0] == service.motion(take, rate="24").frames and answer.shape[2] == 3
    assert np.abs(points - points[0]).max() > 1e-3  # the mouth moves by a millimetre and more
    for kind, near in (("KEYS", 2e-4), ("CACHE", 1e-6)):
        before = set(bpy.data.objects)
        assert bpy.ops.mien.take_bake_mesh(kind=kind) == {"FINISHED"}
        (thing,) = set(bpy.data.objects) - before
        for frame in (1, 20, len(points)):
            bpy.context.scene.frame_set(frame)
            mesh = thing.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
            seen = np.empty(3 * len(mesh.vertices), np.float32)
            mesh.vertices.foreach_get("co", seen)
            assert np.abs(seen.reshape(-1, 3) - wanted[frame - 1]).max() < near, kind


def metahuman(service, take, hero):
    from addon.blender.keys import actions, curves

    assert bpy.ops.mien.take_bake_metahuman() == {"FINISHED"}
    (empty,) = [thing for thing in hero.children if thing.type == "EMPTY"]
    motion = service.motion(take, rig="ctrl_expressions", rate="24")
    assert sum(name.startswith("CTRL_expressions_") for name in motion.channels) > 200
    found = actions.active_curves(empty)
    for name, values in columns(motion).items():
        frames, read = curves.keys_of(curves.find(found, f'["{name}"]'))
        assert frames[0] == 1 and np.abs(read - values).max() < 1e-5
    assert max(values.max() for values in columns(motion).values()) > 0.3


def test_keys_equal_the_take_at_every_rate(service):
    (rig,) = [rig for rig in service.rigs() if rig["name"] == "arkit"]
    names = [channel["name"] for channel in rig["channels"] if channel["unit"] == "weight"]
    hero = shaped("Hero", names)
    bpy.context.view_layer.objects.active = hero
    hero.mien.audio = str(ROOT / "samples" / "line.flac")
    hero.mien.script = (ROOT / "samples" / "line.txt").read_text("utf-8")
    bpy.ops.mien.emotion_add(emotion="happy")
    for frame, value in ((1, 0.0), (30, 0.9)):
        hero.mien.emotions[0].weight = value
        hero.mien.emotions[0].keyframe_insert("weight", frame=frame)
    for rate in RATES:
        text = at_rate(rate)
        generate()
        motion = service.motion(hero.mien.take, rate=text)
        for name, expected in columns(motion).items():
            if name in names:
                assert np.abs(keys_of(hero, name)[1] - expected).max() < 1e-4
    bpy.context.scene.frame_set(60)
    block = hero.data.shape_keys.key_blocks["mouthSmileLeft"]
    keyed = block.value
    hero.mien.show_live = True
    hero.mien.intensity = 0.0
    assert block.value < keyed - 0.05
    bpy.ops.mien.live_discard()
    assert block.value == pytest.approx(keyed, abs=1e-6)
