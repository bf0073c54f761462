"""What goes wrong, as hosts are told: a code for programs, a sentence for the artist, and where there is one, the mend."""

import re
from typing import Any

from backend import errors

# The nearest class wins, so that the most special ones come first.
_CODES: tuple[tuple[type[errors.MienError], str], ...] = (
    (errors.AudioError, "audio"),
    (errors.DirectionError, "direction"),
    (errors.TakeError, "take"),
    (errors.TextGridError, "textgrid"),
    (errors.FaceError, "face"),
    (errors.MissingError, "missing"),
    (errors.OutputError, "output"),
)
_COMMAND = re.compile(r"pip install [^`'\"]*[^`'\".\s]")

Problem = dict[str, Any]


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """An answer other than the one that was asked for.

    ``status`` is HTTP's, ``code`` the contract's word for it, ``fix`` what a button may do about it.
    """

    def __init__(self, status: int, code: str, message: str, fix: Problem | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.problem = problem(code, message, fix)


class Cancelled(Exception):  # noqa: N818
    """Raised in the worker where a job notices that it is not wanted any more."""


def problem(code: str, message: str, fix: Problem | None = None) -> Problem:
    return {"code": code, "message": message[:1].upper() + message[1:], "fix": fix}


def told(error: BaseException) -> Problem:
    """Any exception as a problem; what was not raised on purpose is a fault in Mien itself."""
    if isinstance(error, Refusal):
        return error.problem
    if isinstance(error, Cancelled):
        return problem("cancelled", "it was cancelled.")
    if isinstance(error, MemoryError):
        return problem("worker", "there was not enough memory for it. Close other programs, or give a shorter recording.")
    if isinstance(error, errors.MienError):
        code = next((code for kind, code in _CODES if isinstance(error, kind)), "input")
        return problem(code, str(error), _mend(error))
    return problem("fault", f"a fault in Mien itself ({type(error).__name__}: {error}). Report it with what the service printed.")


def _mend(error: errors.MienError) -> Problem | None:
    if not isinstance(error, errors.MissingError):
        return None
    found = _COMMAND.search(str(error))
    return {"kind": "install", "command": found.group() if found else None}


def not_found(what: str, name: str) -> Refusal:
    return Refusal(404, "not_found", f"there is no {what} '{name[:80]}' here.")
