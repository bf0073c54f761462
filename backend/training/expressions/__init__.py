"""Expressions apart from speech: a face at rest feels something, shows it and lets go.

Every emotion preset, in several variants each, on the ``arkit`` rig with its action units and labels by frame. Equal
arguments give equal motions; everything random is drawn from ``seed``.
"""

from backend.training.expressions.acting import Acting
from backend.training.expressions.sequence import (
    SHORTEST,
    act,
    act_blend,
    act_micro,
    blended_sequence,
    expression_sequence,
    micro_sequence,
)
from backend.training.expressions.variants import LEVELS, VARIANTS, Variant

__all__ = [
    "LEVELS", "SHORTEST", "VARIANTS", "Acting", "Variant", "act", "act_blend", "act_micro", "blended_sequence", "expression_sequence",
    "micro_sequence",
]  # fmt: skip
