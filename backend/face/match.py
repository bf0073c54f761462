"""Which of a character's shapes answers to which channel of a rig, by name: the door to :mod:`backend.face.characters`."""

from backend.face.characters.files import read_matching, write_matching
from backend.face.characters.matching import Matching, OnMesh, match
from backend.face.characters.meshes import match_meshes
from backend.face.characters.names import plain_name
from backend.face.characters.report import describe
from backend.face.characters.suggest import Suggestion, accept, suggest

__all__ = [
    "Matching",
    "OnMesh",
    "Suggestion",
    "accept",
    "describe",
    "match",
    "match_meshes",
    "plain_name",
    "read_matching",
    "suggest",
    "write_matching",
]
