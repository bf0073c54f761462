"""``mien evaluate medtalk``: everything that is measured on the corpus, on one page."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from backend.emotion.direction import Direction
from backend.face.metahuman import metahuman_to_arkit
from backend.files import write_atomically
from backend.generators import GENERATORS, Generator
from backend.motion import Motion
from backend.perform import finish
from backend.training.corpus import Corpus, Talk
from backend.training.evaluate_generators import CORPUS, heard, performed, talks
from backend.training.expression_reader import Reader, Readings, make_seen, read_seen, right, tally
from backend.training.expression_reader.reading import NEEDED, drawn
from backend.training.expression_reader.reading import table as confusion
from backend.training.medtalk.data import Store, prepare
from backend.training.medtalk.evaluate import embeddings
from backend.training.medtalk.guides import described, preset_texts
from backend.training.medtalk.landing import of_texts
from backend.training.medtalk.measure import spaces, words
from backend.training.medtalk.measure.entries import FULL, RULES, Entry, unequal, words_of
from backend.training.medtalk.measure.table import Cells, by_clip, cells, errors, lines, order
from backend.training.report import write_report

Watch = Callable[[str, float], None]
TEXTS = 1200  # of each kind, of which those count that are about one emotion
PICTURED, SEEN = 40, 6  # sentences that spaces are looked at in, and that pictures are made of
SPACES = (FULL, "without overlap", "without cycle")  # rows that make spaces of their own; others have the full model's, or none


def evaluate(
    corpus: Corpus,
    found: Sequence[Entry],
    folder: Path,
    most: int | None = None,
    versions: int = 0,
    reader: Reader | None = None,
    pictures: bool = False,
    watch: Watch = lambda *_: None,
) -> tuple[Cells, list[str]]:
    """Measure weights on the corpus's test split; write ``medtalk.md`` with its pictures and ``report.md`` with intervals by speaker.

    ``most`` sentences from all speakers alike, in all emotions or in ``versions`` of them in turn. ``pictures`` has faces rendered
    and read through MediaPipe as well. Returns the table and the page's lines.

    Raises:
        InputError: the corpus has no test sentence.
        OutputError: the folder cannot be written to.
    """
    said = talks(corpus, "test", most)
    pairs: dict[str, list[tuple[str, str]]] = {RULES: [], FULL: []}

    def seen(row: str, emotion: str, motion: Motion) -> None:
        if reader and row in pairs and emotion in reader.labels:
            pairs[row].append((emotion, reader.read(metahuman_to_arkit(motion))))

    runs = errors(found, said, versions, seen, lambda share: watch("perform", share))
    table = cells(runs)
    page = [
        "# MEDTalk on the corpus's test split",
        "",
        *_told(corpus, found, said, versions),
        "",
        *lines(table),
        "",
        *(f"* {s}" for s in order(table)),
    ]
    groups = {clip: clip_speaker for clip_speaker, clip in _speakers(said)}
    values = by_clip(runs)
    write_report(folder, values, FULL if FULL in values else None, groups=groups, notes=["Seeds averaged."], title="MEDTalk, clip by clip")
    watch("spaces", 0.0)
    page += _spaces(corpus, found, said, folder, watch)
    watch("words", 0.0)
    page += _words(corpus, found, folder)
    page += _landed(found)
    if reader:
        truth = [(emotion, reader.read(talk.motion(emotion))) for talk in said for emotion in talk.emotions if emotion in reader.labels]
        page += _read(reader, {**pairs, CORPUS: truth}, folder)
    if pictures:
        page += _seen(corpus, found, said[:SEEN], folder, watch)
    write_atomically(folder / "medtalk.md", ("\n".join(page) + "\n").encode())
    return table, page


def _landed(found: Sequence[Entry]) -> list[str]:
    """Where texts that no guidance has learnt from land, for the first training of the full model that was guided."""
    entry = next((entry for entry in found if entry.row == FULL and entry.trained.guided), None)
    if entry is None:
        return []
    labels = entry.trained.network.shape.labels
    known = {"the presets' own, learnt": preset_texts(labels)}
    known["the grammar's other half"] = described(labels, TEXTS, learnt=False)
    known["the grammar's words that are kept back"] = described(labels, TEXTS, "held")
    page = ["", "## Where texts land", "", "| texts | number | nearest right | among three |", "|---|--:|--:|--:|"]
    for name, texts in known.items():
        landed = of_texts(entry.trained, texts, words_of(entry.trained))
        page.append(f"| {name} | {landed.count} | {landed.first:.1%} | {landed.third:.1%} |")
    return page


def _told(corpus: Corpus, found: Sequence[Entry], said: Sequence[Talk], versions: int) -> list[str]:
    people = len({talk.speaker for talk in said})
    each = f"{versions} of {len(corpus.emotions)} emotions in turn" if versions else f"{len(corpus.emotions)} emotions"
    told = [
        f"{len(said)} sentences of {people} speakers who are in no training, {each}; phones and words of the corpus.",
        "Mean over clips and trainings ± standard deviation over trainings. Not to be put beside the paper's numbers.",
        "`rules` has no network; the corpus was made by a relative of it, whose phones and presets it shares.",
    ]
    return [f"* {line}" for line in [*told, unequal(found)] if line]


def _speakers(said: Sequence[Talk]) -> list[tuple[str, str]]:
    return [(talk.speaker, f"{talk.id} {emotion}") for talk in said for emotion in talk.emotions]


def _spaces(corpus: Corpus, found: Sequence[Entry], said: Sequence[Talk], folder: Path, watch: Watch) -> list[str]:
    """Figures 5 and 6, for the first training of each row that has spaces of its own."""
    page = ["", "## Content and emotion apart (figures 5 and 6)"]
    with TemporaryDirectory() as kept:
        for entry in _first_of_each(found):
            store = _store(corpus, entry, said, Path(kept))
            numbers = spaces.swapped(entry.trained.network, store)
            felt, content, labels = embeddings(entry.trained.network, store)
            numbers |= spaces.separation(felt, content, labels)
            if entry.row == FULL:
                write_atomically(folder / "figure5.png", spaces.picture(felt, content, labels))
            page += ["", f"**{entry.row}**, seed {entry.seed}:", "", *_rows(numbers)]
            watch("spaces", 0.5)
    return [*page, "", "![spaces](figure5.png)"] if (folder / "figure5.png").is_file() else page


def _store(corpus: Corpus, entry: Entry, said: Sequence[Talk], kept: Path) -> Store:
    return prepare(said[:PICTURED], corpus.emotions, kept, entry.trained.sources, words=words_of(entry.trained))


def _words(corpus: Corpus, found: Sequence[Entry], folder: Path) -> list[str]:
    """Figure 4, for the first training of the full model, over every test sentence that has what it needs."""
    entry = next((entry for entry in found if entry.row == FULL), None)
    page = ["", "## Intensity where emotion words are spoken (figure 4)", ""]
    if entry is None:
        return [*page, "No weights of the full model were given."]
    told = words.lines(entry, corpus.clips("test"))
    if not told:
        return [*page, "No sentence has an emotion word in it."]
    write_atomically(folder / "figure4.png", words.picture(max(told, key=lambda line: int(line.emotive.sum()))))
    numbers = words.effect(told)
    rise = {name: numbers[name] for name in ("predicted", "of the word itself", "teacher")}
    shown = [
        f"| {name} | {value:+.1%} | {numbers[f'{name}, low']:+.1%} to {numbers[f'{name}, high']:+.1%} |" for name, value in rise.items()
    ]
    head = [f"In {numbers['sentences']:.0f} sentences with emotion words, against other words:", "", "| | rise | 95 % |", "|---|--:|--:|"]
    return [*page, *head, *shown, "", "![a line](figure4.png)"]


def _range(low: float, high: float) -> str:
    return f"{low:+.1%} to {high:+.1%}" if np.isfinite(low) else "one speaker"


def _read(reader: Reader, pairs: dict[str, list[tuple[str, str]]], folder: Path) -> list[str]:
    page = [
        "",
        "## What an expression reader sees",
        "",
        f"It learnt from {reader.facts.get('sequences', '?')} sequences in which nobody speaks.",
    ]
    for name, seen in pairs.items():
        if seen:
            found = tally(reader.labels, seen)
            page += ["", _verdict(name, found), "", *confusion(found)]
            write_atomically(folder / f"reader-{name}.png", drawn(found, name))
    return page


def _seen(corpus: Corpus, found: Sequence[Entry], said: Sequence[Talk], folder: Path, watch: Watch) -> list[str]:
    """The same from pictures of Mien's head, for the corpus, ``rules`` and the first training of the full model."""
    watch("pictures", 0.0)
    reader, share = make_seen(corpus)
    page = ["", "## What a reader of pictures sees", ""]
    page += [f"Mien's head rendered, read through MediaPipe; {share:.0%} of the expressions that were held out are read right."]
    full = next((entry for entry in found if entry.row == FULL), None)
    performers = {CORPUS: None, RULES: GENERATORS[RULES], **({FULL: full.performer()} if full else {})}
    for name, performer in performers.items():
        seen = tally(reader.labels, read_seen(reader, _faces(performer, said, reader.labels)))
        page += ["", _verdict(name, seen), "", *confusion(seen)]
        write_atomically(folder / f"pictures-{name}.png", drawn(seen, name))
    return page


def _faces(performer: Generator | None, said: Sequence[Talk], labels: Sequence[str]) -> Iterator[tuple[str, Motion]]:
    for talk in said:
        speech = heard(talk)
        for emotion in (emotion for emotion in talk.emotions if emotion in labels):
            if performer is None:
                yield emotion, talk.motion(emotion)
            else:
                yield emotion, finish(performed(performer, speech, emotion, talk), Direction(rate=talk.rate))


def _verdict(name: str, found: Readings) -> str:
    known = right(found)
    enough = f"at least {NEEDED}, as asked" if len(known) >= NEEDED else f"fewer than the {NEEDED} asked for"
    return f"**{name}**: {found.accuracy:.1%} of performances, {len(known)} of {len(found.labels)} labels right ({enough})."


def _first_of_each(found: Sequence[Entry]) -> list[Entry]:
    first = dict[str, Entry]()
    for entry in found:
        if entry.row in SPACES:
            first.setdefault(entry.row, entry)
    return list(first.values())


def _rows(numbers: dict[str, float]) -> list[str]:
    return ["| | |", "|---|--:|", *(f"| {name} | {value:g} |" for name, value in numbers.items())]
