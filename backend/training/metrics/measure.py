"""One clip, every metric that can be told of it, by the names of the catalogue."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backend.errors import InputError
from backend.face.face import Face
from backend.face.heads import mien_head
from backend.face.metahuman import expressions_to_metahuman, metahuman_to_arkit
from backend.face.pose import pose
from backend.motion import Motion
from backend.speech.inventory import VOWELS
from backend.speech.speech import PROSODY_RATE, Speech
from backend.training.metrics import beats, controls, lips, liveliness, vertices
from backend.training.metrics.checks import Floats, together
from backend.training.metrics.sets import Indices, VertexSets, channel_set, columns, face_sets
from backend.training.metrics.sync import expected_opening, sync

Measured = dict[str, float]

_MM = 1e3
_NOD, _RAISE = 0.015, 0.05  # rad and weight by which a nod or a brow stands out: under a degree nobody sees a head nod
_BROWS = ("browInnerUp", "browOuterUpLeft", "browOuterUpRight")
_HEAD = ("headYaw", "headPitch", "headRoll")
_STANDS_OUT, _APART = 1.0, 0.4  # standard deviations of a line's vowels; seconds between accents
_SHORTEST = 24  # frames; less says nothing about time


@dataclass(frozen=True, eq=False)
class Yardstick:
    """A face to measure on: its ``skin`` alone, where its parts are among that, which lips meet, landmarks of the mouth."""

    skin: Face
    sets: VertexSets
    pairs: Indices
    landmarks: Indices

    def vertices(self, motion: Motion) -> NDArray[np.float32]:
        """``[T, V, 3]`` in metres, the head held still."""
        still = motion.with_curves(dict.fromkeys(motion.rig.in_region("head"), np.zeros(motion.frames)))
        return np.stack(list(pose(self.skin, still)))

    def opening(self, posed: ArrayLike) -> Floats:
        """Metres between the lips beyond what is there at rest, ``[T]``."""
        found: Floats = lips.openings(posed, self.pairs) - lips.openings(self.skin.vertices[None], self.pairs)
        return found


def yardstick(face: Face) -> Yardstick:
    """Prepare a face with the ARKit shapes; a second or so.

    Raises:
        FaceError: it lacks the shapes, or lips that meet.
    """
    sets = face_sets(face)
    kept = sets.head

    def there(numbers: Indices) -> Indices:
        return np.searchsorted(kept, numbers)

    skin = replace(
        face,
        vertices=face.vertices[kept],
        quads=np.zeros((0, 4), np.int32),
        uvs=np.zeros((0, 4, 2), np.float32),
        surface=np.zeros(0, np.int32),
        shapes={name: delta[kept] for name, delta in face.shapes.items()},
        correctives={names: delta[kept] for names, delta in face.correctives.items()},
        weights=face.weights[kept],
        detail=None,
    )
    parts = VertexSets(*(there(part) for part in (kept, sets.lips, sets.mouth, sets.upper, sets.upper_and_nose)))
    return Yardstick(skin, parts, there(lips.lip_pairs(face)), there(lips.mouth_landmarks(face)))


@cache
def mien_yardstick() -> Yardstick:
    """Mien's own head, prepared once."""
    return yardstick(mien_head())


def measure(motion: Motion, reference: Motion | None = None, speech: Speech | None = None, on: Yardstick | None = None) -> Measured:
    """Everything that can be told of one clip, by the names of :data:`catalogue.METRICS`.

    Motions are of a rig with a place on the face (``arkit``, ``metahuman``, ``ctrl_expressions``); channels are compared in that
    rig, vertices ``on`` a face (Mien's own by default) after conversion to ``arkit``. The prediction is brought to the reference's
    frame rate. What needs a reference or the sound is left out without it. NaN says that the clip had no occasion (no p, b or
    m, no silence).

    Raises:
        InputError: the rig has no place on the face, or motion and reference are of different rigs or lengths.
    """
    stick, found = on or mien_yardstick(), Measured()
    if reference is not None:
        motion, reference = together(motion, reference)
        found |= _channels(motion, reference)
    hub = _arkit(motion)
    posed = stick.vertices(hub)
    if reference is not None:
        against = stick.vertices(_arkit(reference))
        found |= measure_vertices(posed, against, stick.skin.vertices, stick.sets, float(motion.rate), stick.landmarks)
        found["MOD"] = vertices.opening_deviation(stick.opening(posed), stick.opening(against)) * _MM
    opening, rate = stick.opening(posed), float(motion.rate)
    if speech is not None and motion.frames >= _SHORTEST:
        found |= _heard(hub, opening, speech)
    lids = liveliness.eye_closure(hub)
    found["blink rate"] = liveliness.blink_rate(lids, rate)
    found["AU-std"] = liveliness.activation_spread(liveliness.activations(hub))
    found["jerk"] = liveliness.jerk(posed[:, stick.sets.lips], rate)
    found["smoothness"] = liveliness.smoothness(opening[:, None], rate)
    return found


