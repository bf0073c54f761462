"""An empty file of Blender with the extension in it, a character, a recording, and the bridge's double for a service."""

import time
import wave
from types import SimpleNamespace

import bpy
import numpy as np
import pytest

import addon
from addon.bridge.double import Double

SECONDS = 3.0
RATES = {"24": (24, 1.0, "24"), "29.97": (30, 1.001, "30000/1001"), "60": (60, 1.0, "60")}


@pytest.fixture
def registered():
    """An empty file, and the extension."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon.register()
    yield addon
    addon.unregister()


@pytest.fixture
def double(registered):
    """The service, in memory, and what it says of itself known."""
    from addon.blender import described, session

    service = Double()
    session.use(service)
    described.learn(described.ask(service))
    return service


@pytest.fixture(scope="session")
def audio(tmp_path_factory):
    """Three seconds of a tone."""
    path = tmp_path_factory.mktemp("a line «é»") / "a line.wav"
    tone = (8000 * np.sin(np.arange(int(16000 * SECONDS)) / 20)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(tone.tobytes())
    return path


def shaped(name, shapes, parent=None):
    """An object whose mesh has these shape keys."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(thing)
    thing.parent = parent
    thing.shape_key_add(name="Basis")
    for shape in shapes:
        thing.shape_key_add(name=shape).data[0].co.z += 1
    return thing


@pytest.fixture
def names(double):
    """The ARKit shapes that the service names."""
    return [channel["name"] for channel in double.rigs()[0]["channels"] if channel["unit"] == "weight"]


@pytest.fixture
def hero(double, names, audio):
    """The active object, with every ARKit shape and a recording."""
    thing = shaped("Hero", names)
    bpy.context.view_layer.objects.active = thing
    thing.mien.audio = str(audio)
    return thing


def at_rate(name):
    """Set the scene's rate; gives it as the service writes it."""
    fps, base, text = RATES[name]
    bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = fps, base
    return text


def generate():
    """Press the button."""
    bpy.ops.mien.generate("EXEC_DEFAULT", True)


def hero_now():
    """The character, after an undo has made a new one of it."""
    return bpy.data.objects["Hero"]


def curve_of(thing, shape):
    """The F-curve that plays on a shape."""
    from addon.blender.keys import actions, curves, shapes

    return curves.find(actions.active_curves(thing.data.shape_keys), shapes.path_of(shape))


def keys_of(thing, shape):
    """Frames and values of a shape's keys."""
    from addon.blender.keys import curves

    return curves.keys_of(curve_of(thing, shape))


def columns(motion):
    """Values by channel."""
    return SimpleNamespace(**{name: np.array(motion.column(name)) for name in motion.channels}).__dict__


def run_to_end(going):
    """How a run off the main thread ends."""
    from addon.blender import session

    until = time.monotonic() + 10
    while not going.over and time.monotonic() < until:
        session.poll()
        time.sleep(0.002)
    return going.state
