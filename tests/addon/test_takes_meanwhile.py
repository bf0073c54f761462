"""A job that outlives Blender, or the connection to the service: its take is told when the service is reached again."""

import time
from types import SimpleNamespace

import bpy
import numpy as np
import pytest

from tests.addon.conftest import columns, keys_of, run_to_end
from tests.addon.test_register_panels import Layout


@pytest.fixture
def notes(registered, tmp_path, monkeypatch):
    """Where the extension would keep them."""
    from addon.blender.takes import meanwhile

    monkeypatch.setattr(meanwhile, "place", lambda: tmp_path / "begun.json")
    return meanwhile


def running(hero):
    """A generation off the main thread, of which the job is known."""
    from addon.blender import session
    from addon.blender.generate.run import Run, ask

    going = Run(ask(bpy.context, hero))
    until = time.monotonic() + 10
    while going.job is None and time.monotonic() < until:
        session.poll()
        time.sleep(0.002)
    return going


class Drawn(Layout):
    """Keeps the words."""

    def label(self, text="", **_):
        self.drawn.append(text)

    def _child(self, *_, **__):
        return Drawn(self.drawn)

    row = column = box = split = _child


def texts():
    """What the panel says."""
    from addon.blender.panels import line

    drawn = []
    line.draw_main(
        Drawn(drawn), SimpleNamespace(scene=bpy.context.scene, view_layer=bpy.context.view_layer, region=SimpleNamespace(width=900))
    )
    return drawn


def test_a_take_finished_after_blender_had_ended_is_offered_and_loaded(notes, hero, double):
    double.faults.slow = 0.01
    hero.mien.first = 21
    going = running(hero)
    job = going.job.id
    notes.unregister()  # Blender ends, and begins again
    run_to_end(going)
    notes._write()
    notes.began(job, "Hero", going.request.recording, 21.0)
    notes._own.clear()
    notes._noted.clear()
    notes.register()
    assert notes.finished(hero) is None  # nobody has asked yet
    bpy.ops.mien.connect()
    note = notes.finished(hero)
    assert note.take == double.job(job).take
    assert "A take of this line was finished meanwhile." in texts()
    hero.mien.first = 1
    assert bpy.ops.mien.take_meanwhile() == {"FINISHED"}
    motion = double.motion(note.take)
    frames, values = keys_of(hero, "jawOpen")
    assert frames[0] == 21 and np.abs(values - columns(motion)["jawOpen"]).max() < 1e-6
    assert hero.mien.take == note.take
    assert notes.finished(hero) is None and not bpy.ops.mien.take_meanwhile.poll()
    assert notes.place().read_text() == "[]" and "A take of this line was finished meanwhile." not in texts()


@pytest.mark.parametrize("lost", [True, False])
def test_only_what_was_lost_is_kept(lost, notes, hero, double):
    double.faults.slow = 0.01
    going = running(hero)
    assert '"Hero"' in notes.place().read_text()
    if lost:
        double.faults.dead = True
    assert run_to_end(going) == ("failed" if lost else "done")
    assert ('"Hero"' in notes.place().read_text()) == lost


def test_jobs_that_go_on_wait_and_those_that_failed_are_dropped(notes, hero, double, audio):
    recording = double.upload(str(audio))
    going, failed = (double.perform(recording, {"seed": seed}, label="x").id for seed in (1, 2))
    double.cancel(failed)
    for job in (going, failed, "nobody-knows-it"):
        notes.began(job, "Hero", audio, 1.0)
    notes._own.clear()
    notes.look()
    assert [note.job for note in notes._noted] == [going] and notes.finished(hero) is None
    *_, last = double.watch(going)
    notes.look()
    assert notes.finished(hero).take == last.take
    hero.mien.audio = str(audio.with_name("another.wav"))
    assert notes.finished(hero) is None  # of another line


def test_a_take_may_be_left_in_the_list(notes, hero, double, audio):
    job = double.perform(double.upload(str(audio)), {}, label="x").id
    *_, last = double.watch(job)
    notes.began(job, "Hero", audio, 1.0)
    notes._own.clear()
    bpy.ops.mien.takes_refresh()
    assert bpy.ops.mien.take_meanwhile(drop=True) == {"FINISHED"}
    assert notes.finished(hero) is None and hero.data.shape_keys.animation_data is None
    manager = bpy.context.window_manager
    assert manager.mien_takes[manager.mien_take_index].take == last.take


def test_a_file_of_notes_that_is_broken_is_no_matter(notes):
    notes.place().write_text('[{"job": 3}]')
    notes.register()
    assert notes._noted == []
