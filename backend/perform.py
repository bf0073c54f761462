"""How a line of speech becomes a face. Every face of the product goes through here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.emotion.direction import Direction
from backend.emotion.feel import feel
from backend.encoders.recogniser import recogniser
from backend.face.convert import convert
from backend.generators import GENERATORS
from backend.generators.generator import Nodding, admit
from backend.motion import RIGS, Motion, clamp, resample
from backend.motion.arkit import ARKIT
from backend.speech.listen import listen
from backend.speech.speech import Speech
from backend.speech.textgrid import corrected
from backend.speech.textgrid import read as read_textgrid
from backend.take import Sound, Take

Watch = Callable[[str, float], None]


@dataclass(frozen=True, eq=False)
class Performance:
    """A take and the speech it was made from."""

    take: Take
    speech: Speech


def perform(
    audio: Path,
    direction: Direction,
    script: str | None = None,
    watch: Watch = lambda stage, share: None,
    textgrid: Path | None = None,
    language: str | None = None,
) -> Performance:
    """Turn a recording into a take.

    ``language`` is a code such as ``de``; without it, that of the script is guessed. ``textgrid`` has
    words and phones at their times, in place of those that are heard. ``watch`` is told each stage's name
    and the share of it that is done, 0 to 1.

    Raises:
        MienError: the recording, script or direction cannot be used; the message says what to do.
    """
    # A typo should not cost the time of listening.
    RIGS[direction.rig]
    admit(GENERATORS[direction.generator], direction)
    speech = heard(audio, script, language, textgrid, watch)
    return Performance(performed(speech, direction, audio.name, watch), speech)


def heard(audio: Path, script: str | None, language: str | None, textgrid: Path | None, watch: Watch) -> Speech:
    """The first half of :func:`perform`: what is said in a recording, put right by a TextGrid where there is one.

    Raises:
        MienError: the recording or the TextGrid cannot be used.
    """
    by_hand = read_textgrid(textgrid) if textgrid else None
    watch("listen", 0.0)
    speech = listen(audio, script, language, recogniser=recogniser(), progress=lambda share: watch("listen", share))
    return corrected(speech, *by_hand) if by_hand else speech


def performed(speech: Speech, direction: Direction, name: str, watch: Watch) -> Take:
    """The second half: the take that a direction makes of what was heard once in the recording called ``name``.

    Raises:
        MienError: the direction cannot be followed.
    """
    rig, generator = RIGS[direction.rig], GENERATORS[direction.generator]
    admit(generator, direction)
    watch("feel", 0.0)
    track = feel(speech, direction)
    watch("perform", 0.0)
    motion = generator.perform(speech, track, direction)
    head = generator.head(speech, track, direction) if isinstance(generator, Nodding) else None
    watch("finish", 0.0)
    motion = finish(motion, direction, head)
    watch("finish", 1.0)
    assert motion.rig == rig
    return Take(motion, direction, track, Sound(name, speech.digest, speech.duration), speech.words, speech.phones, speech.ear)


def finish(motion: Motion, direction: Direction, head: Mapping[str, NDArray[np.float64]] | None = None) -> Motion:
    """Bring a generator's motion to the frame rate and the rig asked for, every value in its channel's range.

    ``head`` has rotations by channels of ``arkit`` at the motion's frames, where its own rig has none.
    """
    made = convert(clamp(resample(motion, direction.rate)), direction.rig)
    if not head or motion.rig == made.rig:
        return clamp(made)
    turned = resample(Motion.from_curves(ARKIT, dict(head), motion.frames, motion.rate), direction.rate)
    columns = [made.rig.index(name) for name in made.rig.in_region("head")]
    values = made.values.copy()
    values[:, columns] = convert(turned, made.rig.name).values[:, columns]
    return clamp(made.with_values(values))
