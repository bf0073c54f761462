"""A matching in words: what was matched, what was guessed, what is missing."""

from collections.abc import Iterable

from backend.face.characters.matching import LISTED, SHARED, Matching, OnMesh
from backend.face.characters.presets import Parts
from backend.face.characters.suggest import Suggestion

_KINDS = ((LISTED, "by spelling"), (SHARED, "by its table"), (0.0, "shared or in halves"))


def describe(matching: Matching, suggestions: Iterable[Suggestion] = ()) -> str:
    """Some lines for a person: the score, what carries each channel and how sure that is, guesses, and what is left over on both sides."""
    table = f", with the table '{matching.table}'" if matching.table else ""
    lines = [f"{matching.score:.0%} of the channels of rig '{matching.rig}' are carried{table}."]
    sections = {
        "Matched": [_line(matching, channel) for channel in matching.shapes if channel not in matching.guessed],
        "Guessed, and accepted": [_line(matching, channel) for channel in matching.guessed],
        "Whole mouths that speak together": list(matching.visemes),
        **{f"On mesh '{mesh}'": _differing(own) for mesh, own in matching.meshes.items()},
        "Bones": [f"{bone} turns with {', '.join(turn.channel for turn in turns)}" for bone, turns in matching.bones.items()],
        "Claimed twice, so these stay still": [f"{channel}: {', '.join(others)}" for channel, others in matching.doubles.items()],
        "Perhaps (nothing was changed)": [f"{pair.channel} <- {pair.shape}  {pair.likeness:.2f}" for pair in suggestions],
        "Missing channels": list(matching.unmatched_channels),
        "Shapes that stay still": list(matching.unmatched_shapes),
    }
    for title, entries in sections.items():
        if entries:
            lines += ["", f"{title} ({len(entries)})", *(f"    {entry}" for entry in entries)]
    return "\n".join(lines) + "\n"


def _differing(own: OnMesh) -> list[str]:
    return [f"{channel} <- {_sum(parts)}" for channel, parts in own.shapes.items()] + list(own.visemes)


def _sum(parts: Parts) -> str:
    return " + ".join(shape if weight == 1 else f"{weight:g} * {shape}" for shape, weight in parts) or "nothing"


def _line(matching: Matching, channel: str) -> str:
    sure = matching.sure.get(channel, 1.0)
    how = "guessed" if channel in matching.guessed else next((kind for least, kind in _KINDS if sure > least), "")
    return f"{channel} <- {_sum(matching.shapes[channel])}  {sure:.2f} {how}".rstrip()
