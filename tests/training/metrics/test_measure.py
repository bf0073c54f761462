"""A whole clip: identical ones are perfect, worse ones are worse, and names are those of the catalogue."""

from fractions import Fraction

import numpy as np
import pytest

from backend.emotion.direction import Direction
from backend.errors import InputError
from backend.face.metahuman import arkit_to_metahuman, metahuman_to_expressions
from backend.motion import RIGS, Motion, resample
from backend.motion.arkit import ARKIT
from backend.perform import perform
from backend.training.metrics import METRICS, Better, channel_set, measure, measure_vertices, mien_yardstick, voice_accents
from backend.training.metrics.checks import together
from tests.training.metrics.lines import line, spoken

SAID = "sil:0.2 m:0.1 ɑ:0.4 t:0.1 i:0.2 p:0.1 ɑ:0.4 sil:0.5"


@pytest.fixture(scope="module")
def speech():
    return spoken(line(SAID), {"ɑ": -12.0, "i": -22.0, "m": -28.0, "p": -45.0, "t": -45.0})


def test_the_same_motion_is_perfect(talking, speech):
    found = measure(talking, talking, speech)
    assert set(found) <= set(METRICS)
    against = [name for name in found if _needs_reference(name)]
    assert len(against) >= 20
    assert {name: found[name] for name in against} == dict.fromkeys(against, 0.0)


def _needs_reference(name):
    return METRICS[name].unit in ("mm", "mm²", "mm/s", "weight") and name != "rest in silence"


def test_what_needs_reference_or_sound_is_left_out_without(talking, speech):
    alone, heard = measure(talking), measure(talking, speech=speech)
    assert set(alone) == {"blink rate", "AU-std", "jerk", "smoothness"}
    assert not any(_needs_reference(name) for name in heard)
    assert {name: heard[name] for name in alone} == alone
    assert alone["blink rate"] == pytest.approx(0.5)


def test_half_the_movement_is_worse_and_none_is_worst(talking):
    half = talking.with_values(talking.values * 0.5)
    still = Motion.still(ARKIT, talking.frames, talking.rate)
    some, most = measure(half, talking), measure(still, talking)
    for name in some:
        if METRICS[name].better in (Better.LOWER, Better.ZERO):
            assert 0 < some[name] < most[name], name
    for name in ("MLE", "MEE", "EIE", "FRD", "FRD, absolute", "LVE, channels"):
        assert some[name] == pytest.approx(most[name] / 2, rel=1e-5)


def test_the_head_held_still_is_what_is_measured(talking):
    turned = talking.with_curves({"headYaw": np.linspace(-1, 1, talking.frames), "headPitch": np.zeros(talking.frames)})
    found = measure(turned, talking)
    assert found["VE"] == 0
    assert found["MLE"] == 0


def test_a_brow_is_no_matter_of_the_lips_and_a_jaw_none_of_the_brows(talking):
    brow = measure(talking.with_curves({"browInnerUp": np.zeros(talking.frames)}), talking)
    jaw = measure(talking.with_curves({"jawOpen": np.zeros(talking.frames)}), talking)
    for name in ("MLE", "LVE, mean", "LVE, max", "MOD", "LMD"):
        assert brow[name] == 0 < jaw[name]
    assert brow["MVE, max"] >= brow["UVE, max"]
    for name in ("MEE", "UVE, max", "UFVE", "FDD, absolute", "UFDD"):
        assert jaw[name] <= 0.05 * brow[name]  # a jaw that drops pulls a little at the wings of the nose
        assert brow[name] > 0


def test_millimetres_are_those_of_the_mesh(talking):
    stick = mien_yardstick()
    a, b = (stick.vertices(motion) for motion in (talking, Motion.still(ARKIT, talking.frames, talking.rate)))
    found = measure(Motion.still(ARKIT, talking.frames, talking.rate), talking)
    worst = np.sqrt(((a - b).astype(float) ** 2).sum(axis=2)[:, stick.sets.lips]).max(axis=1)
    assert found["LVE, max"] == pytest.approx(worst.mean() * 1e3)
    assert found["LVE, max squared"] == pytest.approx((worst**2).mean() * 1e6)
    assert 1 < found["MOD"] < 15  # a jaw that opens by a half parts lips by some millimetres
    inches = measure_vertices(b * 2, a * 2, stick.skin.vertices * 2, stick.sets, 30.0, stick.landmarks)
    for name in inches:
        power = 2 if METRICS[name].unit == "mm²" else 1
        assert inches[name] == pytest.approx(found[name] * 2**power, rel=1e-4), name


