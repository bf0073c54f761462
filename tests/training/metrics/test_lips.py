"""Openings, closures and rest, on lines that are written down here."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import FaceError, InputError
from backend.face.face import Face, Material
from backend.face.heads import mien_head
from backend.face.pose import posed
from backend.training.metrics import closures, correlation, lip_pairs, mouth_landmarks, openings, rest_in_silence
from tests.lips import pairs
from tests.training.metrics.lines import line

RATE = 50.0
SAID = line("sil:0.4 m:0.1 ɑ:0.3 p:0.1 ɑ:0.3 f:0.1 ɑ:0.3 sil:0.6")  # seconds of each


def mouth(shut, frames=110):
    """Open by 10 mm but for the given spans of seconds."""
    gap, times = np.full(frames, 0.010), np.arange(frames) / RATE
    for start, end in shut:
        gap[(times >= start - 1e-9) & (times < end - 1e-9)] = 0.0
    return gap


@pytest.mark.parametrize(
    ("shut", "recall", "precision"),
    [
        ([(0.4, 0.5), (0.8, 0.9)], 1, 1),
        ([(0.4, 0.5)], 0.5, 1),
        ([], 0, None),
        ([(0.4, 0.5), (0.8, 0.9), (0.6, 0.7)], 1, 10 / 15),  # five frames in the middle of a vowel
        ([(0.0, 0.5), (0.8, 0.9), (1.64, 2.2)], 1, 1),  # lips may rest in silence
        ([(0.4, 0.5), (0.8, 0.9), (1.2, 1.3)], 1, 1),  # and be nearly shut in f
        ([(0.55, 0.6)], 0, 0),
    ],
)
def test_closures(shut, recall, precision):
    found = closures(mouth(shut), RATE, SAID)
    assert found.recall == recall
    assert np.isnan(found.precision) if precision is None else found.precision == pytest.approx(precision)


def test_a_mouth_that_never_opens_is_not_precise():
    found = closures(np.zeros(110), RATE, SAID)
    assert found.recall == 1
    # Of vowels and closures, and nothing else, the share that is closure with 40 ms to either side.
    times = np.arange(110) / RATE
    near = {i for i, t in enumerate(times) for a, b in ((0.4, 0.5), (0.8, 0.9)) if a - 0.04 - 1e-9 <= t <= b + 0.04 + 1e-9}
    quiet = {i for i, t in enumerate(times) for a, b in ((0, 0.4), (1.2, 1.3), (1.6, 9)) if a - 0.04 - 1e-9 <= t <= b + 0.04 + 1e-9}
    assert found.precision == pytest.approx(len(near) / (110 - len(quiet - near)), abs=0.03)


def test_slack_is_a_frame_of_video_and_no_more():
    assert closures(mouth([(0.92, 0.94)]), RATE, SAID).recall == 0.5
    assert closures(mouth([(0.96, 0.98)]), RATE, SAID).recall == 0


def test_shut_is_up_to_a_millimetre():
    assert closures(np.full(110, 0.001), RATE, SAID).recall == 1
    assert closures(np.full(110, 0.00101), RATE, SAID).recall == 0


def test_after_the_last_phone_lips_may_be_shut():
    said = line("m:0.1 ɑ:0.5")
    assert closures(mouth([(0.0, 0.1), (0.7, 2.2)]), RATE, said).precision == 1


def test_without_closures_there_is_no_recall():
    assert np.isnan(closures(np.ones(50), RATE, line("ɑ:1")).recall)


@given(st.lists(st.floats(0, 0.01), min_size=110, max_size=110))
@settings(max_examples=30, deadline=None)
def test_shutting_more_never_loses_recall(gap):
    shut = np.minimum(gap, mouth([(0.5, 0.9)]))
    before, after = closures(gap, RATE, SAID), closures(shut, RATE, SAID)
    assert after.recall >= before.recall
    # A unit is only a unit.
    scaled = closures(np.array(gap) * 1000, RATE, SAID, shut=1.0)
    np.testing.assert_equal((scaled.recall, scaled.precision), (before.recall, before.precision))


def test_rest_is_measured_inside_long_silences():
    gap = np.full(110, 0.01)
    gap[int(1.76 * RATE) :] = 0.002  # the silence from 1.6 s, settled
    said = line("sil:0.2 ɑ:1.4 sil:0.6")
    assert rest_in_silence(gap, RATE, said) == pytest.approx(0.002)
    assert np.isnan(rest_in_silence(gap, RATE, line("sil:0.2 ɑ:2.0")))


def test_correlation_is_numpys():
    a, b = np.random.default_rng(0).normal(size=(2, 30))
    assert correlation(a, b) == pytest.approx(np.corrcoef(a, b)[0, 1])
    assert correlation(a * 3 + 1, a) == pytest.approx(1)
    assert np.isnan(correlation(a, np.ones(30)))


def test_opening_is_the_median_of_pairs():
    vertices = np.zeros((2, 6, 3))
    vertices[0, [0, 2, 4], 1] = 1, 2, 9
    np.testing.assert_array_equal(openings(vertices, [[0, 1], [2, 3], [4, 5]]), [2, 0])


def test_the_lips_of_miens_head_are_found():
    face, own = mien_head(), lip_pairs(mien_head())
    assert len(own) >= 20
    upper, lower = face.vertices[own[:, 0]], face.vertices[own[:, 1]]
    assert (upper[:, 1] >= lower[:, 1]).all()
    dropped = openings(posed(face, {"jawOpen": 1.0})[None], own)[0]
    closed = openings(posed(face, {"jawOpen": 1.0, "mouthClose": 1.0})[None], own)[0]
    rest = openings(face.vertices[None], own)[0]
    assert rest < 0.004
    assert closed - rest < 0.001
    assert 0.015 < dropped - rest < 0.04


def test_opening_is_what_an_independent_measurement_says(talking):
    face, own = mien_head(), lip_pairs(mien_head())
    vertices = np.stack([posed(face, dict(zip(talking.rig.names, frame, strict=True))) for frame in talking.values])
    ours = openings(vertices, own) - openings(face.vertices[None], own)
    a, b = pairs(face).T
    between = np.median(np.linalg.norm(vertices[:, a] - vertices[:, b], axis=2), axis=1)
    theirs = between - np.median(np.linalg.norm(face.vertices[a] - face.vertices[b], axis=1))
    assert np.corrcoef(ours, theirs)[0, 1] > 0.98
    assert np.abs(ours - theirs).max() < 0.004


def test_landmarks_run_round_the_lips():
    face, found = mien_head(), mouth_landmarks(mien_head())
    assert len(set(found.tolist())) == 18
    around = face.vertices[found[:12]]
    x, y = (around - around.mean(axis=0)).T[:2]
    angles = np.unwrap(np.arctan2(y / np.ptp(y), x / np.ptp(x)))
    assert (np.diff(angles) > 0).all()
    upper, lower = face.vertices[found[12:15]], face.vertices[found[15:]]
    assert (upper[:, 1] >= lower[:, 1]).all()
    np.testing.assert_allclose(upper[0] * [-1, 1, 1], upper[2], atol=1e-3)  # left and right


def test_a_face_without_lips_is_refused():
    vertices = np.zeros((4, 3), np.float32)
    quads = np.array([[0, 1, 2, 3]], np.int32)
    skin, bones = (Material("skin", (1, 1, 1), 1),), np.zeros((4, 0), np.float32)
    blank = Face("blank", vertices, quads, np.zeros((1, 4, 2), np.float32), skin, np.zeros(1, np.int32), {}, (), bones)
    with pytest.raises(FaceError, match="blank"):
        lip_pairs(blank)


def test_curves_are_checked():
    with pytest.raises(InputError):
        closures([], RATE, SAID)
    with pytest.raises(InputError):
        closures([np.nan], RATE, SAID)
