"""What a pickle says of an array, kept as plain records, and the array that it comes to."""

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NUMBERS = re.compile(r"[<>|=]?(?:b1|[iuf][1248]|[SU]\d{1,6})")
# A part of a chumpy node of an array is three deep.
_DEEPEST = 5
# Entries of one array: twice what the largest array of FLAME holds (5023 x 3 x 400), four times over.
_LARGEST = 48_000_000


class ContentError(Exception):
    """What a pickle holds makes no array of numbers; says why. Never leaves this package."""


@dataclass
class DType:
    """The type of an array's entries by name, such as ``f8``; the state may add the order of bytes."""

    name: str
    order: str = ""

    def build(self, state: Any) -> None:
        if not isinstance(state, tuple) or len(state) < 2 or state[1] not in ("<", ">", "|", "="):
            raise ContentError("an array's type is not understood")
        if any(part is not None for part in state[2:5]):
            raise ContentError("an array has fields instead of numbers")
        self.order = state[1].replace("|", "").replace("=", "")

    @property
    def objects(self) -> bool:
        return self.name.strip("<>|=").startswith("O")

    def numpy(self) -> "np.dtype[Any]":
        if not _NUMBERS.fullmatch(self.name):
            raise ContentError(f"an array is of {'Python objects' if self.objects else repr(self.name[:20])} instead of numbers")
        return np.dtype(self.order + self.name.lstrip("<>|=") if self.order else self.name)


@dataclass
class Array:
    """A numpy array: shape, type and raw bytes."""

    shape: Any = ()
    dtype: Any = None
    columns_first: Any = False
    raw: Any = None

    def build(self, state: Any) -> None:
        # numpy 1.0 and later put a version in front.
        parts = state[1:] if isinstance(state, tuple) and len(state) == 5 else state
        if not isinstance(parts, tuple) or len(parts) != 4:
            raise ContentError("an array's state is not understood")
        self.shape, self.dtype, self.columns_first, self.raw = parts
        if (
            isinstance(self.dtype, DType)
            and self.dtype.objects
            and not (self.shape == () and isinstance(self.raw, list) and len(self.raw) == 1)
        ):
            raise ContentError("an array is of Python objects instead of numbers")

    def value(self, depth: int) -> Any:
        if not isinstance(self.dtype, DType):
            raise ContentError("an array has no type")
        if self.dtype.objects and isinstance(self.raw, list):
            return value(self.raw[0], depth + 1)
        shape = _shape(self.shape)
        raw = self.raw.encode("latin-1") if isinstance(self.raw, str) else self.raw
        dtype = self.dtype.numpy()
        if not isinstance(raw, bytes | bytearray) or len(raw) != int(np.prod(shape, dtype=np.float64)) * dtype.itemsize:
            raise ContentError("an array has more or fewer bytes than its shape says")
        return np.frombuffer(raw, dtype).reshape(shape, order="F" if self.columns_first else "C")


@dataclass
class Scalar:
    """One numpy number."""

    dtype: DType
    raw: Any

    def value(self, depth: int) -> Any:
        return Array((), self.dtype, False, self.raw).value(depth)[()]


@dataclass
class Node:
    """An object whose state is a dict."""

    kind: str
    state: dict[Any, Any] = field(default_factory=dict)

    def build(self, state: Any) -> None:
        if not isinstance(state, dict):
            raise ContentError(f"the state of a {self.kind} is not understood")
        self.state = state

    def get(self, key: str, depth: int) -> Any:
        if key not in self.state:
            raise ContentError(f"a {self.kind} has no {key}")
        return value(self.state[key], depth + 1)


@dataclass
class Matrix(Node):
    """A scipy sparse matrix, ``csc`` or ``csr``; comes to a dense array."""

    def value(self, depth: int) -> NDArray[Any]:
        shape = _shape(self.get("_shape" if "_shape" in self.state else "shape", depth))
        data, inner, ends = (_numbers(self.get(part, depth)) for part in ("data", "indices", "indptr"))
        across = self.kind == "csc"
        if len(shape) != 2 or len(ends) != shape[1 if across else 0] + 1 or len(inner) != len(data):
            raise ContentError("the parts of a sparse matrix do not fit together")
        counts = np.diff(ends.astype(np.int64))
        if (counts < 0).any() or ends[0] != 0 or counts.sum() != len(data):
            raise ContentError("the parts of a sparse matrix do not fit together")
        if len(inner) and (inner.min() < 0 or inner.max() >= shape[0 if across else 1]):
            raise ContentError("a sparse matrix points outside itself")
        outer = np.repeat(np.arange(len(counts)), counts)
        dense = np.zeros(shape, data.dtype)
        np.add.at(dense, (inner, outer) if across else (outer, inner), data)
        return dense


@dataclass
class Chumpy(Node):
    """A chumpy node. ``Ch`` comes to the array that it holds, ``Select`` to a part of another node."""

    def value(self, depth: int) -> Any:
        if self.kind == "Ch":
            return self.get("x", depth)
        if self.kind == "Select":
            whole, which = np.asarray(self.get("a", depth)).ravel(), _numbers(self.get("idxs", depth))
            if len(which) and (which.min() < 0 or which.max() >= len(whole)):
                raise ContentError("a chumpy Select points outside its array")
            return whole[which].reshape(_shape(self.get("preferred_shape", depth)))
        raise ContentError(f"it is a chumpy {self.kind}, which only chumpy can work out")


def value(record: Any, depth: int = 0) -> Any:
    """What a record comes to: an array, a number, or the plain thing that it is.

    Raises:
        ContentError: it comes to nothing, or its parts contradict each other.
    """
    if depth > _DEEPEST:
        raise ContentError("its parts are nested without end")
    try:
        return record.value(depth) if isinstance(record, Array | Scalar | Matrix | Chumpy) else record
    except (TypeError, ValueError, OverflowError, MemoryError, IndexError, RecursionError) as error:
        raise ContentError("an array's parts contradict each other") from error


def _numbers(found: Any) -> NDArray[Any]:
    numbers = np.asarray([_number(entry) for entry in found] if isinstance(found, list | tuple) else found)
    if numbers.dtype.kind not in "biuf" or numbers.ndim != 1:
        raise ContentError("numbers are missing from an array's parts")
    return numbers


def _number(entry: Any) -> Any:
    found = entry.value(_DEEPEST) if isinstance(entry, Scalar) else entry
    if not isinstance(found, int | float | np.number):
        raise ContentError("numbers are missing from an array's parts")
    return found


def _shape(shape: Any) -> tuple[int, ...]:
    sizes = [_number(size) for size in shape] if isinstance(shape, tuple) else []
    whole = isinstance(shape, tuple) and all(isinstance(size, int | np.integer) and size >= 0 for size in sizes)
    if not whole or len(sizes) > 5 or np.prod(sizes, dtype=np.float64) > _LARGEST:
        raise ContentError(f"an array of {len(sizes)} dimensions is larger than any of FLAME's, or none at all")
    return tuple(int(size) for size in sizes)
