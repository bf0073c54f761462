"""``python -m backend.cli``, where the command ``mien`` is not on the path."""

from backend.cli.main import run

if __name__ == "__main__":  # a worker process imports this file again
    run()
