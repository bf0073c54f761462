"""What an artist should know of a recording: that nobody speaks, that it is whispered, clipped, or hard to make out."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from backend.speech.inventory import PHONES, VOWELS
from backend.speech.pauses import SILENT
from backend.speech.speech import Prosody

# Measured on ../shared/data. Speech fills at least 0.78 of what is loud, music and noise none of it.
SPOKEN = 0.15
LOUD = 20.0  # dB below the loudest twentieth of a recording
# Nats of doubt about the phone, a mean over speech: up to 1.3 in clear speech, whoever speaks; from 1.4 on where two talk at
# once or breath is louder than voice.
DOUBT = 1.37
# Of the vowels' frames: 0.46 with a bad cold, 0.65 on a telephone, 0.27 whispered.
VOICED = 0.36
CLIPPED = 0.005  # of the samples within a hundredth of the loudest; unclipped speech stays below 0.001

_VOWELS = [PHONES.index(phone) for phone in sorted(VOWELS)]


def noticed(samples: NDArray[np.float32], prosody: Prosody, posteriors: NDArray[np.float32]) -> Iterator[str]:
    """Sentences about a recording at 16 kHz with its prosody and log posteriors; none where it is clear speech."""
    if prosody.loudness.max() < SILENT:
        yield "the recording is silent: the face will rest."
        return
    likeliest = posteriors.argmax(1)
    loud = prosody.loudness > np.percentile(prosody.loudness, 95) - LOUD
    if np.mean(likeliest[loud] != 0) < SPOKEN:
        yield "no speech is made out, only noise or music: the face will mostly rest."
        return
    peak = np.abs(samples).max()
    if np.mean(np.abs(samples) > 0.99 * peak) > CLIPPED:
        yield "the recording is clipped: record it at a lower level for better lips."
    vowels = np.isin(likeliest, _VOWELS)
    spoken = posteriors[likeliest != 0]
    if vowels.any() and np.mean(prosody.pitch[vowels] > 0) < VOICED:
        yield "it sounds whispered: single phones are less sure, and there is no pitch to read."
    elif -np.mean(np.sum(np.exp(spoken) * spoken, axis=1)) > DOUBT:
        yield "the speech is hard to make out (noise, music, breath, or several voices at once?): check the mouth."
