"""Arrays out of a pickle, without running it.

A pickle is a small program that may call anything Python can import. This reader is another machine for the
same instructions: a name in the file stays a name, is looked up in a short list, and decides which kind of
*plain record* is built; no function that the file asks for is ever called, not even numpy's own. Records
become arrays from their raw bytes, sizes checked.

Admitted: numbers, texts, bytes, lists, tuples, dicts and sets; numpy arrays, dtypes and scalars (under the
module names of numpy 1 and 2); scipy's csc and csr matrices under any of their module names; chumpy's ``Ch``
and ``Select``. Any other chumpy node is kept as an unread record that is of no use to anybody. Everything else
is refused by name.
"""

import io
import pickletools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from backend.errors import FlameError
from backend.face.flame.admitted import Name, admitted, made, table
from backend.face.flame.records import Array, Chumpy, ContentError, DType, Matrix

# A FLAME file has a few hundred; a file that goes on for ever is not one.
MOST_INSTRUCTIONS = 2_000_000

_OPCODES = {opcode.code.encode("latin-1"): opcode for opcode in pickletools.opcodes}
_TEXTS = ("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8")
_BYTES = ("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8")
_NUMBERS = ("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT")
_VALUES = frozenset([*_TEXTS, *_BYTES, *_NUMBERS])
_CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "EMPTY_DICT": dict,
    "EMPTY_SET": list,
}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_IGNORED = frozenset(["PROTO", "FRAME", "READONLY_BUFFER"])


_MARK = object()


def read_pickle(content: bytes, where: str, whole: bool = True) -> Any:
    """What is at the top of a pickle, its arrays as records (:mod:`backend.face.flame.records`). ``where`` names the file.

    With ``whole``, the top has to be a dict, as in FLAME's files.

    Raises:
        FlameError: the pickle asks for anything but plain data and arrays, is damaged or cut short, or is no dict.
    """
    machine = _Machine(where)
    try:
        for name, argument in _instructions(io.BytesIO(content)):
            machine.run(name, argument)
        found = machine.stack[-1]
        if whole and not isinstance(found, dict):
            raise ContentError("it is no table of arrays")
    # pickletools raises ValueError for what is cut short, the machine's stack and memo IndexError and KeyError;
    # numbers too large for their field overflow.
    except (ContentError, ValueError, IndexError, KeyError, TypeError, OverflowError, MemoryError, RecursionError) as error:
        reason = str(error) if isinstance(error, ContentError) else "it is damaged or cut short"
        raise FlameError(f"{where} cannot be read as a FLAME model: {reason}. Copy or download it again.") from error
    return found


def _instructions(stream: io.BytesIO) -> Iterator[tuple[str, Any]]:
    """Instructions with their arguments up to the last one, as pickletools describes them."""
    for _ in range(MOST_INSTRUCTIONS):
        opcode = _OPCODES.get(stream.read(1))
        if opcode is None:
            raise ContentError("it is no pickle, or it is cut short")
        if opcode.name == "STOP":
            return
        if opcode.name in _READERS:
            yield opcode.name, _READERS[opcode.name](stream)
        else:
            yield opcode.name, opcode.arg.reader(stream) if opcode.arg else None
    raise ContentError("it has too many parts")


def _escaped(stream: io.BytesIO) -> str:
    """Raw bytes as Python 2 wrote them in a text; pickletools would insist on ASCII."""
    found = _ESCAPED.fullmatch(stream.readline())
    if not found:
        raise ContentError("it is damaged")
    return found[2].decode("unicode_escape")


def _pair(stream: io.BytesIO) -> str:
    return " ".join(stream.readline().decode("ascii").removesuffix("\n") for _ in range(2))


# Where pickletools reads otherwise than Python's own unpickler does, or warns of what is damaged.
_ESCAPED = re.compile(rb"""(["'])((?:[^\\\n]|\\[\\'"nrt]|\\x[0-9a-fA-F]{2})*)\1\n""")
_READERS: dict[str, Callable[[io.BytesIO], str]] = {"STRING": _escaped, "GLOBAL": _pair, "INST": _pair, "PERSID": lambda _: ""}


