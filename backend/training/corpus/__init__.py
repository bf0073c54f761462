"""The motion corpus: sentences spoken by many voices and performed in every emotion by the teacher. See ``docs/corpus.md``."""

from backend.training.corpus.build import build
from backend.training.corpus.reading import Corpus, Expression, Talk

__all__ = ["Corpus", "Expression", "Talk", "build"]
