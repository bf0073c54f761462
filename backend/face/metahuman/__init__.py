"""MetaHuman: the 174 controls, their names, the curves they drive, and the way to and from ``arkit``.

Names and the wiring of the board are facts about a product of Epic Games; the tables between rigs are this project's own.
Nothing here was learned from MetaHuman content, and Epic's terms forbid to train on any.
"""

from backend.face.metahuman.expressions import arkit_to_expressions, expressions_to_metahuman, metahuman_to_expressions
from backend.face.metahuman.from_arkit import arkit_to_metahuman
from backend.face.metahuman.names import SPELLINGS, Spelling, rig_names
from backend.face.metahuman.tables import Table, read_table
from backend.face.metahuman.to_arkit import metahuman_to_arkit

__all__ = [
    "SPELLINGS",
    "Spelling",
    "Table",
    "arkit_to_expressions",
    "arkit_to_metahuman",
    "expressions_to_metahuman",
    "metahuman_to_arkit",
    "metahuman_to_expressions",
    "read_table",
    "rig_names",
]
