"""The speaking mouth: visemes blended by dominance, contacts that are sure to be seen."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from backend.generators.procedural.line import Array, Curves, Line, ease
from backend.generators.procedural.tables import ARTICULATORS, Visemes, articulator, visemes
from backend.speech.inventory import SILENCE
from backend.speech.speech import PROSODY_RATE, Phone

# A short vowel does not reach its target (Lindblom 1963): the share reached is 1 - LOSS * exp(-duration / REACH).
LOSS, REACH = 0.55, 0.07
# Openings grow with the voice: this much per dB between the line's quiet and loud syllables (Schulman 1989:
# about twice the jaw opening from soft to loud speech, some 25 dB), within these bounds.
PER_DB, SOFTEST, LOUDEST = 0.03, 0.45, 1.25
SMOOTHING = 0.022  # s, standard deviation; takes the cusps off the dominance functions
PARTING = ("mouthLowerDown", "mouthStretch", "mouthFunnel")  # what keeps lips apart
TUCK_JAW = 0.25  # share of its opening that the jaw keeps while the lower lip is under the teeth


@dataclass(frozen=True)
class Articulation:
    """Curves by frame, and how far the lips are sealed and the lower lip is tucked in, 0 to 1."""

    curves: Curves
    seal: Array
    tuck: Array


@dataclass(frozen=True, slots=True)
class _Segment:
    phone: str
    start: float
    end: float
    reached: float


def articulate(line: Line) -> Articulation:
    """Jaw, lips and tongue of the words, by frame, at rest in pauses. Strength follows the ``mouth`` setting."""
    table = visemes()
    curves = _dominance(line, table)
    strength = line.settings["mouth"]
    gain = strength * ease(line.speaking) * np.clip(1 + PER_DB * (line.level + 6), SOFTEST, LOUDEST)
    smooth = SMOOTHING * float(PROSODY_RATE)
    opened = {channel: line.at_frames(gaussian_filter1d(curve, smooth, mode="nearest") * gain) for channel, curve in curves.items()}
    return _touch(line, table, opened, min(strength, 1.0))


def _dominance(line: Line, table: Visemes) -> Curves:
    """Cohen & Massaro (1993): each pose weighted by its phone's dominance, which falls off exponentially from the phone."""
    times = line.times
    channels = sorted({channel for pose in table.poses.values() for channel in pose})
    group = np.array([ARTICULATORS.index(articulator(channel)) for channel in channels])
    weighted = np.zeros((len(times), len(channels)))
    total = np.full((len(times), len(ARTICULATORS)), 1e-6)
    for segment in _segments(line.speech.phones, table):
        influence = table.influences[segment.phone]
        first, last = np.searchsorted(times, [segment.start - 5 * influence.ahead, segment.end + 5 * influence.behind])
        near = times[first:last]
        fall = np.exp(-np.maximum(segment.start - near, 0) / influence.ahead - np.maximum(near - segment.end, 0) / influence.behind)
        dominance = fall[:, None] * [influence.jaw, influence.lips, influence.tongue]
        pose = np.array([table.poses[segment.phone].get(channel, 0.0) for channel in channels]) * segment.reached
        weighted[first:last] += dominance[:, group] * pose
        total[first:last] += dominance
    blended = weighted / total[:, group]
    return {channel: blended[:, i] for i, channel in enumerate(channels)}


def _segments(phones: tuple[Phone, ...], table: Visemes) -> Iterator[_Segment]:
    for phone in phones:
        reached = 1.0 if phone.symbol == SILENCE else 1 - LOSS * float(np.exp(-phone.duration / REACH))
        reached *= 1.0 + 0.12 * (phone.stress == 1)
        if phone.symbol in table.diphthongs:
            first, second, share = table.diphthongs[phone.symbol]
            turn = phone.start + share * phone.duration
            yield _Segment(first, phone.start, turn, reached)
            yield _Segment(second, turn, phone.end, reached)
        elif phone.symbol in table.poses:
            yield _Segment(phone.symbol, phone.start, phone.end, reached)


def _touch(line: Line, table: Visemes, opened: Curves, strength: float) -> Articulation:
    """Lay the contacts over the open shapes, landing each on at least one frame."""
    seal, tuck, poses = contacts(line, table)
    curves = close_lips(opened, seal * strength, tuck * strength)
    for channel, curve in poses.items():
        curves[channel] = np.maximum(curves.get(channel, 0.0), curve * strength)
    return Articulation(curves, seal * strength, tuck * strength)


def close_lips(curves: Curves, seal: Array, tuck: Array) -> Curves:
    """Take away what would hold the lips apart while they touch; the jaw itself gives way to a tuck alone."""
    closed = dict(curves)
    for channel, curve in curves.items():
        if channel.startswith(PARTING):
            closed[channel] = curve * (1 - np.maximum(seal, tuck))
        elif channel.startswith("mouthUpperUp"):
            closed[channel] = curve * (1 - seal)
    if "jawOpen" in curves:
        closed["jawOpen"] = curves["jawOpen"] * (1 - tuck * (1 - TUCK_JAW))
    return closed


def contacts(line: Line, table: Visemes) -> tuple[Array, Array, Curves]:
    """Seal of the lips and tuck of the lower one by frame, 0 to 1, and the poses that go with them."""
    levels = {"seal": np.zeros_like(line.frame_times), "tuck": np.zeros_like(line.frame_times)}
    poses: Curves = {}
    for phone in line.speech.phones:
        contact = table.contacts.get(phone.symbol)
        if contact is None:
            continue
        start, end = _landed(line, phone.start, phone.start + contact.hold * phone.duration)
        first, last = np.searchsorted(line.frame_times, [start - contact.close, end + contact.release])
        near = line.frame_times[first:last]
        touch = ease(1 - (start - near) / contact.close) * ease(1 - (near - end) / contact.release)
        levels[contact.kind][first:last] = np.maximum(levels[contact.kind][first:last], touch)
        for channel, weight in contact.pose.items():
            curve = poses.setdefault(channel, np.zeros_like(line.frame_times))
            curve[first:last] = np.maximum(curve[first:last], touch * weight)
    return levels["seal"], levels["tuck"], poses


def _landed(line: Line, start: float, end: float) -> tuple[float, float]:
    """The time of contact, stretched to the nearest frame where it would fall between two."""
    after = int(np.searchsorted(line.frame_times, start - 1e-9))
    if after < len(line.frame_times) and line.frame_times[after] <= end:
        return start, end
    nearest = line.frame_times[int(np.argmin(np.abs(line.frame_times - (start + end) / 2)))]
    return min(start, float(nearest)), max(end, float(nearest))
