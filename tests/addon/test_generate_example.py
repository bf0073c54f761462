"""The script in the guide, word for word."""

import re
import sys
from pathlib import Path

import bpy

GUIDE = Path(__file__).parents[2] / "docs" / "blender.md"


def test_the_guides_script_runs(hero, double, audio, tmp_path, monkeypatch):
    (script,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.S)
    out = tmp_path / "out.blend"
    monkeypatch.setattr(sys, "argv", ["blender", "-b", "--", str(audio), str(out)])
    exec(compile(script, "generate.py", "exec"), {})
    bpy.ops.wm.open_mainfile(filepath=str(out))
    from tests.addon.conftest import hero_now, keys_of

    assert keys_of(hero_now(), "jawOpen")[0][0] == 101
    assert double.take(hero_now().mien.take)["seed"] == 7
