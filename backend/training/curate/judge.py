"""The stages: each measures one thing about a stretch of film, and says why it does not do, if so.

A stage is a function from what was found (:class:`Seen`) and the settings to measurements and, where a threshold is missed,
a reason. All stages look at every stretch, so that the manifest tells everything that is wrong with it; only those that cost most
(the language) are left to stretches that nothing else speaks against.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from backend.face.landmarks.pose import face_size, head_pose
from backend.face.landmarks.weights import eyes_open, lip_gap
from backend.speech.hearing.posteriors import posteriors
from backend.speech.inventory import PHONES, SILENCE
from backend.speech.pauses import SILENT, quiet
from backend.speech.prosody import prosody
from backend.speech.speech import Prosody
from backend.training.curate.language import spoken
from backend.training.curate.noise import pause_snr, wada_snr
from backend.training.curate.settings import Settings
from backend.training.curate.sync import expected_opening, synchrony
from backend.training.curate.track import Stretch, bridged

Array = NDArray[np.float64]
Measured = Mapping[str, float | int | str | None]


@dataclass(frozen=True)
class Seen:
    """A stretch of a film with its sound, ``samples`` at 16 kHz from the stretch's start to its end; everything else is worked out once."""

    stretch: Stretch
    samples: NDArray[np.float32]
    scale: float = 1.0  # of the film's own pixels to those that were tracked

    @cached_property
    def points(self) -> Array:
        """``[frames, 478, 3]``, bridged."""
        return bridged(self.stretch.points)

    @cached_property
    def straight(self) -> tuple[Array, Array]:
        """Head poses ``[frames, 3]`` and the points put straight."""
        return head_pose(self.points)

    @cached_property
    def sound(self) -> Prosody:
        return prosody(self.samples)

    @cached_property
    def posteriors(self) -> NDArray[np.float32]:
        return posteriors(self.samples)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was measured and why the stretch does not do; it does where there is no reason."""

    measured: Measured
    why: tuple[str, ...] = ()


Stage = Callable[[Seen, Settings], Verdict]


def judge(seen: Seen, settings: Settings) -> Verdict:
    """All stages, one after the other."""
    measured: dict[str, float | int | str | None] = {}
    why: list[str] = []
    for stage in STAGES:
        found = stage(seen, settings)
        measured |= found.measured
        why += found.why
    if not why:
        told = spoken(seen.samples, seen.sound, settings.language)
        measured |= {"language": told.code, "language_by": told.by}
        why += told.why
    return Verdict(measured, tuple(why))


def duration(seen: Seen, settings: Settings) -> Verdict:
    """Longer ones have been cut in their pauses before."""
    seconds = round(seen.stretch.seconds, 3)
    return _verdict({"seconds": seconds}, seconds < settings.shortest, f"only {seconds:.2f} s long, less than {settings.shortest:g} s")


def loudness(seen: Seen, settings: Settings) -> Verdict:
    """Whether anything sounds at all, and how far speech stands out of the noise."""
    loudest = float(seen.sound.loudness.max())
    if loudest < SILENT:
        return Verdict({"loudest_db": round(loudest, 1)}, ("silent",))
    snr, pause = wada_snr(seen.samples), pause_snr(seen.sound.loudness)
    measured = {"loudest_db": round(loudest, 1), "snr_db": round(snr, 1), "pause_snr_db": None if pause is None else round(pause, 1)}
    return _verdict(measured, snr < settings.snr, f"noisy: {snr:.1f} dB of speech over noise, less than {settings.snr:g} dB")


def speech(seen: Seen, settings: Settings) -> Verdict:
    """The share of the time in which the ear hears a phone and the room is not quiet."""
    said = 1 - np.exp(seen.posteriors[:, PHONES.index(SILENCE)].astype(np.float64))
    for start, end in quiet(seen.sound.loudness):
        said[round(start * 100) : round(end * 100)] = 0
    share = float(np.mean(said > 0.5)) if float(seen.sound.loudness.max()) >= SILENT else 0.0
    return _verdict(
        {"speech": round(share, 3)}, share < settings.speech, f"little speech: {share:.0%} of the time, less than {settings.speech:.0%}"
    )


def presence(seen: Seen, settings: Settings) -> Verdict:
    """Whether the face is there, large enough, and alone."""
    found, alone = float(seen.stretch.found.mean()), float(np.mean(seen.stretch.faces <= 1))
    size = float(np.median(face_size(seen.points))) * seen.scale
    why = []
    if found < settings.tracked:
        why.append(f"the face is found in {found:.0%} of the frames, less than {settings.tracked:.0%}")
    if alone < settings.alone:
        why.append(f"somebody else is in the picture in {1 - alone:.0%} of the frames")
    if size < settings.face:
        why.append(f"a small face: {size:.0f} px between the eyes' corners, less than {settings.face:g} px")
    return Verdict({"tracked": round(found, 3), "alone": round(alone, 3), "face_px": round(size, 1)}, tuple(why))


def facing(seen: Seen, settings: Settings) -> Verdict:
    """How far the head turns away; half a face cannot be read."""
    degrees = np.degrees(seen.straight[0])
    share = float(np.mean(np.abs(degrees[:, :2]).max(axis=1) < settings.turned))
    measured = {
        "yaw_deg": round(float(np.median(degrees[:, 0])), 1),
        "pitch_deg": round(float(np.median(degrees[:, 1])), 1),
        "facing": round(share, 3),
        "blinks_a_minute": round(blinks(seen) * 60 / max(seen.stretch.seconds, 1e-6), 1),
    }
    return _verdict(
        measured, share < settings.facing, f"turned away by {settings.turned:g} degrees or more in {1 - share:.0%} of the frames"
    )


def sync(seen: Seen, settings: Settings) -> Verdict:
    """Whether the mouth says what is heard, when it is heard."""
    found = synchrony(lip_gap(seen.straight[1]), seen.stretch.rate, expected_opening(seen.posteriors))
    why = []
    if found.confidence < settings.sync:
        why.append(f"the mouth does not say what is heard (confidence {found.confidence:.2f}, less than {settings.sync:g})")
    elif abs(found.lag) > settings.lag:
        late = "after" if found.lag > 0 else "before"
        why.append(f"out of sync: the sound comes {abs(found.lag):.2f} s {late} the picture")
    return Verdict({"lag": round(found.lag, 3), "sync": round(found.confidence, 3)}, tuple(why))


STAGES: tuple[Stage, ...] = (duration, loudness, speech, presence, facing, sync)


def blinks(seen: Seen) -> int:
    """How often both eyes close, by the height of their opening falling under half of its usual."""
    opening = eyes_open(seen.straight[1])
    shut = (opening / np.maximum(np.quantile(opening, 0.8, axis=0), 1e-9)).mean(axis=1) < 0.5
    return int(np.sum(np.diff(shut.astype(np.int8)) == 1))


def _verdict(measured: Measured, missed: bool, why: str) -> Verdict:
    return Verdict(measured, (why,) if missed else ())
