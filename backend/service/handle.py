"""The service's end of the worker process."""

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from typing import Any

from backend.service.worker import work


class Worker:
    """One process, from its start to its end."""

    def __init__(self, memory: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.channel: Connection[Any, Any]
        self.channel, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(theirs, memory), name="mien worker")
        self._process.start()
        theirs.close()

    def send(self, *message: Any) -> None:
        """A worker that is gone hears nothing; that is noticed elsewhere."""
        try:
            self.channel.send(message)
        except (OSError, ValueError):
            return

    def heard(self) -> Any | None:
        """Its next message, if there is one.

        Raises:
            EOFError: it is gone, and has said all that it will.
        """
        try:
            return self.channel.recv() if self.channel.poll() else None
        except EOFError:
            raise
        except Exception as error:  # half a message
            raise EOFError from error

    def kill(self) -> None:
        """End it with everything that it has started, and wait for that."""
        if self._process.pid is not None and hasattr(os, "killpg"):
            try:
                # Only once it leads a group of its own; before, the group is the service's.
                if os.getpgid(self._process.pid) == self._process.pid:
                    os.killpg(self._process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
        self._process.kill()
        self._process.join()
        self.channel.close()

    def why(self) -> str:
        """How it ended, in words."""
        self._process.join(1.0)
        code = self._process.exitcode
        if code is None:
            return "it stopped answering"
        if code == -9:
            return "it was ended by the system or by somebody, perhaps for want of memory"
        return f"signal {-code}" if code < 0 else f"exit code {code}"
