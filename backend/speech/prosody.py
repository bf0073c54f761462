"""Prosody: how loud, how high and how voiced, a hundred times a second."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from backend.motion.rate import frame_times, frames_to_cover
from backend.speech.speech import PROSODY_RATE, SAMPLE_RATE, Prosody

WINDOW = 0.025  # s, for loudness
FLOOR, CEILING = 60.0, 700.0  # Hz; from low male creak to a shouting or child's voice
PIECE, OVERLAP = 30.0, 0.5  # s; pitch is tracked piece by piece, so that memory stays flat
SILENCE_DB = -100.0


def prosody(samples: NDArray[np.float32]) -> Prosody:
    """Loudness, pitch and voicing of ``samples [n]`` at 16 kHz; frame i is centred on i / 100 s.

    Loudness is the RMS level of 25 ms; pitch is Praat's autocorrelation method (Boersma 1993), voicing
    its strength.
    """
    pitch, voicing = _pitch(samples)
    return Prosody(_loudness(samples), pitch, voicing)


def _frames(samples: NDArray[np.float32]) -> int:
    return frames_to_cover(len(samples) / SAMPLE_RATE, PROSODY_RATE)


def _loudness(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    hop, window = SAMPLE_RATE // int(PROSODY_RATE), int(WINDOW * SAMPLE_RATE)
    at = np.minimum(np.arange(_frames(samples)) * hop, len(samples) - 1)
    power = np.empty(len(at))
    for some in np.array_split(np.arange(len(at)), len(at) // int(PIECE * PROSODY_RATE) + 1):
        first = max(at[some[0]] - window, 0)
        squares = np.square(samples[first : at[some[-1]] + window], dtype=np.float64)
        power[some] = uniform_filter1d(squares, window, mode="constant")[at[some] - first]
    # A running sum leaves tiny negatives behind; a level below -100 dB says nothing.
    level: NDArray[np.float64] = np.maximum(10 * np.log10(np.maximum(power, 1e-12)), SILENCE_DB)
    return level.astype(np.float32)


def _pitch(samples: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    import parselmouth

    times = frame_times(_frames(samples), PROSODY_RATE)
    pitch, voicing = np.zeros(len(times), np.float32), np.zeros(len(times), np.float32)
    for start in np.arange(0.0, times[-1] + 1e-9, PIECE):
        first = max(int((start - OVERLAP) * SAMPLE_RATE), 0)
        piece = samples[first : int((start + PIECE + OVERLAP) * SAMPLE_RATE)].astype(np.float64)
        short = int(0.08 * SAMPLE_RATE) - len(piece)  # Praat wants three periods of the lowest pitch
        sound = parselmouth.Sound(np.pad(piece, (0, max(short, 0))), SAMPLE_RATE)
        track = sound.to_pitch_ac(time_step=0.01, pitch_floor=FLOOR, pitch_ceiling=CEILING)
        mine = slice(*np.searchsorted(times, [start - 1e-9, start + PIECE - 1e-9]))
        nearest = np.clip(np.round((times[mine] - first / SAMPLE_RATE - track.x1) / track.dx).astype(int), 0, track.n_frames - 1)
        pitch[mine] = track.selected_array["frequency"][nearest]
        voicing[mine] = np.clip(track.selected_array["strength"][nearest], 0, 1)
    voicing[pitch == 0] = 0
    return pitch, voicing
