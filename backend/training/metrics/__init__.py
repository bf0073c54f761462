"""The yardsticks: every metric of the five papers by its paper's definition, and some of our own. ``docs/metrics.md`` is the table.

No number that comes from here may be put beside a number of a paper: data, faces, sets and detectors differ.
"""

from backend.training.metrics.beats import Emphasis, above_chance, audio_beats, beat_alignment, beat_distance, emphasis, motion_beats, peaks
from backend.training.metrics.catalogue import METRICS, Better, Metric, metric
from backend.training.metrics.controls import channel_vector_error, intensity, intensity_error, mean_absolute_error, rig_deviation
from backend.training.metrics.emotion import calinski_harabasz, cosine_similarity, delta_ch, frechet_distance, identity_consistency
from backend.training.metrics.lips import ClosureScore, closures, correlation, lip_pairs, mouth_landmarks, openings, rest_in_silence
from backend.training.metrics.liveliness import activation_spread, activations, blink_rate, blinks, eye_closure, jerk, smoothness
from backend.training.metrics.measure import Yardstick, measure, measure_vertices, mien_yardstick, voice_accents, yardstick
from backend.training.metrics.sets import CHANNEL_SETS, VertexSets, channel_set, columns, face_sets, flame_sets
from backend.training.metrics.sync import Sync, expected_opening, expert_sync, sync
from backend.training.metrics.vertices import (
    distances,
    diversity,
    dynamics,
    fdd,
    landmark_distance,
    max_error,
    max_squared_error,
    mean_error,
    opening_deviation,
)

__all__ = [
    "CHANNEL_SETS",
    "METRICS",
    "Better",
    "ClosureScore",
    "Emphasis",
    "Metric",
    "Sync",
    "VertexSets",
    "Yardstick",
    "above_chance",
    "activation_spread",
    "activations",
    "audio_beats",
    "beat_alignment",
    "beat_distance",
    "blink_rate",
    "blinks",
    "calinski_harabasz",
    "channel_set",
    "channel_vector_error",
    "closures",
    "columns",
    "correlation",
    "cosine_similarity",
    "delta_ch",
    "distances",
    "diversity",
    "dynamics",
    "emphasis",
    "expected_opening",
    "expert_sync",
    "eye_closure",
    "face_sets",
    "fdd",
    "flame_sets",
    "frechet_distance",
    "identity_consistency",
    "intensity",
    "intensity_error",
    "jerk",
    "landmark_distance",
    "lip_pairs",
    "max_error",
    "max_squared_error",
    "mean_absolute_error",
    "mean_error",
    "measure",
    "measure_vertices",
    "metric",
    "mien_yardstick",
    "motion_beats",
    "mouth_landmarks",
    "opening_deviation",
    "openings",
    "peaks",
    "rest_in_silence",
    "rig_deviation",
    "smoothness",
    "sync",
    "voice_accents",
    "yardstick",
]
