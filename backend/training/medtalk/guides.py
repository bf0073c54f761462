"""What guidance is learnt from: texts of the grammar and of the presets, faces as a picture's landmarks tell them, and rendered pictures.

A corpus is performed in few emotions, and texts speak of many more. So every text and picture has shares of the corpus's emotions: those of
the emotions that it means, each as the corpus's presets explain its action units. A line in one emotion is guided by a text in
proportion to the text's share of it; what guidance learns of a text is then the mean over its shares.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from backend.emotion.presets import emotion, emotions
from backend.generators.medtalk.features import LANDMARKS, Array, Sources, word_encoder
from backend.generators.procedural.expression import prototype
from backend.generators.procedural.tables import action_units
from backend.motion.arkit import APPLE_52
from backend.training.descriptions import Description, description
from backend.training.descriptions.units import sided
from backend.training.medtalk.sight import as_seen

PLAIN = 0.5  # share of texts that are a preset's name, alias or description
OWN = 0.5  # share of faces that are the line's own at its height; the others are presets'
TYPOS = 0.03
VERSION = 1  # of what is kept in a run's folder; raise it when pools change
# What a word means where the face alone would mislead (rage bares teeth and wrinkles the nose as disgust does): the basic emotion of which
# it is a stronger, weaker or nearer form. It counts as much as the action units do.
KIN = {
    **dict.fromkeys(("rage", "hateful", "frustrated", "defiant"), "angry"),
    **dict.fromkeys(("grief", "dejected", "tearful", "longing", "upset"), "sad"),
    **dict.fromkeys(("terror", "worried", "nervous"), "fear"),
    **dict.fromkeys(("overjoyed", "laughing", "excited", "pleased", "relieved", "hopeful", "proud", "serene"), "happy"),
    **dict.fromkeys(("awe",), "surprise"),
    **dict.fromkeys(("smug", "skeptical"), "contempt"),
    **dict.fromkeys(("appalled",), "disgust"),
    **dict.fromkeys(("thoughtful", "determined"), "neutral"),
}
SEEDS = {"train": 0, "held": 10_000_000}  # where the seeds of descriptions begin

Labels = Sequence[str]
Encode = Callable[[list[str]], Array]
Shares = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pool:
    """Features ``[N, width]``, and how often each is drawn for each of the corpus's emotions, ``shares [N, labels]``.

    ``about [N, labels]`` is what each means; its rows sum to one.
    """

    vectors: Array
    shares: Shares
    about: Shares

    def draw(self, labels: NDArray[np.intp], chance: np.random.Generator) -> Array:
        """One for each of the numbers of labels, ``[B, width]``."""
        ends = self._ends[:, labels]
        picked = [int(np.searchsorted(end, chance.random() * end[-1], "right")) for end in ends.T]
        found: Array = self.vectors[np.minimum(picked, len(self.vectors) - 1)]
        return found

    def some(self, count: int, chance: np.random.Generator) -> tuple[Array, Array]:
        """Any of them ``[count, width]``, with what each is about ``[count, labels]``; the rows sum to one."""
        mass = self.shares.sum(axis=1)
        picked = chance.choice(len(mass), count, p=mass / mass.sum())
        return self.vectors[picked], self.about[picked].astype(np.float32)

    @property
    def _ends(self) -> Shares:
        ends: Shares = np.cumsum(self.shares, axis=0)
        return ends


@dataclass(frozen=True)
class Text:
    """A text, its shares of the corpus's emotions, and how often it is drawn beside others."""

    text: str
    shares: tuple[float, ...]
    mass: float = 1.0


