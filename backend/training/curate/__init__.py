"""From folders of video to clips that a network may learn from: measured, judged, tracked. See ``docs/curation.md``."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backend.errors import AudioError, InputError
from backend.face.landmarks.mesh import opened
from backend.speech.pauses import pieces, quiet
from backend.speech.prosody import prosody
from backend.speech.speech import SAMPLE_RATE
from backend.training.curate.film import TALLEST, Film, pictures, probe
from backend.training.curate.judge import Seen, judge
from backend.training.curate.manifest import Entry, Manifest, digest_of
from backend.training.curate.settings import Settings
from backend.training.curate.track import Stretch, runs, track
from backend.training.curate.write import write_clip
from backend.training.datasets.files import FILMS, files
from backend.training.datasets.sound import sound_of

Watch = Callable[[str, float], None]

__all__ = ["Entry", "Settings", "curate"]


def curate(folder: Path, out: Path, settings: Settings | None = None, watch: Watch = lambda video, share: None) -> list[Entry]:
    """Judge every video below ``folder`` and write what is kept to ``out``; returns the manifest's entries.

    A video that was judged by the same settings before is not looked at again, so that a run that was cut off goes on where it was.
    ``watch`` is told a video's name and the share of all of them that is done.

    Raises:
        InputError: there is no such folder, or no video in it.
        MissingError: MediaPipe is not installed.
        OutputError: ``out`` cannot be written.
    """
    settings = settings or Settings()
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}. Give the folder that holds the videos.")
    films = [path for path in files(folder, *FILMS) if not path.is_relative_to(out)]
    if not films:
        raise InputError(f"there is no video in {folder}. Give a folder with {', '.join(FILMS)} files.")
    manifest = Manifest(out, settings.digest)
    names = [path.relative_to(folder).as_posix() for path in films]
    taken = Counter(_stem(name).lower() for name in names)
    for done, (path, name) in enumerate(zip(films, names, strict=True)):
        digest, stem = digest_of(path), _stem(name)
        stem = stem if taken[stem.lower()] == 1 else f"{stem}-{sha256(name.encode()).hexdigest()[:8]}"
        if manifest.done(name, digest) is None:
            seen = _Share(watch, name, done, len(films))
            manifest.put(name, list(_entries(path, Entry(name, digest, settings.digest, 0.0, 0.0, False), stem, out, settings, seen)))
        watch(name, (done + 1) / len(films))
    return manifest.entries


@dataclass(frozen=True, slots=True)
class _Share:
    """Tells how much of all videos is done from how much of one is."""

    watch: Watch
    name: str
    done: int
    count: int

    def __call__(self, share: float) -> None:
        self.watch(self.name, (self.done + share) / self.count)


def _entries(path: Path, of: Entry, stem: str, out: Path, settings: Settings, progress: Callable[[float], None]) -> Iterator[Entry]:
    """Of one video: one entry where it does not do as a whole, else one for every stretch with a face; each completes ``of``."""
    try:
        film = probe(path)
        facts, why = {"width": film.width, "height": film.height, "rate": round(film.rate, 3)}, _unfit(film, settings)
        of = replace(of, end=round(film.seconds, 3), measured=facts)
        samples = sound_of(path) if film.sound else np.zeros(0, np.float32)
        found = [] if why else list(_stretches(path, film, samples, settings, progress))
    except (InputError, AudioError) as error:
        yield replace(of, why=(str(error),))
        return
    if not found:
        yield replace(of, why=why or ("no face is found",))
    scale = max(min(film.width, film.height) / TALLEST, 1.0)
    for number, stretch in enumerate(found, 1):
        seen = Seen(stretch, _sound_under(stretch, samples), scale)
        verdict = judge(seen, settings)
        name = stem if len(found) == 1 else f"{stem}-{number:03d}"
        written = () if verdict.why else write_clip(seen, out, name, path.name, of.digest)
        start, end = round(stretch.start, 3), round(stretch.start + stretch.seconds, 3)
        yield replace(
            of, start=start, end=end, kept=not verdict.why, why=verdict.why, measured={**facts, **verdict.measured}, files=written
        )


def _unfit(film: Film, settings: Settings) -> tuple[str, ...]:
    """What speaks against the whole film before it is looked at."""
    why = []
    if 0 < film.seconds < settings.shortest:
        why.append(f"only {film.seconds:.2f} s long, less than {settings.shortest:g} s")
    if min(film.width, film.height) < settings.resolution:
        why.append(f"a small picture: {film.width} by {film.height}, its shorter side less than {settings.resolution}")
    if not film.sound:
        why.append("it has no sound")
    return tuple(why)


def _stretches(
    path: Path, film: Film, samples: NDArray[np.float32], settings: Settings, progress: Callable[[float], None]
) -> Iterator[Stretch]:
    """Stretches with a face, cut in pauses where they are too long."""

    def seen(at: float) -> None:
        progress(min(at / film.seconds, 1.0) if film.seconds else 0.0)

    with opened() as mesh:
        yield from _cut(track(pictures(path, settings.rate), settings.rate, mesh, settings.cut, seen), samples, settings)


def _cut(stretches: Iterable[Stretch], samples: NDArray[np.float32], settings: Settings) -> Iterator[Stretch]:
    for run in (run for stretch in stretches for run in runs(stretch)):
        if run.seconds <= settings.longest:
            yield run
            continue
        pauses = quiet(prosody(_sound_under(run, samples)).loudness)
        for start, end in pieces(run.seconds, pauses, settings.longest):
            yield from runs(run.part(round(start * run.rate), round(end * run.rate)))


def _sound_under(stretch: Stretch, samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Exactly as long as the stretch; silence where the sound has ended."""
    first, count = round(stretch.start * SAMPLE_RATE), round(stretch.seconds * SAMPLE_RATE)
    part = samples[first : first + count]
    return np.pad(part, (0, count - len(part)))


def _stem(video: str) -> str:
    """The name of a video's clips: its path, in letters that every system takes."""
    return re.sub(r"[^\w/.-]+", "_", video.rsplit(".", 1)[0]).strip("_") or "video"
