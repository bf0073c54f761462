"""Descriptions of expressions in words, each with the action units and emotions that it means.

A grammar over parts of the face, measures, timing and idioms, whose words are data (``*.toml`` here, for writers to extend).
Equal seeds give equal descriptions. ``split`` is ``train``, or ``held`` for wordings whose words occur nowhere in training.
"""

from backend.training.descriptions.description import Description, description, paraphrase
from backend.training.descriptions.grammar import SPLITS
from backend.training.descriptions.meaning import Meaning
from backend.training.descriptions.wording import REGISTERS

__all__ = ["REGISTERS", "SPLITS", "Description", "Meaning", "description", "paraphrase"]