def test_lips_that_follow_the_phones_are_in_time(speech):
    # The jaw does what is said: shut on m and p and in silence, half open on ɑ, less on i.
    times = np.arange(61) / 30
    keys = [0, 0.2, 0.3, 0.35, 0.65, 0.75, 0.82, 0.95, 1.0, 1.1, 1.15, 1.4, 1.5, 2.0]
    jaw = np.interp(times, keys, [0, 0, 0, 0.6, 0.6, 0.2, 0.2, 0.2, 0, 0, 0.6, 0.6, 0, 0])
    right = Motion.from_curves(ARKIT, {"jawOpen": jaw}, 61, Fraction(30))
    late = right.with_curves({"jawOpen": np.interp(times - 0.2, times, jaw)})
    good, bad = measure(right, speech=speech), measure(late, speech=speech)
    assert good["closure recall"] == 1
    assert good["closure precision"] == 1
    assert abs(good["sync lag"]) < 0.04
    assert good["sync correlation"] > 0.9
    assert good["rest in silence"] < 0.1
    assert bad["sync lag"] == pytest.approx(good["sync lag"] + 0.2, abs=0.03)
    assert bad["closure recall"] < 1
    assert bad["jaw-loudness"] < good["jaw-loudness"]


def test_brows_and_head_on_the_accent(speech):
    times = np.arange(61) / 30
    (accent,) = voice_accents(spoken(line("sil:0.2 ɑ:0.2 t:0.1 i:0.2 t:0.1 a:0.35 t:0.1 ɪ:0.2 t:0.1 e:0.2"), {"a": -10.0}))
    assert accent == pytest.approx(0.975)
    hill = np.exp(-(((times - 1.2) / 0.1) ** 2))
    with_them = Motion.from_curves(ARKIT, {"browInnerUp": 0.5 * hill, "headPitch": 0.1 * hill}, 61, Fraction(30))
    said = spoken(line("sil:0.2 ɑ:0.2 t:0.2 i:0.2 t:0.2 a:0.4 t:0.2 ɪ:0.2 sil:0.4"), {"a": -10.0})
    found = measure(with_them, speech=said)
    assert (found["head on accents"], found["brows on accents"]) == (1, 1)
    still = measure(Motion.still(ARKIT, 61, Fraction(30)), speech=said)
    assert (still["head on accents"], still["brows on accents"]) == (0, 0)


def test_other_rigs_are_measured_in_their_channels_and_on_the_same_face(talking):
    for convert, name in (
        (arkit_to_metahuman, "metahuman"),
        (lambda m: metahuman_to_expressions(arkit_to_metahuman(m)), "ctrl_expressions"),
    ):
        board = convert(talking)
        assert board.rig.name == name
        half = board.with_values(board.values * 0.5)
        found, hub = measure(half, board), measure(talking.with_values(talking.values * 0.5), talking)
        assert found["MLE"] == pytest.approx(np.abs(board.pick(channel_set(board.rig, "lip"))).mean() / 2, rel=1e-4)
        assert found["LVE, mean"] == pytest.approx(hub["LVE, mean"], rel=0.35)


def test_rates_are_brought_together_and_lines_are_not(talking):
    found = measure(resample(talking, Fraction(60)), talking)
    assert found["LVE, mean"] < 0.1
    a, b = together(resample(talking, Fraction(60)), talking)
    assert (a.rate, a.frames) == (b.rate, b.frames) == (30, 60)
    with pytest.raises(InputError, match="same line"):
        measure(talking.with_values(talking.values[:30]), talking)
    with pytest.raises(InputError, match="convert"):
        measure(arkit_to_metahuman(talking), talking)
    with pytest.raises(InputError, match="measure_vertices"):
        measure(Motion.still(RIGS["flame"], 30, Fraction(30)))


def test_one_frame_and_a_few_are_measured_as_far_as_they_go(talking, speech):
    one = talking.with_values(talking.values[:1])
    found = measure(one, one, speech)
    assert found["VE"] == 0
    assert "FDD, speed" not in found
    assert "sync lag" not in found
    assert np.isnan(found["jerk"])


def test_a_real_line_by_the_rules_closes_its_lips_in_time(shared_data):
    audio = next(iter(sorted((shared_data / "speech" / "ljspeech").glob("*.wav"))), None)
    if audio is None:
        pytest.skip("../shared/data/speech/ljspeech holds no recording")
    performance = perform(audio, Direction())
    found = measure(performance.take.motion, speech=performance.speech)
    assert found["closure recall"] > 0.9
    assert found["closure precision"] > 0.8
    assert abs(found["sync lag"]) < 0.08
    assert found["sync confidence"] > 0.3
