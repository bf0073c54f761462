"""FLAME (Li et al. 2017): the model, its files, its skinning, its regions and the way between two expression spaces.

Nothing of the licensed model is here; a user's own file is read.
"""

from backend.face.flame.load import load_flame
from backend.face.flame.model import JOINTS, FlameModel
from backend.face.flame.write import write_flame

__all__ = ["JOINTS", "FlameModel", "load_flame", "write_flame"]
