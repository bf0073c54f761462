"""``mien``: the command line.

Exit codes: 0 done; 1 a fault in Mien itself; 2 something the user can mend (wrong input, a missing
part, a folder that cannot be written), told in one line; 130 stopped by Ctrl-C.
"""

import json
import os
import sys
from importlib import import_module
from typing import Annotated

import typer

from backend.errors import MienError
from backend.version import VERSION

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


for _command in ("generate", "export", "inspect", "emotions", "doctor"):
    import_module(f"backend.cli.{_command}").register(app)


def run() -> None:
    """Start the command line; turn what goes wrong into one line and an exit code."""
    try:
        app(standalone_mode=True)
    except MienError as error:
        _tell(type(error).__name__, str(error))
        sys.exit(2)
    except KeyboardInterrupt:
        _tell("Stopped", "stopped; nothing half-written was left behind.")
        sys.exit(130)
    except Exception as error:
        if os.environ.get("MIEN_DEBUG"):
            raise
        _tell("Fault", f"a fault in Mien itself ({type(error).__name__}: {error}). Run again with MIEN_DEBUG=1 and report what it prints.")
        sys.exit(1)


def _tell(kind: str, message: str) -> None:
    if "--json" in sys.argv:
        sys.stdout.write(json.dumps({"error": {"kind": kind, "message": message}}, ensure_ascii=False) + "\n")
    else:
        sys.stderr.write(f"mien: {message}\n")
