"""What recordings do to a voice: rooms, noise, babble, music, clipping, codecs, microphones, vocal tracts.

Sound is ``[batch, samples]`` float32 at 16 kHz. Every function draws from the generator it is given, so
that a step can be repeated.
"""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from backend.speech.hearing.spectrum import BANDS, FLOOR, energies, filters, loudness, whitened
from backend.speech.speech import SAMPLE_RATE
from backend.training.speech.shards import Crops

Random = np.random.Generator
Sound = NDArray[np.float32]

STRETCHES = (0.82, 0.87, 0.92, 0.96, 1.0, 1.04, 1.09, 1.15, 1.22)  # vocal tracts


@dataclass(frozen=True)
class Chances:
    """How often each happens to a crop."""

    room: float = 0.35
    noise: float = 0.6
    babble: float = 0.12
    music: float = 0.05
    breath: float = 0.2
    swell: float = 0.3
    clipping: float = 0.08
    telephone: float = 0.06
    codec: float = 0.03
    nobody: float = 0.03
    equaliser: float = 0.7
    low_pass: float = 0.12


USUAL = Chances()


def recorded(crops: Crops, random: Random, chances: Chances = USUAL) -> tuple[Tensor, Tensor]:
    """Whitened energies ``[batch, frames, BANDS]`` of the crops as if recorded somewhere, and their labels."""
    sound, labels = crops.samples.copy(), crops.labels.copy()
    voices = crops.samples
    for i in range(len(sound)):
        others = voices[random.choice(len(voices), min(3, len(voices)), replace=False)]
        sound[i] = _somewhere(sound[i], labels[i], others, random, chances)
        if random.random() < chances.nobody:
            sound[i], labels[i] = _nobody(sound[i], random), 0
    return _heard(torch.from_numpy(sound), random, chances, crops.labels.shape[1]), torch.from_numpy(labels)


def plain(crops: Crops) -> tuple[Tensor, Tensor]:
    """Whitened energies and labels of the crops as they are."""
    mel = energies(torch.from_numpy(crops.samples))[:, : crops.labels.shape[1]]
    return whitened(mel, loudness(mel)), torch.from_numpy(crops.labels)


def _somewhere(sound: Sound, labels: NDArray[np.int64], others: Sound, random: Random, chances: Chances) -> Sound:
    def happens(chance: float) -> bool:
        return bool(random.random() < chance)

    if happens(chances.swell):
        sound = sound * _curve(random, len(sound), 12.0, 4)
    if happens(chances.breath):
        sound = _breathing(sound, labels, random)
    if happens(chances.room):
        sound = in_room(sound, random)
    if happens(chances.babble):
        sound = _over(sound, np.sum([np.roll(other, int(random.integers(len(sound)))) for other in others], axis=0), random.uniform(3, 20))
    if happens(chances.music):
        sound = _over(sound, music(len(sound), random), random.uniform(3, 20))
    if happens(chances.noise):
        sound = _over(sound, noise(len(sound), random), random.uniform(0, 45))
    if happens(chances.clipping):
        limit = random.uniform(0.15, 0.7) * np.abs(sound).max(initial=1e-6)
        sound = np.clip(sound, -limit, limit)
    if happens(chances.telephone):
        sound = _telephone(sound)
    if happens(chances.codec):
        sound = _coded(sound, random)
    return sound.astype(np.float32)


def _nobody(sound: Sound, random: Random) -> Sound:
    """A crop in which nobody speaks: noise, music, or next to nothing."""
    kind = random.integers(3)
    made = noise(len(sound), random) if kind == 0 else music(len(sound), random) if kind == 1 else 1e-4 * noise(len(sound), random)
    return made.astype(np.float32)


def noise(length: int, random: Random) -> Sound:
    """Noise of a random smooth spectrum, from rumble to hiss, level about 1."""
    spectrum = np.fft.rfft(random.standard_normal(length))
    slope = random.uniform(-1.2, 0.5)
    colour = np.maximum(np.linspace(0, 1, len(spectrum)), 1e-3) ** slope * _curve(random, len(spectrum), 10.0, 8)
    made = np.fft.irfft(spectrum * colour, length)
    swelling = _curve(random, length, 6.0, 6) if random.random() < 0.5 else 1.0
    return _plain(made / (made.std() + 1e-9) * swelling)


def music(length: int, random: Random) -> Sound:
    """Chords of plucked or held tones, one after another."""
    at = np.arange(length) / SAMPLE_RATE
    made, begin = np.zeros(length), 0.0
    while begin < at[-1]:
        lasting = random.uniform(0.15, 1.2)
        inside = (at >= begin) & (at < begin + lasting)
        since = at[inside] - begin
        for _ in range(int(random.integers(1, 5))):
            tone = 55 * 2 ** (random.integers(0, 48) / 12)
            for harmonic in range(1, int(random.integers(2, 9))):
                decay = np.exp(-since * random.uniform(0.5, 6))
                made[inside] += decay * np.sin(2 * np.pi * tone * harmonic * since) / harmonic
        begin += lasting
    return _plain(made / (made.std() + 1e-9))


