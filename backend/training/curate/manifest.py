"""The manifest: a JSON line for every clip that was looked at, kept or not. Format: ``docs/curation.md``."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from backend.errors import OutputError
from backend.files import write_atomically

NAME = "manifest.jsonl"


@dataclass(frozen=True)
class Entry:
    """One clip of a video, or the whole video where none of it was looked at closer.

    ``digest`` is the video's content, ``settings`` the thresholds it was judged by; ``start`` and ``end`` are seconds of the video; ``why``
    holds the reasons against it, none where it is kept; ``files`` are what was written, below the manifest's folder.
    """

    video: str
    digest: str
    settings: str
    start: float
    end: float
    kept: bool
    why: tuple[str, ...] = ()
    measured: dict[str, Any] = field(default_factory=dict)
    files: tuple[str, ...] = ()

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, allow_nan=False)


class Manifest:
    """Entries by video, on disk after each video.

    Entries of other settings, or whose files are gone, do not count. What they had written is removed once their video has been
    judged anew, so that no clip stays among those that are learnt from which would be refused today.
    """

    def __init__(self, folder: Path, settings: str) -> None:
        self.path, self.settings, self._folder = folder / NAME, settings, folder
        self._entries: dict[str, list[Entry]] = {}
        self._written: dict[str, set[str]] = {}
        for entry in read(self.path):
            self._written.setdefault(entry.video, set()).update(entry.files)
            if entry.settings == settings and all((folder / name).is_file() for name in entry.files):
                self._entries.setdefault(entry.video, []).append(entry)

    def done(self, video: str, digest: str) -> list[Entry] | None:
        """What is known of a video, if it is the same file still."""
        found = self._entries.get(video)
        return found if found and all(entry.digest == digest for entry in found) else None

    def put(self, video: str, entries: Iterable[Entry]) -> None:
        """Set down what was found in a video, in place of what was before."""
        self._entries[video] = list(entries)
        for name in self._written.pop(video, set()) - {name for entry in self._entries[video] for name in entry.files}:
            path = self._folder / name
            if path.resolve().is_relative_to(self._folder.resolve()):  # a manifest may have been written by anybody
                path.unlink(missing_ok=True)
        lines = [entry.to_json() for known in self._entries.values() for entry in known]
        write_atomically(self.path, "".join(f"{line}\n" for line in lines).encode())

    @property
    def entries(self) -> list[Entry]:
        return [entry for known in self._entries.values() for entry in known]


def read(path: Path) -> list[Entry]:
    """The entries of a manifest; none where there is no such file. Lines that cannot be read are left out.

    Raises:
        OutputError: the file is there and cannot be read.
    """
    try:
        lines = path.read_text("utf-8", errors="replace").splitlines() if path.exists() else []
    except OSError as error:
        raise OutputError(f"cannot read {path}: {(error.strerror or str(error)).lower()}.") from error
    return [entry for line in lines if (entry := _entry(line)) is not None]


def digest_of(path: Path) -> str:
    """SHA-256 of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _entry(line: str) -> Entry | None:
    try:
        plain = json.loads(line)
        return Entry(**{**plain, "why": tuple(plain["why"]), "files": tuple(plain["files"])})
    except (ValueError, TypeError, KeyError):
        return None
