"""A corpus of a few lines on disk: sentences of the stand-in, and expressions of the eight labels."""

import json
from pathlib import Path

from backend.motion import parse_rate
from backend.training.corpus import Corpus
from backend.training.corpus.expressions import Sequences, make_sequences
from backend.training.expression_reader import LABELS
from tests.training.medtalk.stand_in import write


def build(folder: Path, split: dict[str, int], variants: int = 3) -> Corpus:
    """So many lines of each split by two speakers; so many ``variants`` of every label, the last of which is kept for testing."""
    folder.mkdir(parents=True, exist_ok=True)
    write(folder, split)
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    for number, entry in enumerate(manifest["clips"]):
        entry["speaker"] = f"{entry['split']} {number % 2}"
    manifest["expressions"] = []
    (folder / "expressions").mkdir(exist_ok=True)
    for label in LABELS:
        for entry, data in make_sequences(Sequences(label, variants, 0), parse_rate("30")):
            (folder / entry["file"]).write_bytes(data)
            manifest["expressions"].append(entry)
    path.write_text(json.dumps(manifest))
    return Corpus(folder)
