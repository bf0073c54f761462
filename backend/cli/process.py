"""What a command owes to the shell that started it: its standard streams, and a clean end when told to end."""

import io
import os
import signal
import sys
from types import FrameType


class Unheard(Exception):  # noqa: N818 - no error of the artist's
    """Nobody reads what is printed: the pipe was closed, or the disk it goes to is full.

    Not an OSError: libraries in between treat those as they like.
    """

    def __init__(self, cause: OSError) -> None:
        self.gone = isinstance(cause, BrokenPipeError)
        self.reason = (cause.strerror or str(cause)).lower()
        super().__init__(self.reason)


class Ended(SystemExit):
    """Told to end by a signal; unwinds like Ctrl-C, so that children are stopped and half-written files removed."""


class _Out(io.FileIO):
    def write(self, data: object) -> int:
        try:
            return super().write(data)  # type: ignore[arg-type] # whatever the buffer above hands down
        except OSError as error:
            raise Unheard(error) from error


def open_streams() -> None:
    """Make standard output and error safe to write to, whatever they were started as.

    A closed one becomes the null device, lest the next file that is opened take its number and what is printed go there.
    What the output's encoding lacks, such as bytes of a file name, is printed as an escape.
    """
    while (free := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(free)
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    buffer = getattr(sys.stdout, "buffer", None)
    # A Windows console is another kind of file, which writes text in its own way.
    if type(getattr(buffer, "raw", buffer)) is io.FileIO:
        raw, lines = _Out(sys.stdout.fileno(), "wb", closefd=False), bool(sys.stdout.line_buffering)
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(raw), sys.stdout.encoding, "backslashreplace", line_buffering=lines)


def drop(stream: int) -> None:
    """Let what is still unprinted to standard output (1) or error (2) go nowhere, lest the end of the program stumble over it."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream)
    os.close(null)


def end_on_signals() -> None:
    """Unwind on SIGTERM and on a closed terminal, except where the caller (``nohup``) has them ignored."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:
    raise Ended(128 + number)