@dataclass(frozen=True, eq=False)
class Guidance:
    """Texts and pictures for the emotions ``labels``, made when first asked for and kept in ``folder``.

    ``given`` describe each emotion in place of the presets' texts and ``count`` of the grammar; ``words`` encodes them in place of the
    sources' encoder. ``portraits`` are so many as an encoder of images sees.
    """

    labels: tuple[str, ...]
    folder: Path
    sources: Sources
    count: int
    portraits: int
    given: Mapping[str, Sequence[str]] | None = None
    words: Encode | None = None

    @cached_property
    def texts(self) -> Pool:
        encode = self.words or word_encoder(self.sources.text)
        if self.given is not None:
            return given_pool(self.labels, encode, self.given)
        return kept(
            self._file(f"texts {self.sources.text} {self.count} {self.words is None}"), lambda: text_pool(self.labels, encode, self.count)
        )

    @cached_property
    def pictures(self) -> Pool:
        by, count = self.sources.image, self.portraits
        return kept(self._file(f"pictures {by} {count}"), lambda: picture_pool(self.labels, by, count))

    def seen(self, labels: NDArray[np.intp], peaks: Array, chance: np.random.Generator) -> Array:
        """Features ``[B, image]`` of a picture for each line: of its own face ``peaks [B, 52]`` or of another of its emotion."""
        if self.sources.image == LANDMARKS:
            return faces(labels, peaks, self.labels, chance)
        return self.pictures.draw(labels, chance)

    def some_texts(self, count: int, chance: np.random.Generator) -> tuple[Array, Array]:
        """Vectors ``[count, text]`` of any texts and their shares ``[count, labels]``."""
        return self.texts.some(count, chance)

    def some_pictures(self, count: int, chance: np.random.Generator) -> tuple[Array, Array]:
        """Features ``[count, image]`` of any pictures and their shares ``[count, labels]``, which sum to how strongly they show it."""
        if self.sources.image != LANDMARKS:
            return self.pictures.some(count, chance)
        known, shares = _prototypes(self.labels)
        picked, level = chance.integers(len(known), size=count), chance.uniform(0, 1.2, count)[:, None]
        shown = as_seen(np.clip(known[picked] * level, 0, 1).astype(np.float32), chance)
        return shown, (shares[picked] * np.minimum(level, 1)).astype(np.float32)

    def _file(self, what: str) -> Path:
        named = f"{what} {self.labels} {VERSION}"
        return self.folder / f"guides-{hashlib.sha256(named.encode()).hexdigest()[:16]}.safetensors"


def shares_of(mixture: Mapping[str, float], labels: Labels, said: bool = True) -> Shares:
    """Shares ``[labels]``, which sum to one, of a mixture of any presets: of what is ``said``, or else of what is shown."""
    total = np.zeros(len(labels))
    for label, weight in mixture.items():
        name = label if label in labels else emotion(label).name
        share = np.array(_explained(name, tuple(labels)))
        if said and KIN.get(name) in labels and name not in labels:
            share = (share + np.array(_explained(KIN[name], tuple(labels)))) / 2
        total += weight * share
    found: Shares = total / max(total.sum(), 1e-9)
    return found


def described(labels: Labels, count: int, split: str = "train", learnt: bool = True) -> list[Text]:
    """Texts of the grammar. Of those in its own words, half are never learnt (``learnt=False``): which half, a digest of the text says."""
    found = list[Text]()
    seed = SEEDS[split]
    while len(found) < count:
        drawn: Description = description(seed, split, TYPOS if split == "train" and learnt else 0.0)
        seed += 1
        if split == "held" or is_learnt(drawn.text) == learnt:
            found.append(Text(drawn.text, tuple(shares_of(drawn.emotions, labels))))
    return found


def is_learnt(text: str) -> bool:
    """Whether guidance is learnt from a text of the grammar."""
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 0


def preset_texts(labels: Labels) -> list[Text]:
    """Name, aliases and description of every preset, and of the corpus's emotions that have none."""
    found = []
    for label in dict.fromkeys((*labels, *emotions())):
        texts = [label, *emotions()[label].aliases, emotions()[label].description] if label in emotions() else [label]
        found += [Text(text, tuple(shares_of({label: 1.0}, labels)), 1 / len(texts)) for text in texts]
    return found


def text_pool(labels: Labels, encode: Encode, count: int) -> Pool:
    """Texts of the presets, and ``count`` of the grammar where it is above zero."""
    plain, told = preset_texts(labels), described(labels, count)
    shares = [PLAIN * _even(plain), (1 - PLAIN) * _even(told)] if told else [_even(plain)]
    return _pool(encode, [*plain, *told], np.concatenate(shares))


