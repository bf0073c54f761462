"""``mien inspect``: what a take holds and how it was made."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from backend.cli.generate import AsJson
from backend.cli.report import Report

if TYPE_CHECKING:
    from backend.take import Take

SHOWN = 16  # most active channels, in the table for people


def register(app: typer.Typer) -> None:
    app.command("inspect")(inspect)


def inspect(take: Annotated[Path, typer.Argument(help="A .take file.", show_default=False)], as_json: AsJson = False) -> None:
    """Say what a take holds and how it was made."""
    from backend.take import Take

    found = Take.read(take)
    report = Report(as_json)
    for line in _lines(found):
        report.say(line)
    report.result(**_plain(found))


def _plain(take: "Take") -> dict[str, Any]:
    import json

    motion = take.motion
    return {
        "version": take.version,
        "sound": {"name": take.sound.name, "sha256": take.sound.digest, "duration": take.sound.duration},
        "ear": take.ear,
        "rig": motion.rig.name,
        "frames": motion.frames,
        "fps": float(motion.rate),
        "duration": motion.duration,
        "direction": json.loads(take.direction.to_json()),
        "words": [[word.text, word.start, word.end] for word in take.words],
        "emotion": {label: float(take.emotion.strengths[:, i].mean()) for i, label in enumerate(take.emotion.labels)},
        "channels": {
            name: {"low": float(curve.min()), "high": float(curve.max()), "mean": float(curve.mean()), "spread": float(curve.std())}
            for name, curve in zip(motion.rig.names, motion.values.T, strict=True)
        },
    }


def _lines(take: "Take") -> list[str]:
    plain, direction = _plain(take), take.direction
    active = sorted(plain["channels"].items(), key=lambda item: -item[1]["spread"])
    guides = "; ".join(
        f"{g.value}:{g.weight:g}@{g.start if g.start is not None else ''}-{g.end if g.end is not None else ''}" for g in direction.guides
    )
    return [
        f"sound      {take.sound.name}, {take.sound.duration:.2f} s, sha256 {take.sound.digest[:12]}",
        f"motion     {plain['frames']} frames at {plain['fps']:g} fps on rig '{plain['rig']}' ({len(take.motion.rig)} channels)",
        f"made by    {direction.generator}, seed {direction.seed}, Mien {take.version}, ear {take.ear or 'unknown'}",
        f"emotion    {guides or 'none asked for'}",
        "felt       " + ", ".join(f"{label} {mean:.2f}" for label, mean in plain["emotion"].items()) + " (mean strength)",
        f"words      {' '.join(word.text for word in take.words) or 'none'}",
        "",
        f"{'channel':<22}{'low':>8}{'high':>8}{'mean':>8}{'spread':>8}",
        *(f"{name:<22}{c['low']:8.3f}{c['high']:8.3f}{c['mean']:8.3f}{c['spread']:8.3f}" for name, c in active[:SHOWN]),
        f"... and {max(len(active) - SHOWN, 0)} quieter channels (--json lists all)",
    ]
