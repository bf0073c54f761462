"""One tiny training for all tests of MEDTalk."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from backend.emotion.presets import emotions
from backend.generators.medtalk.features import Sources
from backend.generators.medtalk.stored import Trained
from backend.training.medtalk.data import Store, prepare
from backend.training.medtalk.recipe import make
from backend.training.medtalk.settings import RECIPES
from tests.generators.medtalk.said import words
from tests.training.medtalk.stand_in import EMOTIONS, listened, talks


@dataclass(frozen=True, eq=False)
class Lesson:
    trained: Trained
    store: Store
    kept: Store
    folder: Path


@pytest.fixture(scope="session")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lesson]:
    folder, threads = tmp_path_factory.mktemp("medtalk"), torch.get_num_threads()
    torch.set_num_threads(1)
    store = prepare(talks(0, 6), EMOTIONS, folder / "heard", Sources(), words=words, listened=listened)
    kept = prepare(talks(100, 2), EMOTIONS, folder / "heard", Sources(), words=words, listened=listened)
    # Few texts, for an encoder of chance generalises to none, and a tiny network learns but few by heart.
    texts = {label: [label, *emotions()[label].aliases] for label in EMOTIONS}
    yield Lesson(make(RECIPES["tiny"], store, folder / "run", kept, texts, words), store, kept, folder)
    torch.set_num_threads(threads)
