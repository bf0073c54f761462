"""MEDTalk measured: the paper's tables and figures on the corpus's test split, real speech, and what a reader sees. ``docs/medtalk.md``."""

from backend.training.medtalk.measure.entries import FULL, Entry, entries
from backend.training.medtalk.measure.page import evaluate
from backend.training.medtalk.measure.speech import evaluate_speech

__all__ = ["FULL", "Entry", "entries", "evaluate", "evaluate_speech"]
