"""Writing a clip that is kept: a take, its curves, its sound, and its FLAME parameters, under one name."""

import io
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from backend.emotion.direction import Direction
from backend.emotion.track import EmotionTrack
from backend.face.convert import convert
from backend.face.landmarks.weights import solve
from backend.files import write_atomically
from backend.motion import Motion
from backend.motion.flame import EXPRESSION, TURNS
from backend.speech.hearing.recognise import recognise
from backend.speech.pauses import quiet, tile
from backend.speech.phones import SOUND
from backend.speech.speech import SAMPLE_RATE
from backend.take import Sound, Take

if TYPE_CHECKING:
    from backend.training.curate.judge import Seen

TRACKED = "mediapipe"  # stands for the generator in a take that was filmed
CLIPS, FLAME = "clips", "flame"  # folders; each is a data set of its own (docs/datasets.md)


def tracked(seen: "Seen") -> Motion:
    """The motion in rig ``arkit`` at the rate it was tracked at."""
    poses, straight = seen.straight
    return solve(straight, poses, Fraction(seen.stretch.rate))


def write_clip(seen: "Seen", out: Path, stem: str, video: str, digest: str) -> tuple[str, ...]:
    """Write ``clips/STEM.take``, ``.npz`` and ``.wav``, and ``flame/STEM.npz``, below ``out``; their names from there.

    Raises:
        OutputError: the folder cannot be written to.
    """
    import soundfile

    from exporters import Options
    from exporters.npz import npz

    take = _take(seen, video, digest)
    sound = io.BytesIO()
    soundfile.write(sound, np.clip(seen.samples, -1, 1), SAMPLE_RATE, subtype="PCM_16", format="WAV")
    contents = {
        f"{CLIPS}/{stem}.wav": sound.getvalue(),
        f"{CLIPS}/{stem}.npz": npz(take, Options()),
        f"{FLAME}/{stem}.npz": flame_parameters(take.motion),
        f"{CLIPS}/{stem}.take": take.to_bytes(),
    }
    for name, content in contents.items():
        write_atomically(out / name, content)
    return tuple(contents)


def flame_parameters(motion: Motion) -> bytes:
    """An ``.npz`` as trackers write them: ``exp [frames, 50]``, ``pose [frames, 15]`` and ``fps``, in the space of Mien's own head."""
    flame = convert(motion, "flame")
    pose = np.concatenate([np.zeros((flame.frames, 3), np.float32), flame.pick(TURNS)], axis=1)
    content = io.BytesIO()
    np.savez_compressed(content, exp=flame.pick(EXPRESSION), pose=pose, fps=np.array(float(flame.rate)))
    return content.getvalue()


def _take(seen: "Seen", video: str, digest: str) -> Take:
    motion = tracked(seen)
    still = np.zeros((motion.frames, 0), np.float32)
    felt = EmotionTrack((), still, np.ones(motion.frames, np.float32), motion.rate)
    duration = len(seen.samples) / SAMPLE_RATE
    phones = tile(recognise(seen.posteriors), quiet(seen.sound.loudness), duration)
    direction = Direction(generator=TRACKED, rig="arkit", rate=motion.rate)
    return Take(motion, direction, felt, Sound(video, digest, duration), (), phones, SOUND)