@dataclass
class _Machine:
    """The stack and the memo of a pickle, and what each instruction does to them."""

    where: str
    stack: list[Any] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)

    def run(self, name: str, argument: Any) -> None:
        stack = self.stack
        if name in _VALUES:
            stack.append(argument)
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name]())
        elif name in _TUPLES:
            count = _TUPLES[name]
            if len(stack) < count:
                raise ContentError("it is damaged")
            stack[-count:] = [tuple(stack[-count:])]
        elif name not in _IGNORED:
            action = getattr(self, f"_{name.lower()}", None)
            if action is None:
                raise FlameError(f"{self.where} is refused: its instruction {name} has no place in a file of arrays.")
            action(*([] if argument is None else [argument]))

    def _since_mark(self) -> list[Any]:
        start = len(self.stack) - 1
        while self.stack[start] is not _MARK:
            start -= 1
            if start < 0:
                raise ContentError("it is damaged")
        found = self.stack[start + 1 :]
        del self.stack[start:]
        return found

    def _mark(self) -> None:
        self.stack.append(_MARK)

    def _pop(self) -> None:
        self.stack.pop()

    def _pop_mark(self) -> None:
        self._since_mark()

    def _dup(self) -> None:
        self.stack.append(self.stack[-1])

    def _get(self, place: int) -> None:
        self.stack.append(self.memo[place])

    def _put(self, place: int) -> None:
        self.memo[place] = self.stack[-1]

    _binget = _long_binget = _get
    _binput = _long_binput = _put

    def _memoize(self) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def _tuple(self) -> None:
        self.stack.append(tuple(self._since_mark()))

    def _list(self) -> None:
        self.stack.append(self._since_mark())

    _frozenset = _list  # nothing here asks whether it is in a set

    def _append(self) -> None:
        self._extend([self.stack.pop()])

    def _appends(self) -> None:
        self._extend(self._since_mark())

    _additems = _appends

    def _extend(self, items: list[Any]) -> None:
        if not isinstance(self.stack[-1], list):
            raise ContentError("it adds to what is no list")
        self.stack[-1].extend(items)

    def _dict(self) -> None:
        self.stack.append(table(self._since_mark()))

    def _setitem(self) -> None:
        item = self.stack.pop()
        self._update([self.stack.pop(), item])

    def _setitems(self) -> None:
        self._update(self._since_mark())

    def _update(self, items: list[Any]) -> None:
        if not isinstance(self.stack[-1], dict):
            raise ContentError("it adds to what is no table")
        self.stack[-1].update(table(items))

    def _global(self, argument: str) -> None:
        module, _, name = argument.partition(" ")
        self._named(module, name)

    def _stack_global(self) -> None:
        name = self.stack.pop()
        self._named(self.stack.pop(), name)

    def _named(self, module: Any, name: Any) -> None:
        path = f"{module}.{name}" if isinstance(module, str) and isinstance(name, str) else "something without a name"
        if not admitted(module, name):
            raise FlameError(
                f"{self.where} is refused: it asks for {path[:60]!r}, and a FLAME model is arrays alone. Nothing in it was run."
            )
        self.stack.append(Name(path))

    def _newobj(self) -> None:
        self._reduce()

    def _reduce(self) -> None:
        arguments = self.stack.pop()
        name = self.stack.pop()
        if not isinstance(name, Name) or not isinstance(arguments, tuple):
            raise FlameError(f"{self.where} is refused: it calls something that is no name of an array. Nothing in it was run.")
        self.stack.append(made(name.path, arguments))

    def _build(self) -> None:
        state = self.stack.pop()
        record = self.stack[-1]
        if not isinstance(record, Array | DType | Matrix | Chumpy):
            raise FlameError(f"{self.where} is refused: it gives a state to something that is no array. Nothing in it was run.")
        record.build(state)
