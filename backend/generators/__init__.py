"""Perform: the systems that turn heard and felt speech into motion, all behind one door."""

from pathlib import Path

from backend.generators.generator import Generator, Setting
from backend.registry import Registry

_LEARNED = {"medtalk": "backend.generators.medtalk.generator:MEDTALK"}
# A learned performer is on the list where its weights are.
_TRAINED = {name: place for name, place in _LEARNED.items() if (Path(__file__).parents[1] / "weights" / f"{name}.safetensors").is_file()}

GENERATORS: Registry[Generator] = Registry("generator", {"rules": "backend.generators.rules:RULES"} | _TRAINED)
DEFAULT = "medtalk" if _TRAINED else "rules"  # who performs where nobody says who (docs/decisions/0011-who-performs.md)

__all__ = ["DEFAULT", "GENERATORS", "Generator", "Setting"]
