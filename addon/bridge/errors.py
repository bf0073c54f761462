# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error of the bridge, and the sentences that more than one module says."""

from __future__ import annotations

from typing import Any

RESTART = {"kind": "restart"}
UPDATE = {"kind": "update"}
INSTALL = {"kind": "install"}


class ServiceError(Exception):
    """Something an animator has to be told.

    ``message`` is a sentence or two for the artist. ``code`` is for programs: the service's own (``audio``, ``direction``, ``take``,
    ``not_found``, ``too_large``, ``busy``, ``cancelled`` ...) or one of the bridge's:

    ============ ==================================================================
    ``stopped``  nothing listens any more, or the service ended while it answered
    ``timeout``  no answer in time
    ``answer``   an answer that cannot be read
    ``version``  bridge and service do not fit together
    ``start``    the service did not start
    ``state``    the state folder cannot be used, or cannot be trusted
    ``input``    a file or a name that the host handed in cannot be used
    ``python``   no interpreter that Mien can run in
    ``place``    the folder for Mien's environment cannot be used
    ``install``  Mien could not be installed
    ``missing``  Mien is installed, but not whole
    ``fault``    a fault in the bridge or in the host itself
    ============ ==================================================================

    ``fix`` is what a host may offer as a button, or None: a dict whose ``kind`` is ``install``, ``setting``, ``open_folder``,
    ``restart`` or ``update``.
    """

    def __init__(self, code: str, message: str, fix: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fix = fix

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ServiceError) and (self.code, self.message, self.fix) == (other.code, other.message, other.fix)

    def __hash__(self) -> int:
        return hash((self.code, self.message))

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.code, self.message, self.fix))


def stopped(doing: str = "") -> ServiceError:
    """The service has gone; ``doing`` is what it was asked for."""
    if doing:
        return ServiceError("stopped", f"Mien's service stopped while it was to {doing}. Start it again and repeat that.", RESTART)
    return ServiceError("stopped", "Mien's service is not running any more. Start it again.", RESTART)


def timed_out(doing: str, seconds: float) -> ServiceError:
    message = f"Mien's service was to {doing} and has not answered for {seconds:g} s. Wait a moment and try again, or restart it."
    return ServiceError("timeout", message, RESTART)


def unreadable(why: str) -> ServiceError:
    message = f"Mien's service gave an answer that cannot be read ({why}). Restart it; if that does not help, update Mien and this add-on."
    return ServiceError("answer", message, RESTART)


def from_json(plain: Any, status: int = 0) -> ServiceError:
    """An error as the service writes it, ``{"code", "message", "fix"}``, read without trust."""
    if not isinstance(plain, dict) or not isinstance(plain.get("message"), str) or not plain["message"]:
        return unreadable(f"status {status}" if status else "an error without a message")
    code, fix = plain.get("code"), plain.get("fix")
    known = isinstance(fix, dict) and isinstance(fix.get("kind"), str)
    return ServiceError(code if isinstance(code, str) and code else "fault", plain["message"], fix if known else None)
