"""Writing a file so that a reader never sees half of it."""

import errno
import os
import stat
import tempfile
from pathlib import Path

from backend.errors import OutputError

_ADVICE = {
    errno.ENAMETOOLONG: "Give it a shorter name.",
    errno.ENOSPC: "Free some space or choose another folder.",
    errno.EISDIR: "Give the name of a file in it.",
}
_IN_THE_WAY = (errno.EEXIST, errno.ENOTDIR)


def write_atomically(path: Path, content: bytes) -> None:
    """Write ``content`` beside ``path`` and rename it into place.

    Where ``path`` is a link, the file it leads to is written, and the link stays.

    Raises:
        OutputError: the folder is missing, read-only or full, or something other than a file is in the way;
            ``path`` is left as it was.
    """
    try:
        place = _place(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".mien.", suffix=".part", dir=place.parent)
    except OSError as error:
        raise OutputError(_cannot(path, error)) from error
    try:
        with os.fdopen(handle, "wb") as part:
            part.write(content)
            part.flush()
            os.fsync(part.fileno())
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(place)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise OutputError(_cannot(path, error)) from error
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def check_writable(path: Path) -> None:
    """Find out whether :func:`write_atomically` has a chance, by a file without a name in the nearest folder that exists.

    Raises:
        OutputError: it has none.
    """
    try:
        place = _place(path)
        folder, *missing = _way_to(place)
        for name in missing:
            (folder / name).exists()  # too long a name is found out without making it
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(_cannot(path, error)) from error


def _place(path: Path) -> Path:
    """What is written when ``path`` is: itself, or what a link leads to."""
    place = Path(os.path.realpath(path)) if path.is_symlink() else path
    try:
        kind = place.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return place
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(kind):
        raise OutputError(f"cannot write {path}: it is a pipe or a device, and would become a file. Give it another name.")
    return place


def _way_to(path: Path) -> list[Path]:
    """The nearest folder above ``path`` that exists, then the names that lead from there to it."""
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return [folder, *map(Path, path.relative_to(folder).parts)]


def _cannot(path: Path, error: OSError) -> str:
    if error.errno in _IN_THE_WAY:
        return f"cannot write {path}: what should be its folder is a file. Choose another folder."
    reason = (error.strerror or str(error)).lower()
    return f"cannot write {path}: {reason}. {_ADVICE.get(error.errno or 0, 'Choose another folder.')}"


def _umask() -> int:
    # The only way to read the mask is to set it.
    mask = os.umask(0)
    os.umask(mask)
    return mask


def keep_within(folder: Path, largest: int, pattern: str = "*.safetensors") -> None:
    """Remove the files of a cache that have not been touched for longest, until all are no larger than ``largest`` bytes together.

    Raises:
        OSError: the folder cannot be read, or a file not removed.
    """
    entries = sorted((path.stat().st_mtime, path.stat().st_size, path) for path in folder.glob(pattern))
    total = sum(size for _, size, _ in entries)
    for _, size, path in entries:
        if total <= largest:
            return
        path.unlink(missing_ok=True)
        total -= size
