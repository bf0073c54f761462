"""Perform: the systems that turn heard and felt speech into motion, all behind one door."""

from backend.generators.generator import Generator, Setting
from backend.registry import Registry

GENERATORS: Registry[Generator] = Registry("generator", {"rules": "backend.generators.rules:RULES"})

__all__ = ["GENERATORS", "Generator", "Setting"]
