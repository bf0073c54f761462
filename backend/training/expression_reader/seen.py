"""A second reader, which sees pictures: Mien's head is rendered, MediaPipe finds its points, and their weights are what is read."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from backend.errors import DirectionError, InputError
from backend.motion import Motion
from backend.motion.arkit import ARKIT
from backend.training.corpus import Corpus
from backend.training.expression_reader.learn import fit
from backend.training.expression_reader.reader import FELT, LABELS, Floats, Reader

SIZE, ZOOM, KEY = 320, 1.4, 20.0  # pixels, and how the head is framed and lit
LEAST, VARIANTS = 2, 5  # intensity from which a sequence is pictured, and of how many variants

See = Callable[[Motion], Floats | None]


def see(motion: Motion) -> Floats | None:
    """The weights of 52 shapes that MediaPipe makes of a picture of Mien's head, ``[52]``; None where it finds no face.

    The head shows the mean of the strongest third of a motion on ``arkit``, in :data:`FELT` alone: eyes open, mouth not speaking.

    Raises:
        MissingError: MediaPipe is not installed.
    """
    from PIL import Image

    from backend.emotion.pictures import read_picture
    from backend.face.heads import mien_head
    from backend.face.pose import posed
    from backend.face.render import View, render

    head, view = mien_head(), View((SIZE, SIZE), 0.0, 0.0, ZOOM, KEY)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "face.png"
        Image.fromarray(render(head, posed(head, held(motion)), view)).save(path)
        try:
            return np.asarray(read_picture(path).features, np.float64)
        except (DirectionError, InputError):
            return None


def held(motion: Motion) -> dict[str, float]:
    """The mean of the strongest third of the frames, by channels of :data:`FELT`."""
    faces = motion.pick(FELT)
    strength = np.abs(faces).sum(axis=1)
    mean = faces[strength >= np.quantile(strength, 2 / 3)].mean(axis=0)
    return {name: float(weight) for name, weight in zip(FELT, mean, strict=True) if name in ARKIT.names}


def pictured(corpus: Corpus, split: str, labels: Sequence[str] = LABELS, look: See = see) -> tuple[Floats, list[int]]:
    """What is seen of a split's expression sequences, ``[N, 52]``, and the numbers of their labels.

    Raises:
        InputError: no face was found in any.
    """
    faces, wanted = list[Floats](), list[int]()
    for shown in corpus.expressions(split):
        usual = split != "train" or shown.variant < VARIANTS
        if shown.emotion in labels and shown.intensity >= LEAST and usual and (face := look(shown.motion())) is not None:
            faces.append(face)
            wanted.append(list(labels).index(shown.emotion))
    if not faces:
        raise InputError(f"{corpus.folder} has no expression sequence in the split '{split}' whose picture shows a face.")
    return np.stack(faces), wanted


def make_seen(corpus: Corpus, seed: int = 0, look: See = see) -> tuple[Reader, float]:
    """A reader of what is seen, and its share of held-out showings that are right; half a minute for a hundred pictures."""
    reader = fit(*pictured(corpus, "train", look=look), LABELS, seed)
    faces, wanted = pictured(corpus, "test", look=look)
    return reader, float(np.mean(reader.shares(faces).argmax(axis=1) == np.array(wanted)))


def read_seen(reader: Reader, motions: Iterable[tuple[str, Motion]], look: See = see) -> list[tuple[str, str]]:
    """For each label and motion on ``arkit``, the label and what its picture is read as; those without a face are left out."""
    pairs = list[tuple[str, str]]()
    for label, motion in motions:
        if (face := look(motion)) is not None:
            pairs.append((label, reader.labels[int(reader.shares(face[None])[0].argmax())]))
    return pairs
