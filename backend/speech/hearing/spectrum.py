"""What the network sees of a sound: log mel energies, freed of the recording's level and colour."""

from functools import lru_cache

import torch
from torch import Tensor

from backend.speech.speech import SAMPLE_RATE

BANDS = 64
LOWEST, HIGHEST = 50.0, 7600.0  # Hz
HOP, WINDOW, FFT = 160, 400, 512  # samples: 10 ms, 25 ms
FLOOR = 1e-5  # of the recording's loud frames, 50 dB below them
LOUD = 0.95  # the quantile of frame energies that is called loud
NEAR = 300  # frames on either side whose mean is taken away: the room's and the microphone's colour


@lru_cache(maxsize=32)
def filters(stretch: float = 1.0) -> Tensor:
    """Triangles ``[FFT // 2 + 1, BANDS]`` evenly spaced in mel (O'Shaughnessy 1987), moved up ``stretch`` times."""
    edges = torch.linspace(_mel(LOWEST), _mel(HIGHEST), BANDS + 2, dtype=torch.float64)
    hertz = 700 * (10 ** (edges / 2595) - 1) * stretch
    bins = torch.linspace(0, SAMPLE_RATE / 2, FFT // 2 + 1, dtype=torch.float64)[:, None]
    rising = (bins - hertz[:-2]) / (hertz[1:-1] - hertz[:-2])
    falling = (hertz[2:] - bins) / (hertz[2:] - hertz[1:-1])
    return torch.minimum(rising, falling).clamp(min=0).float()


def _mel(hertz: float) -> float:
    from math import log10

    return 2595 * log10(1 + hertz / 700)


def energies(samples: Tensor, bank: Tensor | None = None) -> Tensor:
    """Mel energies ``[..., n // HOP + 1, BANDS]`` of ``samples [..., n]`` at 16 kHz; frame i is centred on sample ``i * HOP``."""
    half = WINDOW // 2
    padded = torch.nn.functional.pad(samples, (half, half))
    window = torch.hann_window(WINDOW, dtype=samples.dtype, device=samples.device)
    spectrum = torch.fft.rfft(padded.unfold(-1, WINDOW, HOP) * window, FFT)
    power: Tensor = spectrum.real.square() + spectrum.imag.square()
    return power @ (filters() if bank is None else bank).to(power)


def loudness(mel: Tensor) -> Tensor:
    """The energy of a recording's loud frames, ``[..., 1, 1]``, by which its spectrum is divided."""
    return mel.mean(-1).quantile(LOUD, dim=-1)[..., None, None].clamp(min=1e-10)


def whitened(mel: Tensor, loud: Tensor) -> Tensor:
    """Log energies less their mean over ``NEAR`` frames on either side, ``[..., frames, BANDS]``, about -2 to 2.

    What a frame becomes depends on its neighbours within ``NEAR`` alone, and on ``loud``.
    """
    logs = torch.log(mel / loud + FLOOR)
    return (logs - _local_mean(logs)) / 3


def _local_mean(logs: Tensor) -> Tensor:
    frames = logs.shape[-2]
    sums = torch.nn.functional.pad(logs.double().cumsum(-2), (0, 0, 1, 0))
    at = torch.arange(frames, device=logs.device)
    first, last = (at - NEAR).clamp(min=0), (at + NEAR + 1).clamp(max=frames)
    return ((sums[..., last, :] - sums[..., first, :]) / (last - first)[:, None]).to(logs)
