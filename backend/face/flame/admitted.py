"""The few names that a file of arrays may ask for, and the plain record that stands for each. None is ever imported."""

from dataclasses import dataclass
from typing import Any

from backend.face.flame.records import Array, Chumpy, ContentError, DType, Matrix, Scalar

_CORE = ("numpy.core", "numpy._core")
_ARRAY = frozenset(f"{core}.multiarray._reconstruct" for core in _CORE)
_SCALAR = frozenset(f"{core}.multiarray.scalar" for core in _CORE)
_BUFFER = frozenset(f"{core}.numeric._frombuffer" for core in _CORE)
_SPARSE = {
    f"scipy.sparse{module}.{kind}_{what}": kind
    for kind in ("csc", "csr")
    for module in ("", f".{kind}", f"._{kind}")
    for what in ("matrix", "array")
}
_RECONSTRUCTOR = frozenset(["copy_reg._reconstructor", "copyreg._reconstructor"])
_PLAIN = frozenset(
    ["numpy.ndarray", "numpy.dtype", "_codecs.encode", "collections.OrderedDict"]
    + [f"{module}.{name}" for module in ("__builtin__", "builtins") for name in ("object", "set", "frozenset", "bytes", "bytearray")]
)
_ADMITTED = _ARRAY | _SCALAR | _BUFFER | _RECONSTRUCTOR | _PLAIN | frozenset(_SPARSE)


@dataclass(frozen=True)
class Name:
    """What the file would import. It is never imported."""

    path: str


def admitted(module: Any, name: Any) -> bool:
    """Whether a file of arrays may ask for ``module.name``. What chumpy has beside its arrays is admitted and stays unread."""
    if not isinstance(module, str) or not isinstance(name, str):
        return False
    return f"{module}.{name}" in _ADMITTED or module.partition(".")[0] == "chumpy"


def made(path: str, arguments: tuple[Any, ...]) -> Any:
    """The record that a call of an admitted name stands for.

    Raises:
        ContentError: nothing that leads to an array is called so.
    """
    found: Any = None
    match path, arguments:
        case _, (Name(inner), Name("__builtin__.object" | "builtins.object"), None) if path in _RECONSTRUCTOR:
            found = made(inner, ()) if inner not in _RECONSTRUCTOR else None
        case _, () if path in _SPARSE:
            found = Matrix(_SPARSE[path])
        case _, () if path.startswith("chumpy."):
            found = Chumpy(path.rpartition(".")[2])
        case _, (Name("numpy.ndarray"), *_) if path in _ARRAY:
            found = Array()
        case "numpy.dtype", (str(name), *_):
            found = DType(name)
        case _, (DType() as dtype, raw) if path in _SCALAR and not dtype.objects:
            found = Scalar(dtype, raw)
        case _, (raw, DType() as dtype, shape, order) if path in _BUFFER and not dtype.objects:
            found = Array(shape, dtype, order == "F", raw)
        case _:
            found = _plain(path.rpartition(".")[2], arguments)
    if found is None:
        raise ContentError(f"it calls {path[:60]!r} in a way that makes no array")
    return found


def _plain(kind: str, arguments: tuple[Any, ...]) -> Any:
    found: Any = None
    match kind, arguments:
        case "set" | "frozenset", ((list() | tuple()) as items,):
            found = list(items)
        case "set" | "frozenset", ():
            found = []
        case "bytes", ():
            found = b""
        case "bytearray", (bytes(raw),):
            found = bytearray(raw)
        case "encode", (str(text), "latin1" | "latin-1"):
            found = text.encode("latin-1")
        case "OrderedDict", (list(pairs),):
            found = table([part for pair in pairs for part in pair])
        case "OrderedDict", ():
            found = {}
    return found


def table(items: list[Any]) -> dict[Any, Any]:
    """A dict from keys and entries in turn.

    Raises:
        ContentError: a key is no text or number.
    """
    # Only what hashes by itself: a deep nest of tuples would exhaust the stack of whoever hashes it.
    keys = items[::2]
    if len(items) % 2 or not all(isinstance(key, str | bytes | int | float | None) for key in keys):
        raise ContentError("it has a table with a key that is no text or number")
    return dict(zip(keys, items[1::2], strict=True))
