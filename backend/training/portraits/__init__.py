"""Pictures of Mien's head for guidance by images: what it shows, how it stands and how it was photographed, all from a seed."""

from backend.training.portraits.portrait import Portrait, portrait
from backend.training.portraits.sight import Sight

__all__ = ["Portrait", "Sight", "portrait"]
