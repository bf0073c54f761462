from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.emotion.direction import Curve, Direction, Guide
from backend.emotion.feel import feel
from backend.errors import DirectionError
from backend.generators import GENERATORS
from backend.generators.procedural.blinks import blink_times
from backend.generators.procedural.line import Line
from backend.generators.procedural.tables import visemes
from backend.generators.rules import RULES, resolve
from backend.motion import Motion, Unit, parse_rate
from backend.motion.arkit import ARKIT
from backend.speech.inventory import CLOSURES, DIPHTHONGS, PHONES, VOWELS
from backend.speech.speech import Speech
from tests.lines import line

QUIET_FACE = {"blinks_per_minute": 0.0, "gaze": 0.0, "head": 0.0, "brows": 0.0, "breath": 0.0}
RATES = [parse_rate(r) for r in ("23.976", "24", "25", "29.97", "30", "60")]


def play(speech: Speech, rate: Fraction = Fraction(60), *guides: Guide, seed: int = 0, **chosen: float) -> Motion:
    direction = Direction(guides=guides, rate=rate, seed=seed, settings=chosen)
    return RULES.perform(speech, feel(speech, direction), direction)


def mouth_only(speech: Speech, rate: Fraction = Fraction(60), *guides: Guide) -> Motion:
    return play(speech, rate, *guides, **QUIET_FACE)


def during(motion: Motion, speech: Speech, number: int) -> slice:
    phone = speech.phones[number]
    return slice(*np.searchsorted(motion.times, [phone.start, phone.end]))


def test_the_door_describes_it():
    assert GENERATORS["rules"] is RULES
    assert resolve(RULES.settings, {})["head"] == 1.0
    with pytest.raises(DirectionError, match="did you mean 'gaze'"):
        resolve(RULES.settings, {"gase": 1.0})
    with pytest.raises(DirectionError, match="from 0 to 60"):
        resolve(RULES.settings, {"blinks_per_minute": 90.0})


def test_every_phone_has_a_viseme():
    table = visemes()
    assert {*table.poses, *table.diphthongs} == {*PHONES}
    assert {*table.diphthongs} == DIPHTHONGS
    assert {*table.contacts} == CLOSURES | {"f", "v"}
    assert all(0 <= weight <= 1 for pose in table.poses.values() for weight in pose.values())


def test_vowels_are_rounded_and_open_as_the_ipa_chart_has_them():
    poses = visemes().poses
    rounding = {v: poses[v].get("mouthFunnel", 0.0) + poses[v].get("mouthPucker", 0.0) for v in VOWELS - DIPHTHONGS}
    assert {vowel for vowel in rounding if rounding[vowel] > 0} == {*"ɔoøʊuyɝ"}  # ɝ: English lips, not the chart
    for column in ("iɪeɛæ", "ieɛa", "yø", "uʊoɔ", "ɨəʌa", "jeɛ"):
        jaws = [poses[vowel]["jawOpen"] for vowel in column]
        assert jaws == sorted(set(jaws)), column
    assert all(poses[kin]["mouthPucker"] >= 0.9 * poses[twin]["mouthPucker"] for kin, twin in ("yu", "øo", "ɥw"))


@pytest.mark.parametrize("rate", RATES)
def test_same_seed_same_bytes_other_seed_other_take(rate):
    speech = line(repeat=3)
    assert play(speech, rate, seed=3).values.tobytes() == play(speech, rate, seed=3).values.tobytes()
    assert not np.array_equal(play(speech, rate, seed=3).values, play(speech, rate, seed=4).values)


