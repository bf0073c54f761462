"""Heads that come with Mien, and the code that makes them."""

from functools import cache
from pathlib import Path

from backend.face.face import Face, read_face

ASSET = Path(__file__).with_name("mien.npz")


@cache
def mien_head() -> Face:
    """Mien's own head, read once: the 52 ARKit shapes and two more for the tongue, and joints for neck, head and eyes."""
    return read_face(ASSET)
