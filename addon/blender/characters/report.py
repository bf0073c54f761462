# SPDX-License-Identifier: GPL-3.0-or-later
"""What is matched, guessed, missing and in the way, in words, before anything is keyed."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from . import bones as facing
from .conflicts import Conflict, conflicts
from .matching import targets
from .visemes import mouths

Thing: TypeAlias = Any


@dataclass(frozen=True)
class Report:
    """A character before a performance. ``matched`` are channels that move something, ``guessed`` pairs that wait or were accepted."""

    character: str
    matched: tuple[str, ...]
    guessed: tuple[str, ...]
    waiting: tuple[str, ...]
    missing: tuple[str, ...]
    turns: tuple[str, ...]
    mouths: tuple[str, ...]
    conflicts: tuple[Conflict, ...]

    @property
    def ready(self) -> bool:
        """Whether something moves, and nothing hides it."""
        return bool(self.matched or self.turns or self.mouths) and not any(conflict.blocks for conflict in self.conflicts)

    def summary(self) -> str:
        """One line for a panel."""
        found = f"{len(self.matched)} matched, {len(self.guessed) + len(self.waiting)} guessed, {len(self.missing)} missing"
        found += f", {len(self.mouths)} whole mouths" if self.mouths else ""
        count = len(self.conflicts)
        return found + (f", {count} thing{'s' if count > 1 else ''} to look at" if count else "")

    def text(self) -> str:
        """The whole report."""
        lines = [f"{self.character}: {self.summary()}."]
        sections = {
            "To look at": [conflict.text for conflict in self.conflicts],
            "Guessed, and used": self.guessed,
            "Guesses that wait until you switch them on": self.waiting,
            "Nothing carries these channels, so they are lost on this character": self.missing,
            "Turns": self.turns,
            "Whole mouths that speak together": self.mouths,
            "Matched": self.matched,
        }
        for title, entries in sections.items():
            if entries:
                lines += ["", f"{title} ({len(entries)})", *(f"    {entry}" for entry in entries)]
        return "\n".join(lines) + "\n"


def report(character: Thing) -> Report:
    """Look at a character as it is now."""
    own = character.mien_character
    found, turned = targets(character), [facing.of_row(row) for row in own.turns if facing.is_there(row)]
    spoken = mouths(character)
    carried = {target.channel for target in found} | {turn.channel for turn in turned}
    carried |= {channel for mouth in spoken for pose in mouth.poses.values() for channel in pose}
    guessed = [row for row in own.matches if row.guessed]
    sure = {row.channel for row in own.matches if row.use and not row.guessed} & carried
    return Report(
        character.name,
        tuple(sorted(sure)),
        tuple(_pair(row) for row in guessed if row.use),
        tuple(_pair(row) for row in guessed if not row.use),
        tuple(channel for channel in missing_of(own) if channel not in carried),
        tuple(f"{turn.bone or turn.owner.name} turns with {turn.channel}" for turn in turned),
        tuple(dict.fromkeys(shape for mouth in spoken for shape in mouth.poses)),
        tuple(conflicts(character)),
    )


def missing_of(own: Thing) -> list[str]:
    """Channels that nothing carried when the character was matched."""
    return [channel for channel in own.missing.split("\n") if channel]


def _pair(row: Thing) -> str:
    return f"{row.channel} <- {row.shape}  {row.score:.2f}"
