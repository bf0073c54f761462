"""From the button to the keys, through the bridge's double."""

import math

import bpy
import numpy as np
import pytest

from addon.bridge import ServiceError
from tests.addon.conftest import RATES, SECONDS, at_rate, columns, curve_of, generate, hero_now, keys_of, run_to_end


@pytest.fixture
def session(double):
    from addon.blender import session

    return session


@pytest.mark.parametrize("rate", RATES)
def test_keys_are_the_take_at_every_frame(rate, hero, double, names):
    text = at_rate(rate)
    hero.mien.first = 11
    generate()
    motion = double.motion(hero.mien.take, rate=text)
    expected = columns(motion)
    frames = 11 + np.arange(motion.frames)
    assert motion.frames > SECONDS * float(rate) - 1
    for name in names:
        at, values = keys_of(hero, name)
        assert (at == frames).all()
        assert np.abs(values - expected[name]).max() < 1e-4
    assert max(np.ptp(expected[name]) for name in names) > 0.1
    for index in (0, motion.frames // 2, motion.frames - 1):
        bpy.context.scene.frame_set(11 + index)
        shown = hero.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.shape_keys.key_blocks["jawOpen"].value
        assert shown == pytest.approx(expected["jawOpen"][index], abs=1e-4)


def test_one_undo_takes_it_back_and_redo_brings_it(hero, double):
    bpy.ops.ed.undo_push(message="before")
    generate()
    _, values = keys_of(hero, "jawOpen")
    bpy.ops.ed.undo()
    assert hero_now().data.shape_keys.animation_data is None
    assert len(bpy.data.actions) == 0
    assert hero_now().mien.take == ""
    bpy.ops.ed.redo()
    assert (keys_of(hero_now(), "jawOpen")[1] == values).all()


def test_the_direction_is_what_the_panel_says(hero, double, monkeypatch):
    sent = []
    monkeypatch.setattr(
        double, "perform", lambda *given, perform=double.perform, **named: sent.append((given, named)) or perform(*given, **named)
    )
    bpy.ops.mien.emotion_add(emotion="happy")
    line = hero.mien
    line.emotions[0].weight, line.intensity, line.seed, line.prompt, line.prompt_weight = 0.4, 1.25, 99, " tired ", 0.5
    line.script, line.language = " hello there ", "en"
    hero.mien_rules.mouth = 1.5
    generate()
    (_, direction, script, language), _ = sent[0]
    open_ = {"start": None, "end": None, "fade": None, "ease": "smooth"}
    assert direction == {
        "generator": "rules",
        "rig": "arkit",
        "rate": "24",
        "seed": 99,
        "guides": [
            {"kind": "label", "value": "happy", "weight": 0.4, **open_},
            {"kind": "text", "value": "tired", "weight": 0.5, **open_},
        ],
        "intensity": {"times": [0.0], "values": [1.25]},
        "settings": {"mouth": 1.5},
    }
    assert (script, language) == ("hello there", "en")


def test_an_animated_intensity_is_its_curve(hero):
    from addon.blender.generate.run import ask

    at_rate("29.97")
    hero.mien.first = 5
    for frame, value in ((5, 0.0), (35, 1.6), (60, 0.3)):
        hero.mien.intensity = value
        hero.mien.keyframe_insert("intensity", frame=frame)
    asked = ask(bpy.context, hero).direction["intensity"]
    from addon.blender.generate.sample import curve_of

    curve = curve_of(hero, "mien.intensity")
    seconds = np.arange(0, 2.9, 0.01)
    expected = [curve.evaluate(5 + t * 30000 / 1001) for t in seconds]
    assert np.abs(np.interp(seconds, asked["times"], asked["values"]) - expected).max() < 0.01
    assert len(asked["times"]) < 60


def test_a_setting_with_a_curve_is_told_to_have_one_value(hero, double):
    from addon.blender import described
    from addon.blender.generate.run import ask

    said = described.ask(double)
    for setting in (setting for known in said["generators"] for setting in known["settings"]):
        setting["animatable"] = True
    described.learn(said)
    for frame, value in ((1, 0.5), (41, 1.5)):
        hero.mien_rules.mouth = value
        hero.mien_rules.keyframe_insert("mouth", frame=frame)
    bpy.context.scene.frame_set(31)
    asked = ask(bpy.context, hero)
    assert 1.1 < asked.direction["settings"]["mouth"] == pytest.approx(hero.mien_rules.mouth, abs=1e-5)
    (note,) = asked.notes
    assert "'mouth' has a curve" in note and f"{hero.mien_rules.mouth:g} was used" in note


@pytest.mark.parametrize("by", ["driver", "strip"])
def test_what_drivers_and_nla_strips_move_is_told_and_taken_as_it_is_now(by, hero):
    from addon.blender.generate.run import ask
    from addon.blender.keys import actions

    if by == "driver":
        hero.driver_add("mien.intensity").driver.expression = "frame / 20"
    else:
        for frame, value in ((1, 0.1), (41, 2.0)):
            hero.mien.intensity = value
            hero.mien.keyframe_insert("intensity", frame=frame)
        action, data = hero.animation_data.action, hero.animation_data
        strip = data.nla_tracks.new().strips.new("curve", 1, action)
        if actions.slotted():
            strip.action_slot = data.action_slot
        data.action = None
    bpy.context.scene.frame_set(21)
    asked = ask(bpy.context, hero)
    assert asked.direction["intensity"]["values"] == [pytest.approx(1.05, abs=1e-4)]
    (note,) = asked.notes
    assert "Drivers or NLA strips of 'Hero' move intensity" in note
    hero.mien.keyframe_insert("intensity", frame=1)
    assert ask(bpy.context, hero).notes == ()


def test_an_animated_weight_is_the_sum_of_its_guides(hero):
    from addon.blender.generate.run import ask

    bpy.ops.mien.emotion_add(emotion="happy")
    for frame, value in ((1, 0.0), (25, 0.9), (60, 0.2)):
        hero.mien.emotions[0].weight = value
        hero.mien.emotions[0].keyframe_insert("weight", frame=frame)
    guides = ask(bpy.context, hero).direction["guides"]
    curve = curve_of_emotion(hero)
    for t in np.arange(0.0, 2.9, 0.1):
        felt = sum(guide["weight"] * presence(guide, t) for guide in guides)
        assert felt == pytest.approx(curve.evaluate(1 + t * 24), abs=0.01)


def curve_of_emotion(hero):
    from addon.blender.generate.sample import curve_of

    return curve_of(hero, "mien.emotions[0].weight")


def presence(guide, t):
    """How far the service takes a guide to be in: straight lines, half-way at start and end."""
    assert guide["ease"] == "linear"
    rise = 1.0 if guide["start"] is None else min(max((t - guide["start"]) / guide["fade"] + 0.5, 0), 1)
    fall = 1.0 if guide["end"] is None else min(max((guide["end"] - t) / guide["fade"] + 0.5, 0), 1)
    return rise * fall


def test_removing_an_emotion_leaves_the_others_their_curves(hero):
    for name in ("happy", "sad", "angry"):
        bpy.ops.mien.emotion_add(emotion=name)
    for index, value in enumerate((0.1, 0.2, 0.3)):
        hero.mien.emotions[index].weight = value
        hero.mien.emotions[index].keyframe_insert("weight", frame=1)
    hero.mien.emotion_index = 1
    bpy.ops.mien.emotion_remove()
    from addon.blender.generate.sample import curve_of

    assert [emotion.name for emotion in hero.mien.emotions] == ["happy", "angry"]
    assert curve_of(hero, "mien.emotions[0].weight").evaluate(1) == pytest.approx(0.1)
    assert curve_of(hero, "mien.emotions[1].weight").evaluate(1) == pytest.approx(0.3)
    assert curve_of(hero, "mien.emotions[2].weight") is None


def test_another_take_differs_and_a_seed_comes_back(hero, double):
    generate()
    first = hero.mien.take
    bpy.ops.mien.another_take()
    assert hero.mien.seed != 0
    assert double.take(hero.mien.take)["seed"] == hero.mien.seed != double.take(first)["seed"]


@pytest.mark.parametrize(
    ("break_it", "code", "button"),
    [
        (lambda double: setattr(double.faults, "crash_at", 0.5), "worker", "restart"),
        (lambda double: setattr(double.faults, "dead", True), "stopped", "restart"),
        (lambda double: double.faults.errors.update(perform=ServiceError("audio", "It is silent.")), "audio", None),
        (lambda double: double.faults.errors.update(motion=ServiceError("gone", "The take is gone.")), "gone", None),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_changes_nothing(break_it, code, button, hero, double, session):
    break_it(double)
    with pytest.raises(RuntimeError):
        generate()
    problem = session.problem()
    assert problem.code == code
    assert "\n" not in problem.message and problem.message.endswith(".")
    assert (problem.fix or {}).get("kind") == button
    assert problem.message in problem.report and "Blender" in problem.report
    assert bpy.ops.mien.mend.poll() == (button is not None)
    assert hero.data.shape_keys.animation_data is None and len(bpy.data.actions) == 0


def test_a_cancelled_job_changes_nothing_and_is_no_error(hero, double, session):
    double.faults.cancel_at = 0.5
    with pytest.raises(RuntimeError, match="cancelled"):
        generate()
    assert session.problem() is None
    assert len(bpy.data.actions) == 0


def test_success_clears_the_last_problem(hero, double, session):
    double.faults.crash_at = 0.0
    with pytest.raises(RuntimeError):
        generate()
    generate()
    assert session.problem() is None
    assert math.isfinite(keys_of(hero, "jawOpen")[1].sum())


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (lambda hero: setattr(hero.mien, "audio", ""), "choose an audio file"),
        (lambda hero: setattr(hero.mien, "audio", "/nowhere/x.wav"), "choose it again"),
        (lambda hero: setattr(hero.mien, "source", "STRIP"), "choose one in the panel"),
        (lambda hero: setattr(hero.mien, "parts", set()), "choose mouth"),
        (lambda hero: (setattr(hero.mien, "use_range", True), setattr(hero.mien, "end", 0)), "end must come after"),
        (
            lambda hero: (setattr(hero.mien, "use_range", True), setattr(hero.mien, "start", 900), setattr(hero.mien, "end", 950)),
            "outside the line",
        ),
        (lambda hero: hero.shape_key_clear(), "Select a character"),
    ],
)
def test_what_is_missing_is_said(spoil, match, hero):
    spoil(hero)
    with pytest.raises(RuntimeError, match=match):
        generate()


def test_a_run_off_the_main_thread_shows_progress_and_ends(hero, double, session):
    from addon.blender.generate.run import Run, ask

    going = Run(ask(bpy.context, hero))
    assert going.state == "running" and going.text
    assert run_to_end(going) == "done"
    assert going.share == 1.0
    assert going.finished.motion.frames == 73


def test_a_run_is_cancelled(hero, double, session):
    from addon.blender.generate.run import Run, ask

    double.faults.slow = 0.05
    going = Run(ask(bpy.context, hero))
    going.cancel()
    assert going.text == "Cancelling ..."
    assert run_to_end(going) == "cancelled"
    assert going.finished is None and session.problem() is None


def test_live_shows_without_keys_then_applies(hero, double):
    generate()
    before = keys_of(hero, "mouthSmileLeft")
    bpy.context.scene.frame_set(20)
    hero.mien.show_live = True
    bpy.ops.mien.emotion_add(emotion="happy")
    hero.mien.emotions[0].weight = 1.0
    block = hero.data.shape_keys.key_blocks["mouthSmileLeft"]
    shown = block.value
    assert abs(shown - before[1][19]) > 0.1
    assert (keys_of(hero, "mouthSmileLeft")[1] == before[1]).all()
    bpy.context.scene.frame_set(30)
    assert abs(block.value - before[1][29]) > 0.1
    bpy.ops.mien.live_apply()
    assert not hero.mien.show_live
    assert keys_of(hero, "mouthSmileLeft")[1][19] == pytest.approx(shown, abs=1e-6)


def test_live_discard_shows_the_keys_again(hero, double):
    generate()
    bpy.context.scene.frame_set(20)
    block = hero.data.shape_keys.key_blocks["mouthSmileLeft"]
    kept = block.value
    hero.mien.show_live = True
    bpy.ops.mien.emotion_add(emotion="happy")
    assert block.value != pytest.approx(kept)
    bpy.ops.mien.live_discard()
    assert block.value == pytest.approx(kept, abs=1e-6)


def test_live_on_shapes_without_keys_leaves_them_as_they_were(hero, double):
    block = hero.data.shape_keys.key_blocks["mouthSmileLeft"]
    block.value = 0.05
    bpy.ops.mien.emotion_add(emotion="happy")
    hero.mien.show_live = True
    bpy.context.scene.frame_set(12)
    assert block.value > 0.1
    bpy.ops.mien.live_discard()
    assert block.value == pytest.approx(0.05)
    assert curve_of(hero, "mouthSmileLeft") is None
