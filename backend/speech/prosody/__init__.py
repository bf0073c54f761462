"""How a line is said: what every frame sounds like, and what is read from that and the phones."""

from backend.speech.prosody.measure import prosody

__all__ = ["prosody"]
