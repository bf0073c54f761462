"""How a line of speech becomes a face. Every face of the product goes through here."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from backend.emotion.direction import Direction
from backend.emotion.feel import feel
from backend.encoders.recogniser import recogniser
from backend.face.convert import convert
from backend.generators import GENERATORS
from backend.motion import RIGS, Motion, clamp, resample
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
    rig, generator = RIGS[direction.rig], GENERATORS[direction.generator]  # a typo should not cost the time of listening
    by_hand = read_textgrid(textgrid) if textgrid else None
    watch("listen", 0.0)
    speech = listen(audio, script, language, recogniser=recogniser(), progress=lambda share: watch("listen", share))
    if by_hand:
        speech = corrected(speech, *by_hand)
    watch("feel", 0.0)
    track = feel(speech, direction)
    watch("perform", 0.0)
    motion = generator.perform(speech, track, direction)
    watch("finish", 0.0)
    motion = finish(motion, direction)
    watch("finish", 1.0)
    assert motion.rig == rig
    sound = Sound(audio.name, speech.digest, speech.duration)
    take = Take(motion, direction, track, sound, speech.words, speech.phones, speech.ear)
    return Performance(take, speech)


def finish(motion: Motion, direction: Direction) -> Motion:
    """Bring a generator's motion to the frame rate and the rig asked for, every value in its channel's range."""
    return clamp(convert(clamp(resample(motion, direction.rate)), direction.rig))
