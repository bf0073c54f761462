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
