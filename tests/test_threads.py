"""The same take, byte for byte, on however many threads torch is let loose."""

import pytest
import torch

from backend.emotion.direction import Direction, Guide
from backend.generators import GENERATORS
from backend.generators.medtalk.generator import MEDTALK
from backend.perform import perform
from tests.conftest import ROOT


@pytest.mark.parametrize("generator", GENERATORS)
def test_a_take_is_the_same_on_one_thread_and_on_two(generator, monkeypatch, tmp_path):
    guides = (Guide("happy", 0.4), Guide("furious, teeth clenched", 0.7, kind="text"))
    before, takes = torch.get_num_threads(), []
    for threads in (1, 2):
        monkeypatch.setenv("MIEN_CACHE", str(tmp_path / str(threads)))  # heard anew
        MEDTALK.forget()
        torch.set_num_threads(threads)
        try:
            takes.append(perform(ROOT / "samples" / "line.flac", Direction(guides=guides, generator=generator)).take.to_bytes())
            assert torch.get_num_threads() == threads
        finally:
            torch.set_num_threads(before)
    assert takes[0] == takes[1]
