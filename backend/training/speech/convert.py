"""Other speakers from one speaker: pitch, vocal tract, vocal effort and whisper, with every phone left where it is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, rfft
from scipy.signal import istft, stft

from backend.speech.speech import SAMPLE_RATE

Samples = NDArray[np.float32]

SHORTEST = SAMPLE_RATE // 10  # samples; in less no pitch can be found
_FRAME, _HOP = 400, 100  # samples; 25 ms and a quarter of it, for whispering
_QUEFRENCY = 32  # cepstral coefficients that make the envelope: up to 2 ms, below any pitch period


@dataclass(frozen=True, slots=True)
class Speaker:
    """How a voice is changed.

    ``pitch`` multiplies the median pitch, ``liveliness`` the excursions about it, ``formants`` all
    resonances (above 1 for a shorter vocal tract). ``effort`` tilts the spectrum in dB for each octave
    (positive as in shouting, negative as in soft speech: Traunmüller & Eriksson 2000). ``whisper``
    puts noise in the place of the voice.
    """

    pitch: float = 1.0
    liveliness: float = 1.0
    formants: float = 1.0
    effort: float = 0.0
    whisper: bool = False


SAME = Speaker()


def another(random: np.random.Generator) -> Speaker:
    """A speaker drawn as the corpus wants them: as many high and loud ones as animation has, some whisperers."""
    if random.random() < 0.4:
        return SAME
    pitch = float(np.exp(random.uniform(np.log(0.7), np.log(2.2))))
    # Higher voices come from shorter tracts (children, women) as a rule, but acted ones break it.
    formants = float(np.clip(1 + 0.22 * np.log2(pitch) + random.normal(0, 0.07), 0.75, 1.25))
    effort = float(random.uniform(-4, 6) if random.random() < 0.5 else 0)
    return Speaker(pitch, float(random.uniform(0.5, 1.8)), formants, effort, bool(random.random() < 0.1))


def convert(samples: Samples, speaker: Speaker, random: np.random.Generator) -> Samples:
    """The same words at the same times from another speaker, ``[n]`` at 16 kHz in and out."""
    changed = samples
    if speaker.pitch != 1 or speaker.formants != 1 or speaker.liveliness != 1:
        changed = _voice(changed, speaker, random)
    if speaker.whisper:
        changed = _whispered(changed, random)
    if speaker.effort:
        changed = _tilted(changed, speaker.effort)
    peak = float(np.abs(changed).max(initial=0.0))
    return changed * np.float32(0.9 / peak) if peak > 0.9 else changed


def _voice(samples: Samples, speaker: Speaker, random: np.random.Generator) -> Samples:
    """Praat's change of gender: pitch-synchronous overlap-add, with resampling for the formants (Moulines & Charpentier 1990)."""
    import parselmouth
    from parselmouth.praat import call, run

    if len(samples) < SHORTEST:
        return samples
    sound = parselmouth.Sound(samples.astype(np.float64), SAMPLE_RATE)
    pitch = sound.to_pitch(pitch_floor=60, pitch_ceiling=500)
    median = call(pitch, "Get quantile", 0, 0, 0.5, "Hertz")
    if not median > 0:  # nothing voiced: Praat says NaN
        return samples
    lowest = pitch.selected_array["frequency"][pitch.selected_array["frequency"] > 0].min()
    # Excursions stretched below zero would keep Praat busy for ever: the lowest pitch stays above a third of the median.
    liveliness = min(speaker.liveliness, 0.66 / max(1 - lowest / median, 1e-3))
    # Praat shuffles what is unvoiced, from a generator of its own.
    run(f"random_initializeWithSeedUnsafelyButPredictably ({int(random.integers(2**31))})")
    changed = call([sound, pitch], "Change gender", speaker.formants, median * speaker.pitch, liveliness, 1.0)
    return _as_long(changed.values[0].astype(np.float32), len(samples))


def _whispered(samples: Samples, random: np.random.Generator) -> Samples:
    """Noise through the spectral envelope of each frame, which a low-pass of the cepstrum gives."""
    padded = np.pad(samples, (0, max(_FRAME - len(samples), 0)))
    spectrum = _stft(padded)
    cepstrum = irfft(np.log(np.abs(spectrum) + 1e-6), axis=0)
    cepstrum[_QUEFRENCY : len(cepstrum) - _QUEFRENCY + 1] = 0
    envelope = np.exp(rfft(cepstrum, axis=0).real[: len(spectrum)])
    noise = _stft(random.standard_normal(len(padded)).astype(np.float32))
    _, whispered = istft(envelope * noise / np.abs(noise).mean(), nperseg=_FRAME, noverlap=_FRAME - _HOP)
    return _tilted(_as_long(whispered.astype(np.float32), len(samples)), 3.0)  # the open glottis damps what is low


def _stft(samples: Samples) -> NDArray[np.complex64]:
    spectrum: NDArray[np.complex64] = stft(samples, nperseg=_FRAME, noverlap=_FRAME - _HOP)[2]
    return spectrum


def _tilted(samples: Samples, slope: float) -> Samples:
    """``slope`` dB for each octave between 125 Hz and 4 kHz, level kept."""
    spectrum = rfft(samples)
    frequencies = np.linspace(0, SAMPLE_RATE / 2, len(spectrum))
    octaves = np.log2(np.clip(frequencies, 125, 4000) / 700)
    tilted: Samples = irfft(spectrum * 10 ** (slope * octaves / 20), len(samples)).astype(np.float32)
    before, after = np.sqrt(np.mean(samples**2)), np.sqrt(np.mean(tilted**2))
    return tilted * np.float32(before / max(float(after), 1e-9))


def _as_long(samples: Samples, length: int) -> Samples:
    return np.pad(samples, (0, max(length - len(samples), 0)))[:length]
