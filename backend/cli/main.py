"""``mien``: the command line.

Exit codes: 0 done; 1 a fault in Mien itself; 2 something the user can mend (wrong input, a missing
part, a folder that cannot be written), told in one line; 130 stopped by Ctrl-C, 143 by SIGTERM, 129 by a
terminal that closed; 141 where the reader of a pipe has gone.
"""

import json
import logging
import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer

from backend.cli.process import Ended, Unheard, drop, end_on_signals, open_streams
from backend.cli.report import plain_text
from backend.errors import MienError
from backend.version import VERSION

STOPPED = ("Stopped", "stopped; nothing half-written was left behind.")

app = typer.Typer(
    name="mien",
    help="Turn a recorded line of dialogue into a facial performance that you direct.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mien {VERSION}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and stop.")] = False,
) -> None:
    """Shared by every command."""


for _command in (
    "generate",
    "export",
    "inspect",
    "emotions",
    "face",
    "match",
    "convert",
    "flame",
    "doctor",
    "listen",
    "corpus",
    "train",
    "curate",
    "serve",
):
    import_module(f"backend.cli.{_command}").register(app)


def run() -> None:
    """Start the command line; turn what goes wrong into one line and an exit code."""
    open_streams()
    end_on_signals()
    # It warns of a home that cannot be written to, which is nothing to an artist: it draws all the same.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    sys.exit(_code())


def _code() -> int:
    """Run the command that was typed; its exit code."""
    try:
        code = app(prog_name="mien", standalone_mode=False) or 0
        sys.stdout.flush()
    except MienError as error:
        return _tell(2, type(error).__name__, str(error))
    except Unheard as error:
        drop(1)
        return 141 if error.gone else _complain(2, f"cannot write to standard output: {error.reason}.")
    except Ended as end:
        return _tell(int(end.code or 0), *STOPPED)
    except KeyboardInterrupt:
        return _tell(130, *STOPPED)
    except Exception as error:
        return _failed(error)
    # What Ctrl-C raised has already become its exit code in there.
    return _tell(code, *STOPPED) if code == 130 else code


def _failed(error: Exception) -> int:
    if isinstance(error, typer.Abort) and not isinstance(error.__cause__, EOFError):
        return _tell(130, *STOPPED)
    # The class of usage errors has moved between versions of the library below.
    if hasattr(error, "format_message"):
        return _misused(error)
    if os.environ.get("MIEN_DEBUG"):
        raise error
    if isinstance(error, OSError):  # a full or read-only disk, a file of Mien's own that is missing: the system's fault or the user's
        return _tell(2, "OSError", f"{error.filename or 'the system'} cannot be used: {(error.strerror or str(error)).lower()}.")
    what = f"a fault in Mien itself ({type(error).__name__}: {error}). Run again with MIEN_DEBUG=1 and report what it prints."
    return _tell(1, "Fault", what)


def _misused(error: Any) -> int:
    """A wrong command, option or argument."""
    if type(error).__name__ == "NoArgsIsHelpError":
        return _tell(2, "UsageError", "no command was given.")  # the help has been printed already
    if near := getattr(error, "possibilities", None):
        return _tell(2, "UsageError", f"unknown option '{error.option_name}': did you mean '{near[0]}'?")
    message = error.format_message()
    message = message[:1].lower() + message[1:]
    if not message.endswith("?"):
        place = error.ctx.command_path if getattr(error, "ctx", None) is not None else "mien"
        message = f"{message.rstrip('.')}. '{place} --help' lists what there is."
    return _tell(2, "UsageError", message)


def _tell(code: int, kind: str, message: str) -> int:
    if "--json" not in sys.argv:
        return _complain(code, message)
    try:
        sys.stdout.write(json.dumps({"error": {"kind": kind, "message": message}}) + "\n")
        sys.stdout.flush()
    except Unheard:
        drop(1)
        return _complain(code, message)
    return code


def _complain(code: int, message: str) -> int:
    try:
        sys.stderr.write(f"mien: {plain_text(message)}\n")
        sys.stderr.flush()
    except OSError:
        drop(2)
    return code