def measure_vertices(
    predicted: ArrayLike, reference: ArrayLike, template: ArrayLike, sets: VertexSets, rate: float, landmarks: ArrayLike | None = None
) -> Measured:
    """The metrics of two clips ``[T, V, 3]`` of one topology in metres, heads held still, at ``rate`` frames per second.

    For generators whose native rig is ``vertices`` or ``flame`` (``sets.flame_sets``). LMD only with ``landmarks``.
    """

    def fdd(members: Indices, kind: vertices.Dynamics, scale: float, absolute: bool) -> float:
        return vertices.fdd(predicted, reference, template, members, kind, rate, absolute) * scale

    apart: dict[str, tuple[Callable[..., float], Indices, float]] = {
        "VE": (vertices.mean_error, sets.head, _MM),
        "LVE, mean": (vertices.mean_error, sets.lips, _MM),
        "LVE, max": (vertices.max_error, sets.lips, _MM),
        "LVE, max around the mouth": (vertices.max_error, sets.mouth, _MM),
        "LVE, max squared": (vertices.max_squared_error, sets.lips, _MM**2),
        "MVE, max": (vertices.max_error, sets.head, _MM),
        "UVE, max": (vertices.max_error, sets.upper, _MM),
        "UFVE": (vertices.mean_error, sets.upper_and_nose, _MM),
    }
    found = {name: function(predicted, reference, members) * scale for name, (function, members, scale) in apart.items()}
    found |= {
        "FDD": fdd(sets.upper, "l2", _MM, False),
        "FDD, absolute": fdd(sets.upper, "l2", _MM, True),
        "FDD, squared": fdd(sets.upper, "squared", _MM**2, False),
        "FDD, squared absolute": fdd(sets.upper, "squared", _MM**2, True),
        "UFDD": fdd(sets.upper_and_nose, "l2", _MM, True),
    }
    if len(np.asarray(predicted)) > 1:
        found["FDD, speed"] = fdd(sets.upper, "speed", _MM, True)
    if landmarks is not None:
        points = np.asarray(landmarks)
        # Seen from the front, as landmarks are.
        found["LMD"] = vertices.landmark_distance(np.asarray(predicted)[:, points, :2], np.asarray(reference)[:, points, :2]) * _MM
    return found


def voice_accents(speech: Speech) -> Floats:
    """Seconds of the vowels that stand out by loudness, pitch and length together (Fry 1958), ``[N]`` (ours).

    The ``rules`` generator listens for much the same: its own score here is flattered.
    """
    vowels = [phone for phone in speech.phones if phone.symbol in VOWELS]
    if len(vowels) < 3:
        return np.zeros(0)
    times = np.array([(vowel.start + vowel.end) / 2 for vowel in vowels])
    cues = np.array([_cues(speech, vowel.start, vowel.end) for vowel in vowels])
    score = ((cues - cues.mean(axis=0)) / (cues.std(axis=0) + 1e-6)).sum(axis=1)
    score /= score.std() + 1e-6
    best = [i for i in np.flatnonzero(score >= _STANDS_OUT) if score[i] >= score[np.abs(times - times[i]) < _APART].max()]
    found: Floats = times[best]
    return found


def _cues(speech: Speech, start: float, end: float) -> tuple[float, float, float]:
    first, last = (round(t * float(PROSODY_RATE)) for t in (start, end))
    span = slice(min(first, len(speech.prosody.loudness) - 1), max(last, first + 1))
    pitch = speech.prosody.pitch
    usual = float(np.median(pitch[pitch > 0])) if (pitch > 0).any() else 1.0
    voiced = pitch[span][pitch[span] > 0]
    height = float(np.log2(voiced.max() / usual)) if len(voiced) else 0.0
    return float(speech.prosody.loudness[span].max()), height, float(np.log(max(end - start, 1e-3)))


def _channels(motion: Motion, reference: Motion) -> Measured:
    rig, a, b = motion.rig, motion.values, reference.values
    lip, emotion, up, strong = (columns(rig, channel_set(rig, name)) for name in ("lip", "emotion", "up", "intensity"))
    return {
        "MLE": controls.mean_absolute_error(a, b, lip),
        "MEE": controls.mean_absolute_error(a, b, emotion),
        "EIE": controls.intensity_error(a, b, strong),
        "FRD": controls.rig_deviation(a, b, up),
        "FRD, absolute": controls.rig_deviation(a, b, up, absolute=True),
        "LVE, channels": controls.channel_vector_error(a, b, lip),
    }


def _heard(hub: Motion, opening: Floats, speech: Speech) -> Measured:
    rate, phones, prosody = float(hub.rate), speech.phones, speech.prosody
    fit = sync(opening, expected_opening(phones, hub.frames, rate), rate)
    closed = lips.closures(opening, rate, phones)
    loudness = np.interp(hub.times, prosody.times, np.maximum(prosody.loudness, beats.FLOOR))
    syllables = beats.audio_beats(prosody.loudness, float(PROSODY_RATE))
    stops, accents = beats.motion_beats(hub.pick(_HEAD), rate), voice_accents(speech)
    return {
        "sync lag": fit.lag,
        "sync correlation": fit.correlation,
        "sync distance": fit.distance,
        "sync confidence": fit.confidence,
        "jaw-loudness": lips.correlation(hub["jawOpen"], loudness),
        "closure recall": closed.recall,
        "closure precision": closed.precision,
        "rest in silence": lips.rest_in_silence(opening, rate, phones) * _MM,
        "BA, distance": beats.beat_distance(syllables, stops),
        "BA": beats.beat_alignment(syllables, stops),
        "BA above chance": beats.above_chance(beats.beat_alignment, syllables, stops, hub.duration),
        "head on accents": beats.emphasis(accents, beats.peaks(hub["headPitch"], rate, _NOD)).recall,
        "brows on accents": beats.emphasis(accents, beats.peaks(hub.pick(_BROWS).mean(axis=1), rate, _RAISE)).recall,
    }


def _arkit(motion: Motion) -> Motion:
    if motion.rig.name == "ctrl_expressions":
        motion = expressions_to_metahuman(motion)
    if motion.rig.name == "metahuman":
        motion = metahuman_to_arkit(motion)
    if motion.rig.name != "arkit":
        raise InputError(f"a motion of rig '{motion.rig.name}' has no place on the face: pose it and use measure_vertices.")
    return motion