def test_the_same_performance_at_every_frame_rate():
    """60 fps read at every second frame is the take at 30, where no contact or blink had to land on a frame."""
    speech = line(repeat=2)
    fast, slow = play(speech, Fraction(60), blinks_per_minute=0.0), play(speech, Fraction(30), blinks_per_minute=0.0)
    steady = ARKIT.in_region("head", "gaze", "brow", "cheek")
    shared = min(slow.frames, (fast.frames + 1) // 2)
    assert shared >= slow.frames - 1
    assert np.abs(fast.pick(steady)[::2][:shared] - slow.pick(steady)[:shared]).max() < 1e-5


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("feeling", [(), (Guide("fear"),), (Guide("surprise", 2.0),), (Guide("happy"),)])
def test_lips_meet_on_every_bilabial_at_every_rate_and_in_every_mood(rate, feeling):
    speech = line(repeat=4)
    motion = mouth_only(speech, rate, *feeling)
    for number, phone in enumerate(speech.phones):
        if phone.symbol in CLOSURES:
            here = slice(during(motion, speech, number).start - 1, during(motion, speech, number).stop + 1)
            apart = motion["jawOpen"] - motion["mouthClose"] + motion["mouthLowerDownLeft"] + motion["mouthUpperUpLeft"]
            assert apart[here].min() < 0.005, phone


def test_the_lower_lip_tucks_in_on_labiodentals():
    speech = line("sil:.4 ɑ1:.2 f:.1 ɑ1:.2 v:.1 i1:.2 sil:.4")
    motion = mouth_only(speech)
    for number in (2, 4):
        assert motion["mouthRollLower"][during(motion, speech, number)].max() > 0.35
        assert motion["jawOpen"][during(motion, speech, number)].min() < 0.05
    assert motion["mouthRollLower"][during(motion, speech, 1)][3:-8].max() < 0.05


def test_rounding_comes_before_the_vowel_and_more_than_it_stays():
    speech = line("sil:.4 s:.15 t:.1 u1:.2 t:.1 s:.15 sil:.4")
    motion = mouth_only(speech)
    vowel = speech.phones[3]
    before = motion["mouthPucker"][np.searchsorted(motion.times, vowel.start - 0.1)]
    after = motion["mouthPucker"][np.searchsorted(motion.times, vowel.end + 0.1)]
    assert before > 0.1
    assert before > after


def test_open_vowels_open_most_and_close_vowels_least():
    size = {}
    for vowel in ("ɑ", "ɛ", "i"):
        motion = mouth_only(line(f"sil:.4 t:.1 {vowel}1:.2 t:.1 sil:.4"))
        size[vowel] = motion["jawOpen"].max()
    assert size["ɑ"] > 1.2 * size["ɛ"] > 1.5 * size["i"]


def test_short_vowels_undershoot():
    long, short = (mouth_only(line(f"sil:.4 t:.1 ɑ1:{d} t:.1 sil:.4"))["jawOpen"].max() for d in (0.25, 0.05))
    assert short < 0.75 * long


def test_louder_opens_wider():
    speech = line(repeat=2)
    half = np.searchsorted(speech.prosody.times, speech.duration / 2)
    speech.prosody.loudness[half:] -= 15
    motion = mouth_only(speech)
    middle = motion.frames // 2
    assert motion["jawOpen"][middle:].max() < 0.75 * motion["jawOpen"][:middle].max()


def test_the_mouth_rests_in_silence_and_moves_in_speech():
    speech = line("sil:1 b:.08 ɑ1:.2 t:.1 sil:1.5 m:.08 i1:.2 sil:1")
    motion = mouth_only(speech)
    mouth = motion.pick(ARKIT.in_region("jaw", "mouth", "tongue"))
    rest = (motion.times < 0.75) | ((motion.times > 1.75) & (motion.times < 2.6)) | (motion.times > 3.6)
    assert mouth[rest].max() < 0.01
    assert mouth[~rest].max() > 0.3


def test_the_jaw_follows_the_loud_phones():
    speech = line(repeat=3)
    motion = mouth_only(speech, Fraction(100))
    level = np.interp(motion.times, speech.prosody.times, speech.prosody.loudness)
    assert np.corrcoef(motion["jawOpen"], level)[0, 1] > 0.6


def test_an_emotion_colours_the_mouth_less_while_speaking():
    speech = line("sil:1 t:.1 ɪ1:.2 t:.1 ɪ1:.2 t:.1 ɪ1:.2 t:.1 ɪ1:.2 sil:1.5")
    motion = mouth_only(speech, Fraction(60), Guide("happy"))
    silent, spoken = motion["mouthSmileLeft"][motion.times < 0.5], motion["mouthSmileLeft"][(motion.times > 1.4) & (motion.times < 2.0)]
    assert spoken.mean() < 0.8 * silent.mean()
    cheeks = motion["cheekSquintLeft"]
    assert cheeks[(motion.times > 1.4) & (motion.times < 2.0)].mean() > 0.9 * cheeks[motion.times < 0.5].mean()


def test_intensity_zero_is_the_neutral_performance():
    speech, calm = line(repeat=2), Direction()
    blank = Direction(guides=(Guide("angry"),), intensity=Curve((0.0,), (0.0,)))
    assert np.array_equal(RULES.perform(speech, feel(speech, blank), blank).values, RULES.perform(speech, feel(speech, calm), calm).values)


def test_brows_beat_on_stressed_syllables_and_the_setting_scales_them():
    speech = line("sil:.8 " + "t:.08 ʌ:.07 t:.08 ɑ1:.2 " * 12 + "sil:1")
    still, lively = play(speech, brows=0.0), play(speech, brows=1.0)
    raised = (lively["browInnerUp"] - still["browInnerUp"]) > 0.1
    assert raised.any()
    stressed = np.zeros(lively.frames, bool)
    for phone in speech.phones:
        if phone.stress:
            stressed |= np.abs(lively.times - (phone.start + phone.end) / 2) < 0.1
    top = lively["browInnerUp"] > 0.8 * lively["browInnerUp"].max()
    assert (top & stressed).sum() > 0.6 * top.sum()
    assert np.allclose(still["browInnerUp"][still.times < 0.2], 0, atol=0.02)


@pytest.mark.parametrize("rate_asked", [10.0, 20.0, 40.0])
def test_blinks_come_at_the_rate_asked_for(rate_asked):
    speech = line("sil:600")
    counts = []
    for seed in range(4):
        direction = Direction(seed=seed, settings={"blinks_per_minute": rate_asked})
        wanted = resolve(RULES.settings, direction.settings)
        counts.append(len(blink_times(Line(speech, feel(speech, direction), direction.rate, seed, wanted))))
    assert np.mean(counts) / 10 == pytest.approx(rate_asked, rel=0.12)


@pytest.mark.parametrize("rate", RATES)
def test_every_blink_closes_on_a_frame_and_lasts_as_blinks_do(rate):
    speech = line("sil:60")
    motion = play(speech, rate)
    closed = motion["eyeBlinkLeft"] > 0.999
    starts = np.flatnonzero(np.diff(closed.astype(int)) == 1)
    assert 12 <= len(starts) <= 30
    for start in starts[1:-1]:
        shut = motion["eyeBlinkLeft"][max(start - round(0.5 * float(rate)), 0) : start + round(0.5 * float(rate))] > 0.05
        assert 0.15 < shut.sum() / float(rate) < 0.45
    assert np.array_equal(motion["eyeBlinkLeft"], motion["eyeBlinkRight"])


def test_eyes_hold_their_target_while_the_head_turns():
    speech = line(repeat=6)
    motion = play(speech, Fraction(60), head=2.0)
    world = motion["leftEyeYaw"] + motion["headYaw"]
    assert np.abs(np.diff(world)).max() > 0.01  # saccades
    assert np.median(np.abs(np.diff(world))) < 0.3 * np.median(np.abs(np.diff(motion["headYaw"])))
    looks = motion.pick(("eyeLookInLeft", "eyeLookOutLeft", "eyeLookInRight", "eyeLookOutRight"))
    assert (looks[:, 0] * looks[:, 1]).max() == 0  # never inwards and outwards at once
    assert np.allclose(looks[:, 1] - looks[:, 0], motion["leftEyeYaw"] / 0.6, atol=1e-5)
    assert np.allclose(looks[:, 3] - looks[:, 2], -motion["rightEyeYaw"] / 0.6, atol=1e-5)


def test_a_breath_is_seen_before_a_phrase():
    speech = line("sil:1.2 b:.1 ɑ1:.2 t:.1 sil:.6")
    with_breath, without = play(speech, breath=1.0), play(speech, breath=0.0)
    drawn = with_breath["jawOpen"] - without["jawOpen"]
    assert 0.7 < with_breath.times[drawn.argmax()] < 1.1
    assert drawn.max() > 0.03


moods = st.lists(st.builds(Guide, st.sampled_from(["happy", "sad", "angry", "fear", "surprise"]), st.floats(0, 2)), max_size=3)
words = st.lists(
    st.tuples(st.sampled_from(sorted(visemes().poses) + sorted(visemes().diphthongs)), st.floats(0.03, 0.4)), min_size=1, max_size=25
)


@settings(max_examples=40, deadline=None)
@given(words=words, guides=moods, rate=st.sampled_from(RATES), seed=st.integers(0, 2**40))
def test_whatever_is_said_and_felt_every_value_is_in_range(words, guides, rate, seed):
    speech = line("sil:.1 " + " ".join(f"{symbol}:{seconds:.3f}" for symbol, seconds in words) + " sil:.1")
    motion = play(speech, rate, *guides, seed=seed)
    assert motion.duration >= speech.duration - 1e-6
    for channel in ARKIT.channels:
        curve = motion[channel.name]
        assert channel.low <= curve.min()
        assert curve.max() <= channel.high
    assert (motion["mouthClose"] <= motion["jawOpen"] + 1e-6).all()
    assert len(ARKIT.in_unit(Unit.RADIAN)) == 9


def test_nothing_jumps_from_frame_to_frame():
    motion = mouth_only(line(repeat=5), Fraction(100))
    # Peak velocity of the lips in speech is some 0.2 m/s over a stroke of 10 mm (Löfqvist & Gracco 1997): a full weight in 50 ms.
    assert np.abs(np.diff(motion.pick(ARKIT.in_region("mouth", "jaw")), axis=0)).max() * 100 < 20
