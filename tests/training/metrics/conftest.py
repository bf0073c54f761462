"""A mouth that talks."""

from fractions import Fraction

import numpy as np
import pytest

from backend.motion import Motion
from backend.motion.arkit import ARKIT


@pytest.fixture(scope="session")
def talking() -> Motion:
    """Two seconds at 30 frames per second: a jaw at 2 Hz, pursing at 1 Hz, a brow, a nod, a blink."""
    times = np.arange(60) / 30
    jaw = 0.25 - 0.25 * np.cos(2 * np.pi * 2 * times)
    blink = np.exp(-(((times - 1.0) / 0.06) ** 2))
    curves = {
        "jawOpen": jaw,
        "mouthPucker": 0.3 - 0.3 * np.cos(2 * np.pi * times),
        "browInnerUp": 0.5 * np.exp(-(((times - 0.6) / 0.1) ** 2)),
        "headPitch": 0.1 * np.exp(-(((times - 0.6) / 0.1) ** 2)),
        "eyeBlinkLeft": blink,
        "eyeBlinkRight": blink,
    }
    return Motion.from_curves(ARKIT, curves, 60, Fraction(30))
