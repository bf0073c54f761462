"""The teacher of the learned generators: the rules performer, in the manner of many different people. See ``docs/corpus.md``."""

from backend.training.teacher.course import course
from backend.training.teacher.style import Style, style_of
from backend.training.teacher.teach import teach

__all__ = ["Style", "course", "style_of", "teach"]
