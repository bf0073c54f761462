"""``mien serve``: the local service that Blender, Unreal and the panel speak to."""

from typing import Annotated

import typer

Port = Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; by default the system chooses one.")]
Idle = Annotated[float, typer.Option(min=0, max=100_000, help="End after so many minutes without use; 0 for never.")]


def register(app: typer.Typer) -> None:
    app.command("serve")(serve)


def serve(port: Port = 0, idle: Idle = 30.0) -> None:
    """Run the service that hosts speak to, on this machine alone. Where one runs already, say where."""
    from backend.service.server import serve as run
    from backend.service.state import state_folder

    run(state_folder(), port, idle * 60, say=lambda line: typer.echo(f"mien: {line}"))
