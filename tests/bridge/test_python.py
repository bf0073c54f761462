"""The bridge runs wherever a host has a Python: 3.9 and later, with nothing installed."""

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "addon" / "bridge").glob("**/*.py"))
# Came after 3.9; a parser does not see them.
LATER = {
    "removeprefix": (3, 9),
    "pairwise": (3, 10),
    "file_digest": (3, 11),
    "UTC": (3, 11),
    "StrEnum": (3, 11),
    "ExceptionGroup": (3, 11),
    "Self": (3, 11),
}


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), feature_version=(3, 9))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_it_is_written_in_the_words_of_3_9(path):
    for node in ast.walk(tree(path)):
        assert type(node).__name__ not in ("Match", "TryStar", "TypeAlias"), node.lineno
        name = getattr(node, "attr", getattr(node, "id", ""))
        assert LATER.get(name, (3, 9)) <= (3, 9), f"{name} in line {node.lineno}"
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            words = {keyword.arg for keyword in node.keywords}
            assert not (called == "zip" and "strict" in words), node.lineno
            assert not (called == "dataclass" and words & {"slots", "kw_only"}), node.lineno


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_annotations_are_never_evaluated_and_only_the_standard_library_is_imported(path):
    found = tree(path)
    names = set()
    for node in ast.walk(found):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module.split(".")[0])
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 1, f"line {node.lineno} leaves the bridge"
    assert names <= sys.stdlib_module_names
    if any(isinstance(node, (ast.FunctionDef, ast.AnnAssign)) for node in ast.walk(found)):
        assert "__future__" in names


def older() -> str:
    """A real Python older than Mien's own."""
    for path in [shutil.which("python3.9"), shutil.which("python3.10"), *map(str, Path.home().glob(".pyenv/versions/3.9.*/bin/python"))]:
        if path and not subprocess.run([path, "-c", "import ssl"], capture_output=True, check=False).returncode:
            return path
    pytest.skip("no Python 3.9 or 3.10 is on this machine")


def test_an_older_python_speaks_to_a_service(player, state, recording):
    program = """
import json, sys
sys.path.insert(0, sys.argv[1])
from addon.bridge import find
from addon.bridge import background, double, setup
assert not {"numpy", "bpy", "backend"} & set(sys.modules)
service = find(sys.argv[2])
job = service.perform(service.upload(sys.argv[3]), {})
for job in service.watch(job.id): pass
motion = service.motion(job.take)
print(json.dumps([job.state, motion.frames, list(motion.column("jawOpen"))[:3], service.vertices(job.take).shape]))
"""
    command = [older(), "-W", "error", "-c", program, str(ROOT), str(state), str(recording)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    take = player.double.takes()[0]["id"]
    wanted = list(player.double.motion(take).column("jawOpen"))[:3]
    assert json.loads(done.stdout) == ["done", 25, wanted, [25, 4, 3]]


def test_importing_it_costs_little_and_loads_no_host():
    program = "import sys; before = set(sys.modules); import addon, addon.bridge; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    loaded = set(done.stdout.split())
    assert not {name for name in loaded if name.split(".")[0] in ("bpy", "numpy", "backend", "exporters", "torch")}
    assert "addon.blender" not in loaded


def test_switching_the_addon_on_and_off_is_passed_on_to_blender(monkeypatch):
    import types

    import addon

    said = []
    blender = types.ModuleType("addon.blender")
    blender.register = lambda: said.append("on")
    blender.unregister = lambda: said.append("off")
    monkeypatch.setitem(sys.modules, "addon.blender", blender)
    monkeypatch.setattr(addon, "blender", blender, raising=False)
    addon.register()
    addon.unregister()
    assert said == ["on", "off"]
