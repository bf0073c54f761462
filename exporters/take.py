"""The ``.take`` file. Format: ``docs/formats/take.md``."""

from backend.take import Take
from exporters.options import Options


def take(take: Take, options: Options) -> bytes:
    """Mien's own file. Loses nothing."""
    return take.to_bytes()
