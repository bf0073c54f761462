"""Generators on the corpus's test split: what ``mien evaluate generators`` runs."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from backend.emotion.direction import Direction, Guide
from backend.emotion.feel import feel
from backend.errors import InputError
from backend.generators import GENERATORS, Generator
from backend.motion import RIGS, Motion
from backend.perform import finish
from backend.speech.hearing.posteriors import posteriors
from backend.speech.prosody import prosody
from backend.speech.speech import Speech
from backend.training.corpus import Corpus, Talk
from backend.training.metrics import channel_set, columns, delta_ch, measure
from backend.training.metrics.checks import together
from backend.training.metrics.controls import channel_vector_error, intensity_error, mean_absolute_error, rig_deviation
from backend.training.metrics.measure import Measured
from backend.training.report import Report, write_report

if TYPE_CHECKING:
    from backend.training.expression_reader import Reader

NEUTRAL, CORPUS = "neutral", "corpus"
HUB, CONTROLS = "arkit", "metahuman"
OF_THE_HEAD = ("BA, distance", "BA", "BA above chance", "head on accents")
FELT = channel_set(RIGS[HUB], "intensity")

Performed = Mapping[str, list["Shown"]]


class Shown:
    """What is kept of a clip for numbers of the whole split: the ``emotion``, and how it looks."""

    def __init__(self, emotion: str, motion: Motion, read: "Reader | None") -> None:
        self.emotion = emotion
        self.face = motion.pick(FELT).mean(axis=0).astype(np.float64)
        self.embedding = read.embedding(motion) if read else None


def chosen(named: Sequence[str]) -> dict[str, Generator]:
    """Generators by what a report calls them: names of the registry, or ``medtalk=FILE`` for weights that are not installed.

    Raises:
        DirectionError: a generator is unknown.
        InputError: none is named, one is named twice, or a file is given to one that takes none.
        MissingError: the weights cannot be read.
    """
    found = dict[str, Generator]()
    for text in named:
        name, _, file = text.partition("=")
        called = Path(file).stem if file else name
        if called in found or called == CORPUS:
            raise InputError(f"'{called}' is the name of two rows of the report: name every generator once, and give files other names.")
        found[called] = _with_weights(name, Path(file)) if file else GENERATORS[name]
    if not found:
        raise InputError("no generator is named; give some, such as --generators rules,medtalk.")
    return found


def spread(corpus: Corpus, split: str, most: int | None = None) -> list[str]:
    """The ids of ``most`` sentences of a split, each speaker's first before anybody's second; all by default."""
    by_speaker = dict[str, list[str]]()
    for entry in corpus.manifest["clips"]:
        if entry["split"] == split:
            by_speaker.setdefault(entry["speaker"], []).append(entry["id"])
    longest = max(map(len, by_speaker.values()), default=0)
    turns = [ids[turn] for turn in range(longest) for ids in by_speaker.values() if turn < len(ids)]
    return turns[:most]


def talks(corpus: Corpus, split: str, most: int | None = None) -> list[Talk]:
    """The sentences that :func:`spread` names.

    Raises:
        InputError: the corpus has none in the split.
    """
    wanted = {*spread(corpus, split, most)}
    found = [talk for talk in corpus.clips(split) if talk.id in wanted]
    if not found:
        raise InputError(f"{corpus.folder} has no sentence in the split '{split}' to measure on.")
    return found


def evaluate(
    corpus: Corpus,
    generators: Mapping[str, Generator],
    folder: Path,
    most: int | None = None,
    versions: int = 0,
    reader: "Reader | None" = None,
    progress: Callable[[float], None] = lambda _: None,
    plots: bool = True,
) -> Report:
    """Perform test sentences in their emotions with every generator, measure them against the corpus, and write a report.

    The first generator is the one that others are compared with; the corpus's own motion has a row of its own in what needs no
    reference. ``most`` sentences are taken, from all speakers alike, each in all its emotions, or in ``versions`` of them in turn. A
    ``reader`` adds Emo-sim and Emo-FID. Phones are the corpus's own, so that hearing does not come into it. Whole speakers are
    drawn for the intervals.

    Raises:
        InputError: the corpus has no test sentence.
        OutputError: the folder cannot be written to.
    """
    said = talks(corpus, "test", most)
    rows = (CORPUS, *generators)
    values: dict[str, dict[str, Measured]] = {name: {} for name in rows}
    shown: dict[str, list[Shown]] = {name: [] for name in rows}
    groups = dict[str, str]()
    for number, talk in enumerate(said):
        speech = heard(talk)
        for emotion in turned(talk.emotions, number, versions):
            clip = f"{talk.id} {emotion}"
            groups[clip] = talk.speaker
            truth = talk.motion(emotion)
            values[CORPUS][clip] = measure(truth, None, speech)
            shown[CORPUS].append(Shown(emotion, truth, reader))
            for name, generator in generators.items():
                motion = performed(generator, speech, emotion, talk)
                values[name][clip] = compared(motion, talk, emotion, speech)
                shown[name].append(Shown(emotion, finish(motion, Direction(rate=talk.rate)), reader))
        progress((number + 1) / len(said))
    baseline = next(iter(generators)) if len(generators) > 1 else None
    about = notes(corpus, said, generators, versions)
    return write_report(folder, values, baseline, whole(shown), groups, about, "Generators", plots=plots)


def compared(motion: Motion, talk: Talk, emotion: str, speech: Speech) -> Measured:
    """Everything that can be told of a performance beside the corpus's, where it can be compared with other generators.

    Vertices, sound and the motion alone are measured on ``arkit``. Channels are compared on ``metahuman`` whatever a generator's
    rig is, by one conversion for all: a mean over 174 controls says nothing beside a mean over 63. A rig without a head has none of its
    numbers.
    """
    hub = finish(motion, Direction(rate=talk.rate, rig=HUB))
    found = measure(hub, talk.motion(emotion), speech)
    found |= channels(finish(motion, Direction(rate=talk.rate, rig=CONTROLS)), talk.motion(emotion, CONTROLS))
    if not motion.rig.in_region("head"):
        found = {name: value for name, value in found.items() if name not in OF_THE_HEAD}
    return found


def channels(motion: Motion, reference: Motion) -> Measured:
    """Errors of the sets of channels of the rig that both are on."""
    motion, reference = together(motion, reference)
    rig, a, b = motion.rig, motion.values, reference.values
    lip, felt, up, strong = (columns(rig, channel_set(rig, name)) for name in ("lip", "emotion", "up", "intensity"))
    return {
        "MLE": mean_absolute_error(a, b, lip),
        "MEE": mean_absolute_error(a, b, felt),
        "EIE": intensity_error(a, b, strong),
        "FRD": rig_deviation(a, b, up),
        "FRD, absolute": rig_deviation(a, b, up, absolute=True),
        "LVE, channels": channel_vector_error(a, b, lip),
    }


def whole(shown: Performed) -> dict[str, Measured]:
    """Numbers of the whole split: ΔCH of the mean face of each clip, Emo-sim and Emo-FID of what a reader makes of it."""
    truth, found = shown[CORPUS], dict[str, Measured]()
    labels = [one.emotion for one in truth]
    faces = np.stack([one.face for one in truth])
    embedded = [one.embedding for one in truth if one.embedding is not None]
    for name, clips in shown.items():
        if name == CORPUS:
            continue
        found[name] = {}
        if 2 <= len({*labels}) < len(labels):
            found[name]["ΔCH"] = delta_ch(np.stack([one.face for one in clips]), faces, labels)
        if embedded:
            found[name] |= _as_read(np.stack([one.embedding for one in clips if one.embedding is not None]), np.stack(embedded))
    return {name: numbers for name, numbers in found.items() if numbers}


def heard(talk: Talk) -> Speech:
    """The sentence as if listened to, with the corpus's own words and phones."""
    return Speech(
        talk.samples, talk.words, talk.phones, posteriors(talk.samples).astype("float16"), prosody(talk.samples), talk.id, "corpus"
    )


