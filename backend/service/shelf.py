"""Files kept by id, with a few facts about each beside them; beyond a size, those used longest ago go."""

import hashlib
import json
import os
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backend.errors import OutputError
from backend.files import write_atomically
from backend.service.problems import Refusal, not_found

_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{64}")
_LONGEST_NAME = 120
Facts = dict[str, Any]


class Shelf:
    """A folder of ``ID.suffix`` and ``ID.json``. ``what`` is the word for one in messages.

    The content is in place before its facts are, so that what has facts is whole. ``held`` names what must not go now.
    """

    def __init__(self, folder: Path, what: str, suffix: str, largest: int, held: Callable[[], set[str]]) -> None:
        self._folder, self._what, self._suffix = folder, what, suffix
        self._largest, self._held = largest, held
        self._lock = threading.RLock()
        folder.mkdir(parents=True, exist_ok=True)
        self._facts = {path.stem: facts for path in sorted(folder.glob("*.json")) if (facts := self._read(path)) is not None}
        self._sweep()

    def put(self, name: str, content: Path, facts: Facts) -> Facts:
        """Move a finished file of the same disk in, and make room.

        Raises:
            OutputError: it cannot be written.
        """
        with self._lock:
            try:
                content.replace(self._place(name))
            except OSError as error:
                raise OutputError(f"cannot keep a {self._what}: {(error.strerror or str(error)).lower()}. Free some space.") from error
            self._write(name, facts)
            self._make_room(name)
            return facts

    def facts(self, name: str) -> Facts:
        """What is known of one.

        Raises:
            Refusal: there is none.
        """
        with self._lock:
            if name not in self._facts:
                raise not_found(self._what, name)
            return dict(self._facts[name])

    def change(self, name: str, **changes: Any) -> Facts:
        with self._lock:
            self._write(name, self.facts(name) | changes)
            return self.facts(name)

    def path(self, name: str) -> Path:
        """Where the content lies; it counts as used.

        Raises:
            Refusal: it is gone.
        """
        with self._lock:
            self.facts(name)
            place = self._place(name)
            try:
                os.utime(place)
            except OSError:
                self.remove(name)
                raise Refusal(410, "gone", f"this {self._what} is not on the disk any more. Make or send it again.") from None
            return place

    def remove(self, name: str) -> None:
        with self._lock:
            self.facts(name)
            del self._facts[name]
            (self._folder / f"{name}.json").unlink(missing_ok=True)
            self._place(name).unlink(missing_ok=True)

    def __contains__(self, name: object) -> bool:
        return name in self._facts

    def all(self) -> list[Facts]:
        with self._lock:
            return [dict(facts) for facts in self._facts.values()]

    def _make_room(self, newest: str) -> None:
        sizes = {name: self._stat(name) for name in self._facts}
        total = sum(size for _, size in sizes.values())
        held = self._held() | {newest}
        for name in sorted(sizes, key=lambda name: sizes[name]):
            if total <= self._largest:
                return
            if name not in held and not self._facts[name].get("kept"):
                total -= sizes[name][1]
                self.remove(name)

    def _stat(self, name: str) -> tuple[float, int]:
        try:
            found = self._place(name).stat()
        except OSError:
            return 0.0, 0
        return found.st_mtime, found.st_size

    def _sweep(self) -> None:
        """Remove what a service that was killed left half-done."""
        for path in self._folder.iterdir():
            if path.name.endswith(".part") or (path.suffix == self._suffix and path.stem not in self._facts and _ID.fullmatch(path.stem)):
                path.unlink(missing_ok=True)

    def _read(self, path: Path) -> Facts | None:
        try:
            facts: Facts = json.loads(path.read_text("utf-8"))
            whole = facts["id"] == path.stem and self._place(path.stem).is_file()
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return facts if whole else None

    def _write(self, name: str, facts: Facts) -> None:
        write_atomically(self._folder / f"{name}.json", json.dumps(facts).encode())
        self._facts[name] = facts

    def _place(self, name: str) -> Path:
        return self._folder / f"{name}{self._suffix}"


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def plain_name(name: str) -> str:
    """A file's name without folders and without what no file system likes; never empty."""
    last = re.split(r"[/\\]", name)[-1]
    kept = re.sub(r'[\x00-\x1f\x7f<>:"|?*\ud800-\udfff]', "_", last).strip(". ")
    stem, dot, suffix = kept.rpartition(".")
    if not dot or len(suffix) > 12:
        return kept[:_LONGEST_NAME] or "unnamed"
    return f"{stem[:_LONGEST_NAME] or 'unnamed'}.{suffix}"
