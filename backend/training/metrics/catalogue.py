"""Every metric by name: its unit, which way is better, and where it comes from. ``docs/metrics.md`` says what each means."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Better(StrEnum):
    """Which way a number is to go."""

    LOWER = "lower"
    HIGHER = "higher"
    ZERO = "nearer to zero"
    REFERENCE = "nearer to the reference"


@dataclass(frozen=True, slots=True)
class Metric:
    """``unit`` is what reports print; ``source`` names the paper and the place in it, or says that the metric is ours."""

    name: str
    unit: str
    better: Better
    source: str


LOWER, HIGHER, ZERO, REFERENCE = Better.LOWER, Better.HIGHER, Better.ZERO, Better.REFERENCE
_OURS = "ours"

METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        metric.name: metric
        for metric in (
            # Channels of a rig, against a reference.
            Metric("MLE", "weight", LOWER, "MEDTalk, eq. 15"),
            Metric("MEE", "weight", LOWER, "MEDTalk, eq. 16"),
            Metric("EIE", "weight", LOWER, "MEDTalk, eq. 17"),
            Metric("FRD", "weight", ZERO, "MEDTalk, eq. 18"),
            Metric("FRD, absolute", "weight", LOWER, "ours, after MEDTalk, eq. 18"),
            Metric("LVE, channels", "weight", LOWER, "FaceDiffuser (code for blend shapes)"),
            # Vertices, against a reference.
            Metric("VE", "mm", LOWER, "EditEmoTalk, 4.2; MVE of 3DXTalker, B.3"),
            Metric("LVE, mean", "mm", LOWER, "3DXTalker, B.3"),
            Metric("LVE, max", "mm", LOWER, "EditEmoTalk, 4.2, after MeshTalk"),
            Metric("LVE, max around the mouth", "mm", LOWER, "EmoVOCA, 4.1"),
            Metric("LVE, max squared", "mm²", LOWER, "CodeTalker, FaceDiffuser (code)"),
            Metric("MVE, max", "mm", LOWER, "EmoVOCA, 4.1"),
            Metric("UVE, max", "mm", LOWER, "EmoVOCA, 4.1"),
            Metric("UFVE", "mm", LOWER, "3DXTalker, B.3"),
            Metric("FDD", "mm", ZERO, "CodeTalker (equation); cited by EditEmoTalk, 4.2"),
            Metric("FDD, absolute", "mm", LOWER, "FaceDiffuser (code), on CodeTalker's equation"),
            Metric("FDD, squared", "mm²", ZERO, "CodeTalker (code)"),
            Metric("FDD, squared absolute", "mm²", LOWER, "FaceDiffuser (code)"),
            Metric("FDD, speed", "mm/s", LOWER, "EditEmoTalk, 4.2, by its words"),
            Metric("UFDD", "mm", LOWER, "3DXTalker, B.3"),
            Metric("MOD", "mm", LOWER, "EditEmoTalk, 4.2"),
            Metric("LMD", "mm", LOWER, "Unified, IV-A"),
            # Against the sound.
            Metric("sync lag", "s", ZERO, _OURS),
            Metric("sync correlation", "", HIGHER, _OURS),
            Metric("sync distance", "", LOWER, "ours, in the style of LSE-D"),
            Metric("sync confidence", "", HIGHER, "ours, in the style of LSE-C"),
            Metric("jaw-loudness", "", REFERENCE, _OURS),
            Metric("closure recall", "", HIGHER, _OURS),
            Metric("closure precision", "", HIGHER, _OURS),
            Metric("rest in silence", "mm", LOWER, _OURS),
            Metric("BA, distance", "s", LOWER, "3DXTalker, B.3, by its words"),
            Metric("BA", "", HIGHER, "Bailando, cited by 3DXTalker, 4.1"),
            Metric("BA above chance", "", HIGHER, _OURS),
            Metric("head on accents", "", REFERENCE, _OURS),
            Metric("brows on accents", "", REFERENCE, _OURS),
            # Of a motion alone.
            Metric("blink rate", "1/s", REFERENCE, "Unified, IV-A"),
            Metric("AU-std", "", REFERENCE, "Unified, IV-A"),
            Metric("jerk", "m/s³", REFERENCE, _OURS),
            Metric("smoothness", "", REFERENCE, "Balasubramanian et al. 2012"),
            # Of embeddings, coefficients or several samples: one number for a set of clips.
            Metric("ΔCH", "", LOWER, "EditEmoTalk, 4.2"),
            Metric("Emo-sim", "", HIGHER, "Unified, IV-A"),
            Metric("Emo-FID", "", LOWER, "3DXTalker, B.3, after DEEPTalk"),
            Metric("CSIM", "", HIGHER, "ours; the name is 3DXTalker's, B.3"),
            Metric("LSE-C", "", HIGHER, "Unified, IV-A; 3DXTalker, B.3"),
            Metric("LSE-D", "", LOWER, "3DXTalker, B.3"),
            Metric("diversity", "mm", REFERENCE, "FaceDiffuser (code)"),
        )
    }
)


def metric(name: str) -> Metric:
    """The metric of a name; one that the catalogue does not have is taken as it is, without unit or verdict."""
    return METRICS.get(name) or Metric(name, "", REFERENCE, "")
