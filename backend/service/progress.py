"""How far a job is as a whole, from how far it is in its present stage."""

from collections.abc import Mapping

# About how the time of a line that is heard for the first time is spent. A stage that is not here is a job by itself.
STAGES: Mapping[str, tuple[float, float]] = {"listen": (0.0, 0.6), "feel": (0.6, 0.65), "perform": (0.65, 0.95), "finish": (0.95, 1.0)}


def of_all(stage: str, share: float) -> float:
    """The share of a job, 0 to 1; it never falls from one stage to the next."""
    begin, end = STAGES.get(stage, (0.0, 1.0))
    return begin + (end - begin) * min(max(share, 0.0), 1.0)