def in_room(sound: Sound, random: Random) -> Sound:
    """The direct sound and an exponentially fading tail of noise (Moorer 1979), reverberation time 0.1 to 0.9 s."""
    fades, length = random.uniform(0.1, 0.9), int(0.5 * SAMPLE_RATE)
    at = np.arange(length) / SAMPLE_RATE
    tail = random.standard_normal(length) * np.exp(-6.9 * at / fades)
    tail[: int(random.uniform(0.001, 0.02) * SAMPLE_RATE)] = 0
    direct_to_tail = 10 ** (random.uniform(-3, 18) / 20)
    tail /= np.sqrt(np.sum(tail**2)) * direct_to_tail + 1e-9
    tail[0] = 1
    size = 2 ** int(np.ceil(np.log2(len(sound) + length)))
    return _plain(np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(tail, size), size)[: len(sound)])


def _over(sound: Sound, other: Sound, ratio: float) -> Sound:
    """``other`` mixed in, ``ratio`` dB below the voice's loud parts."""
    level = np.sqrt(np.quantile(np.square(sound).reshape(-1, 160).mean(1), 0.9))
    return sound + other * np.float32(level * 10 ** (-ratio / 20) / (other.std() + 1e-9))


def _breathing(sound: Sound, labels: NDArray[np.int64], random: Random) -> Sound:
    """Broad noise bursts in pauses, as of breath taken, cloth or a click of the tongue."""
    pauses = np.flatnonzero(labels == 0)
    breathed = sound.copy()
    for _ in range(int(random.integers(1, 4)) if len(pauses) else 0):
        first = int(random.choice(pauses))
        length = int(random.integers(3, 40))
        while length and labels[min(first + length, len(labels)) - 1] != 0:
            length -= 1
        burst = noise(max(length, 1) * 160, random) * np.hanning(max(length, 1) * 160)
        piece = breathed[first * 160 : (first + max(length, 1)) * 160]
        piece += (burst * sound.std() * 10 ** (random.uniform(-35, -6) / 20))[: len(piece)].astype(np.float32)
    return breathed


def _telephone(sound: Sound) -> Sound:
    """8-bit mu-law of 8 kHz (ITU-T G.711), by what it does: a band of 300 to 3400 Hz and coarse steps."""
    spectrum = np.fft.rfft(sound)
    hertz = np.linspace(0, SAMPLE_RATE / 2, len(spectrum))
    band = np.fft.irfft(spectrum * ((hertz > 300) & (hertz < 3400)), len(sound))
    peak = np.abs(band).max() + 1e-9
    pressed = np.sign(band) * np.log1p(255 * np.abs(band) / peak) / np.log(256)
    coarse = np.round(pressed * 127) / 127
    return _plain(np.sign(coarse) * np.expm1(np.abs(coarse) * np.log(256)) / 255 * peak)


def _coded(sound: Sound, random: Random) -> Sound:
    """There and back through Vorbis or Opus at a low quality."""
    import soundfile

    subtype = str(random.choice(["VORBIS", "OPUS"]))
    peak = np.abs(sound).max() + 1e-9
    file = io.BytesIO()
    soundfile.write(file, sound / peak * 0.9, SAMPLE_RATE, format="OGG", subtype=subtype, compression_level=float(random.uniform(0.7, 1.0)))
    back = soundfile.read(io.BytesIO(file.getvalue()), dtype="float32")[0]
    return _plain(np.pad(back, (0, max(len(sound) - len(back), 0)))[: len(sound)] * (peak / 0.9))


def _heard(sound: Tensor, random: Random, chances: Chances, frames: int) -> Tensor:
    """Through a vocal tract, a microphone and a level, to whitened energies with holes (SpecAugment, Park et al. 2019)."""
    banks = torch.stack([filters(STRETCHES[int(random.integers(len(STRETCHES)))]) for _ in sound])
    mel = energies(sound, banks)[:, :frames]
    curves = np.ones((len(sound), BANDS), np.float32)
    for i in range(len(curves)):
        if random.random() < chances.equaliser:
            curves[i] *= _curve(random, BANDS, 20.0, 6)
        if random.random() < chances.low_pass:
            curves[i, int(random.integers(36, BANDS)) :] *= 1e-6
    mel = mel * torch.from_numpy(curves)[:, None]
    loud = loudness(mel) * torch.from_numpy(10 ** random.uniform(-0.8, 0.8, (len(sound), 1, 1))).float()
    seen = whitened(mel + FLOOR * 1e-3 * loud, loud)
    for one in seen:
        for _ in range(2):
            width, first = int(random.integers(0, 9)), int(random.integers(BANDS))
            one[:, first : first + width] = 0
            length, begin = int(random.integers(0, 12)), int(random.integers(frames))
            one[begin : begin + length] = 0
    return seen


def _plain(sound: NDArray[Any]) -> Sound:
    plain: Sound = sound.astype(np.float32)
    return plain


def _curve(random: Random, length: int, decibels: float, knots: int) -> NDArray[np.float32]:
    """A smooth random gain, within about ``decibels`` up and down."""
    heights = random.uniform(-decibels / 2, decibels / 2, knots)
    drawn = np.interp(np.linspace(0, knots - 1, length), np.arange(knots), heights)
    return (10 ** (drawn / 20)).astype(np.float32)
