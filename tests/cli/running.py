"""The command line, in this process."""

from typer.testing import CliRunner

from backend.cli.main import app


def mien(*words: object) -> str:
    """What the command prints; raises what it raises."""
    done = CliRunner().invoke(app, [*map(str, words)])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout
