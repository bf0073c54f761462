from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.emotion.direction import Curve, Direction, Ease, Guide
from backend.emotion.feel import feel
from backend.emotion.presets import emotion, emotions
from backend.errors import DirectionError
from backend.generators.procedural.tables import action_units
from tests.lines import line

SPEECH = line()  # about three seconds
STEADY = Curve()
BASIC = {"neutral", "happy", "sad", "angry", "fear", "disgust", "surprise", "contempt"}


def strengths(*guides: Guide, intensity: Curve = STEADY):
    track = feel(SPEECH, Direction(guides=guides, intensity=intensity))
    return dict(zip(track.labels, track.strengths.T, strict=True)), track.times


def test_a_label_without_times_holds_throughout():
    felt, times = strengths(Guide("happy", 0.7))
    assert np.allclose(felt["happy"], 0.7)
    assert times[0] == 0
    assert times[-1] >= SPEECH.duration


@pytest.mark.parametrize("ease", Ease)
def test_a_segment_is_half_in_at_its_start_and_half_out_at_its_end(ease):
    felt, times = strengths(Guide("sad", 0.8, 1.0, 2.0, fade=0.4, ease=ease))
    curve = felt["sad"]
    at = lambda seconds: float(np.interp(seconds, times, curve))  # noqa: E731
    if ease is not Ease.STEP:
        assert at(1.0) == pytest.approx(0.4, abs=0.01)
        assert at(2.0) == pytest.approx(0.4, abs=0.01)
    assert np.allclose(curve[(times >= 1.205) & (times <= 1.795)], 0.8)
    assert not curve[(times < 0.795) | (times > 2.205)].any()
    rising = curve[times < 1.5]
    assert (np.diff(rising) >= -1e-6).all()


def test_an_open_fade_is_the_label_s_own():
    quick, times = strengths(Guide("surprise", 1.0, start=1.0))
    slow, _ = strengths(Guide("sad", 1.0, start=1.0))
    moving = lambda curve: np.ptp(times[(curve > 0.01) & (curve < 0.99)])  # noqa: E731
    assert moving(quick["surprise"]) == pytest.approx(emotion("surprise").onset, rel=0.15, abs=0.04)
    assert moving(slow["sad"]) == pytest.approx(emotion("sad").onset, rel=0.15, abs=0.04)


def test_guides_mix_and_share():
    felt, _ = strengths(Guide("happy", 0.5), Guide("sad", 0.3))
    assert np.allclose(felt["happy"], 0.5)
    assert np.allclose(felt["sad"], 0.3)
    felt, _ = strengths(Guide("happy", 1.0), Guide("sad", 1.0))
    assert np.allclose(felt["happy"], 0.5)
    felt, _ = strengths(Guide("angry", 2.0))
    assert np.allclose(felt["angry"], 2.0)


def test_the_intensity_curve_multiplies():
    curve = Curve((0.5, 1.5), (0.0, 2.0))
    felt, times = strengths(Guide("happy", 0.5), intensity=curve)
    assert np.allclose(felt["happy"], 0.5 * np.clip(2 * (times - 0.5), 0, 2), atol=1e-6)


def test_no_guides_is_neutral():
    felt, _ = strengths()
    assert list(felt) == ["neutral"]


def test_labels_go_by_alias_and_case():
    felt, _ = strengths(Guide("JOY", 0.4), Guide("happy", 0.2))
    assert list(felt) == ["happy"]
    assert np.allclose(felt["happy"], 0.6)


@pytest.mark.parametrize(("label", "offered"), [("hapy", "happy"), ("angre", "angry"), ("sadd", "sad"), ("suprise", "surprise")])
def test_a_typo_is_offered_the_nearest(label, offered):
    with pytest.raises(DirectionError, match=f"did you mean '{offered}'"):
        emotion(label)


def test_a_stranger_is_shown_the_list():
    with pytest.raises(DirectionError, match="choose one of angry, appalled, ashamed"):
        emotion("xyzzy")


def test_a_guide_after_the_end_is_refused():
    with pytest.raises(DirectionError, match="begins at 9 s"):
        strengths(Guide("happy", 1.0, start=9.0))


def test_presets_are_complete_and_speak_of_known_action_units():
    assert set(emotions()) >= BASIC
    for name, preset in emotions().items():
        assert set(preset.units) <= set(action_units()), name
        assert all(0 < value <= 1 for value in preset.units.values()), name
        assert 0.1 <= preset.onset <= 2
        assert 0.1 <= preset.offset <= 2
        assert preset.description
    names = [alias for preset in emotions().values() for alias in preset.aliases] + list(emotions())
    assert len(names) == len(set(names))


def test_no_two_presets_look_alike():
    faces = {name: {c: v * w for u, v in preset.units.items() for c, w in action_units()[u].items()} for name, preset in emotions().items()}
    for (a, one), (b, other) in combinations(faces.items(), 2):
        assert sum(abs(one.get(k, 0) - other.get(k, 0)) for k in {*one, *other}) > 1.0, (a, b)


guides = st.builds(
    Guide,
    value=st.sampled_from(sorted(BASIC)),
    weight=st.floats(0, 2),
    start=st.none() | st.floats(0, 1),
    end=st.none() | st.floats(1.5, 9),
    fade=st.none() | st.floats(0, 3),
    ease=st.sampled_from(Ease),
)


@given(chosen=st.lists(guides, max_size=5))
def test_strengths_stay_in_bounds_whatever_is_asked(chosen):
    direction = Direction(guides=tuple(chosen))
    track = feel(SPEECH, direction)
    assert (track.weights >= 0).all()
    strongest = max([1.0, *(guide.weight for guide in chosen)])
    assert (track.weights.sum(axis=1) <= strongest + 1e-5).all()
    assert Direction.from_json(direction.to_json()) == direction


def test_a_direction_survives_json_and_rejects_what_it_does_not_know():
    direction = Direction(guides=(Guide("sad", 0.5, 1.0, None, 0.2, Ease.LINEAR),), intensity=Curve((0.0, 2.0), (0.5, 1.5)), seed=7)
    assert Direction.from_json(direction.to_json()) == direction
    with pytest.raises(DirectionError):
        Direction.from_json(direction.to_json().replace('"seed"', '"sead"'))
    with pytest.raises(DirectionError):
        Direction.from_json("[]")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Guide("happy", 3.0),
        lambda: Guide("happy", -0.1),
        lambda: Guide("happy", float("nan")),
        lambda: Guide("happy", 1.0, 2.0, 1.0),
        lambda: Guide("happy", fade=-1.0),
        lambda: Curve((0.0, 0.0), (1.0, 1.0)),
        lambda: Curve((), ()),
        lambda: Curve((0.0,), (float("inf"),)),
        lambda: Direction(intensity=Curve((0.0,), (2.5,))),
        lambda: replace(Direction(), seed=-1),
    ],
)
def test_nonsense_is_refused(make):
    with pytest.raises(DirectionError):
        make()
