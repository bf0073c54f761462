"""Prosody: how loud, how high, how voiced and of what colour, a hundred times a second."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from backend.motion.rate import frames_to_cover
from backend.speech.speech import BANDS, PROSODY_RATE, SAMPLE_RATE, Prosody

if TYPE_CHECKING:
    import parselmouth

HOP = SAMPLE_RATE // int(PROSODY_RATE)
WINDOW = SAMPLE_RATE // 40  # samples; 25 ms, for levels
FFT = 512
PITCH_RATE = 8000  # Hz; the eighth harmonic of the highest voice is below its half
FLOOR, CEILING = 60.0, 700.0  # Hz; from low male creak to a shouting or child's voice
PIECE, OVERLAP = 30.0, 0.5  # s; heard piece by piece, so that memory stays flat
SILENCE_DB = -100.0

Samples = NDArray[np.float32]
Array = NDArray[np.float32]


def prosody(samples: Samples) -> Prosody:
    """Levels, pitch and voicing of ``samples [n]`` at 16 kHz; frame i is centred on i / 100 s.

    Loudness is the RMS level of 25 ms; the envelope is the mean over them of the magnitude of the analytic
    signal (Gabor 1946, by Hilbert transform); bands are the Hann-windowed power between ``speech.BANDS``. Pitch is
    Praat's autocorrelation method (Boersma 1993), voicing its strength.
    """
    count = frames_to_cover(len(samples) / SAMPLE_RATE, PROSODY_RATE)
    loudness, envelope, pitch, voicing = (np.zeros(count, np.float32) for _ in range(4))
    bands = np.empty((count, len(BANDS) - 1), np.float32)
    for piece, mine, at in _pieces(samples, count):
        loudness[mine] = _decibels(_averaged(np.square(piece), at))
        envelope[mine] = _averaged(_analytic(piece), at)
        bands[mine] = _decibels(_band_powers(piece, at))
        pitch[mine], voicing[mine] = _pitch(piece, at)
    return Prosody(loudness, envelope, pitch, voicing, bands)


def _pieces(samples: Samples, count: int) -> Iterator[tuple[NDArray[np.float64], slice, NDArray[np.intp]]]:
    """Stretches of the samples with some of their neighbours, the frames they answer for, and the samples these are centred on."""
    each, beside = round(PIECE * float(PROSODY_RATE)), round(OVERLAP * SAMPLE_RATE)
    for first in range(0, count, each):
        last = min(first + each, count)
        begin = max(first * HOP - beside, 0)
        piece = samples[begin : last * HOP + beside].astype(np.float64)
        at = np.minimum(np.arange(first, last) * HOP - begin, len(piece) - 1)
        yield piece, slice(first, last), at


def _averaged(values: NDArray[np.float64], at: NDArray[np.intp]) -> NDArray[np.float64]:
    # A running sum leaves tiny negatives behind.
    found: NDArray[np.float64] = np.maximum(uniform_filter1d(values, WINDOW, mode="constant")[at], 0)
    return found


def _decibels(power: NDArray[np.float64]) -> NDArray[np.float64]:
    level: NDArray[np.float64] = np.maximum(10 * np.log10(np.maximum(power, 1e-12)), SILENCE_DB)
    return level


def _analytic(piece: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.fft import next_fast_len
    from scipy.signal import hilbert

    magnitude: NDArray[np.float64] = np.abs(hilbert(piece, next_fast_len(len(piece)))[: len(piece)])
    return magnitude


def _band_powers(piece: NDArray[np.float64], at: NDArray[np.intp]) -> NDArray[np.float64]:
    """Mean squares between the edges of ``BANDS``, ``[frames, bands]``; together they are the windowed mean square."""
    from scipy.fft import rfft

    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    padded = np.pad(piece, WINDOW).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[at + WINDOW // 2]
    spectrum = rfft(frames * window, FFT)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    power[:, 1:-1] *= 2  # the negative frequencies
    edges = np.round(np.array(BANDS[:-1]) * FFT / SAMPLE_RATE).astype(int)
    summed: NDArray[np.float64] = np.add.reduceat(power, edges, axis=1) / (FFT * np.square(window).sum())
    return summed


def _pitch(piece: NDArray[np.float64], at: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    import parselmouth
    import soxr

    slow = soxr.resample(piece, SAMPLE_RATE, PITCH_RATE)
    short = int(0.08 * PITCH_RATE) - len(slow)  # Praat wants three periods of the lowest pitch
    sound = parselmouth.Sound(np.pad(slow, (0, max(short, 0))), PITCH_RATE)
    track = sound.to_pitch_ac(time_step=0.01, pitch_floor=FLOOR, pitch_ceiling=CEILING)
    return _at(track, at / SAMPLE_RATE)


def _at(track: "parselmouth.Pitch", times: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    nearest = np.clip(np.round((times - track.x1) / track.dx).astype(int), 0, track.n_frames - 1)
    pitch, strength = (track.selected_array[name][nearest] for name in ("frequency", "strength"))
    return pitch, np.where(pitch > 0, np.clip(strength, 0, 1), 0)
