"""The ground floor: rigs, motions and curve verbs. Knows nobody else in the house."""

from backend.motion.curves import blend, clamp, mirror, resample, smooth
from backend.motion.motion import Motion
from backend.motion.rate import Rate, parse_rate
from backend.motion.rig import Channel, Rig, Side, Unit
from backend.registry import Registry

RIGS: Registry[Rig] = Registry(
    "rig",
    {
        "arkit": "backend.motion.arkit:ARKIT",
        "flame": "backend.motion.flame:FLAME",
        "metahuman": "backend.motion.metahuman:METAHUMAN",
        "ctrl_expressions": "backend.motion.metahuman:CTRL_EXPRESSIONS",
    },
)

__all__ = ["RIGS", "Channel", "Motion", "Rate", "Rig", "Side", "Unit", "blend", "clamp", "mirror", "parse_rate", "resample", "smooth"]
