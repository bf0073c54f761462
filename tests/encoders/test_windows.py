"""Windows over long recordings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.encoders.windows import Stem, joined, levelled, spans

WAV2VEC2 = Stem.of((10, 3, 3, 3, 3, 2, 2), (5, 2, 2, 2, 2, 2, 2))


def test_the_stem_of_wav2vec():
    assert Stem(320, 400) == WAV2VEC2  # Baevski et al. 2020, 3.1: a stride of 20 ms, a field of 25 ms


@given(st.integers(1, 700), st.integers(21, 90), st.integers(4, 20))
def test_windows_give_each_frame_once(frames, length, overlap):
    """Joining windows of a ramp gives the ramp: no frame is lost, doubled or moved."""
    ramp = np.arange(frames, dtype=np.float32)[:, None]
    windows = list(spans(frames, length, overlap))
    assert all(stop - start <= length for start, stop in windows)
    assert len(windows) == 1 or all(stop - start > overlap for start, stop in windows)
    whole = np.concatenate(list(joined((ramp[start:stop].copy() for start, stop in windows), overlap)))
    np.testing.assert_allclose(whole, ramp, rtol=1e-6)


@given(st.integers(0, 40_000), st.integers(0, 40), st.integers(1, 30))
def test_a_window_is_cut_where_its_frames_are(samples, start, count):
    made = WAV2VEC2.frames(samples)
    start = min(start, made - 1)
    stop = min(start + count, made)
    piece = WAV2VEC2.cut(np.arange(samples, dtype=np.float32), start, stop)
    assert WAV2VEC2.frames(len(piece)) == stop - start
    assert samples == 0 or piece[0] == start * 320


def test_windows_pass_over_into_one_another():
    pieces = [np.zeros((40, 1), np.float32), np.ones((40, 1), np.float32)]
    whole = np.concatenate(list(joined(pieces, 20)))[:, 0]
    assert len(whole) == 60
    assert not whole[:25].any()
    assert (whole[35:] == 1).all()
    assert (np.diff(whole) >= 0).all()
    assert np.diff(whole).max() <= 0.1 + 1e-6


def test_levelled(noise):
    even = levelled(noise * 3 + 0.5, 1e-7)
    assert even.mean() == pytest.approx(0, abs=1e-5)
    assert even.std() == pytest.approx(1, abs=1e-4)
    assert even.dtype == np.float32