def given_pool(labels: Labels, encode: Encode, texts: Mapping[str, Sequence[str]]) -> Pool:
    """Texts that somebody gives for each label."""
    told = [Text(text, tuple(float(label == other) for other in labels)) for label in labels for text in texts[label]]
    return _pool(encode, told, _even(told))


def picture_pool(labels: Labels, by: str, count: int, size: int = 256) -> Pool:
    """Portraits of varied people as an encoder of images sees them; those in which no face is found are left out."""
    from backend.emotion.pictures import cropped, face_in
    from backend.encoders import ImageEncoder, load
    from backend.errors import DirectionError
    from backend.training.portraits import portrait

    encoder = load(by)
    assert isinstance(encoder, ImageEncoder)
    vectors, shares = list[Array](), list[Shares]()
    for seed in range(count):
        picture, facts = portrait(seed, size, people=True)
        try:
            points, _ = face_in(picture, f"portrait {seed}")
        except DirectionError:
            continue
        vectors.append(encoder.encode([cropped(picture, points)])[0])
        shares.append(shares_of(facts.emotions, labels, said=False))
    return Pool(np.array(vectors, np.float32), _covered(np.array(shares)), np.array(shares))


def faces(labels: NDArray[np.intp], peaks: Array, names: Labels, chance: np.random.Generator) -> Array:
    """ARKit weights ``[B, 52]`` as landmarks tell them: of the lines' own faces ``peaks [B, 52]``, or of presets about their labels."""
    known, shares = _prototypes(tuple(names))
    shown = np.clip(peaks, 0, 1)
    for row in np.flatnonzero(chance.random(len(labels)) >= OWN):
        share = shares[:, labels[row]]
        if share.sum() > 0:
            shown[row] = known[int(chance.choice(len(known), p=share / share.sum()))] * chance.uniform(0.5, 1.0)
    return as_seen(shown, chance)


def kept(path: Path, make: Callable[[], Pool]) -> Pool:
    """A pool from a file, or made and written there."""
    from safetensors.numpy import load_file, save

    from backend.files import write_atomically

    if not path.exists():
        pool = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        arrays: dict[str, NDArray[Any]] = {
            "vectors": np.ascontiguousarray(pool.vectors, np.float32),
            "shares": pool.shares,
            "about": pool.about,
        }
        write_atomically(path, save(arrays))
    stored = load_file(path)
    return Pool(stored["vectors"], stored["shares"], stored["about"])


def _pool(encode: Encode, texts: Sequence[Text], shares: Shares) -> Pool:
    return Pool(encode([text.text for text in texts]), shares, np.array([text.shares for text in texts]))


def _even(texts: Sequence[Text]) -> Shares:
    """Shares by mass, so that all sum to one for every label that anything is about."""
    return _covered(np.array([[share * text.mass for share in text.shares] for text in texts]))


def _covered(shares: Shares) -> Shares:
    total = shares.sum(axis=0)
    found: Shares = np.where(total > 0, shares / np.maximum(total, 1e-12), 1 / len(shares))
    return found


@cache
def _explained(label: str, labels: tuple[str, ...]) -> tuple[float, ...]:
    """One label by others: itself, or the shares with which their presets explain its action units best (non-negative least squares)."""
    if label in labels:
        return tuple(float(label == other) for other in labels)
    sides = sorted({f"{unit.rstrip('LR')}{side}" for unit in action_units() for side in "LR"})

    def face(name: str) -> list[float]:
        units = sided(emotion(name).units) if name in emotions() else {}
        return [units.get(unit, 0.0) for unit in sides]

    weights = nnls(np.array([face(other) for other in labels]).T, np.array(face(label)))[0]
    total = float(weights.sum())
    return tuple(weights / total) if total > 0 else tuple(float(other == "neutral") for other in labels)


@cache
def _prototypes(labels: tuple[str, ...]) -> tuple[Array, Shares]:
    """The presets' faces ``[presets, 52]`` and their shares of the labels."""
    held = [[prototype(label).get(name, 0.0) for name in APPLE_52] for label in emotions()]
    return np.array(held, np.float32), np.array([_explained(label, labels) for label in emotions()])