def performed(generator: Generator, speech: Speech, emotion: str, talk: Talk, seed: int = 0, **settings: float) -> Motion:
    """A generator's performance of a sentence in one emotion, on its own rig."""
    guides = () if emotion == NEUTRAL else (Guide(emotion, 1.0),)
    direction = Direction(guides=guides, generator=generator.name, rate=talk.rate, seed=seed, settings=settings)
    return generator.perform(speech, feel(speech, direction), direction)


def turned(emotions: Sequence[str], number: int, versions: int) -> list[str]:
    """All emotions, or so many of them: others for the next sentence."""
    count = min(versions or len(emotions), len(emotions))
    return [emotions[(number * count + i) % len(emotions)] for i in range(count)]


def notes(corpus: Corpus, said: Sequence[Talk], generators: Mapping[str, Generator], versions: int) -> list[str]:
    """What a reader of the report must know."""
    people = len({talk.speaker for talk in said})
    each = f"{versions} of {len(corpus.emotions)} emotions in turn" if versions else f"{len(corpus.emotions)} emotions"
    found = [
        f"{len(said)} sentences of the test split of a corpus of {corpus.hours:.2f} hours, {people} speakers, {each}.",
        "The reference is this project's own teacher, not people: no figure here may be compared with a paper's.",
        "MLE, MEE, EIE, FRD and LVE, channels are of the `metahuman` rig, to which every motion was converted; all else is of `arkit`.",
        f"`{CORPUS}` is the reference itself: what the other rows should come to where a metric has no best value.",
    ]
    headless = [name for name, generator in generators.items() if not RIGS[generator.rig].in_region("head")]
    return found + [f"{', '.join(headless)}: the rig has no head, whose metrics are left out."] * bool(headless)


def _as_read(predicted: np.ndarray, truth: np.ndarray) -> Measured:  # type: ignore[type-arg]
    from backend.training.metrics import cosine_similarity, frechet_distance

    found = {"Emo-sim": cosine_similarity(predicted, truth)}
    if len(truth) > truth.shape[1]:
        found["Emo-FID"] = frechet_distance(predicted, truth)
    return found


def _with_weights(name: str, file: Path) -> Generator:
    from backend.generators.medtalk.generator import MedTalk
    from backend.generators.medtalk.stored import load

    if name != MedTalk.name:
        raise InputError(f"generator '{name}' is given a file, and only medtalk takes one.")
    return MedTalk(given=load(file))
