"""A pickle is read, never run: what it would do is refused, and a marker file proves that it was not done."""

import builtins
import functools
import io
import operator
import os
import pickle
import pickletools
import struct
import subprocess
from collections import OrderedDict, defaultdict
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from backend.errors import FlameError
from backend.face.flame import load_flame
from backend.face.flame.records import value
from backend.face.flame.unpickle import read_pickle
from tests.face.flame.synthetic import as_flame_holds_it, chumpy_installed, python2_pickle, small


class Calls:
    """Pickled as a call of ``what`` with the given arguments, perhaps followed by a state."""

    def __init__(self, what, *arguments, state=None):
        self.reduced = (what, arguments) if state is None else (what, arguments, state)

    def __reduce__(self):
        return self.reduced


def mark(marker):
    return f"open({str(marker)!r}, 'w').close()"


def global_(module, name):
    return f"c{module}\n{name}\n".encode()


def text(string):
    raw = string.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def attacks(marker):
    shell, python = f"touch '{marker}'", mark(marker)
    array = b"\x80\x02" + global_("numpy.core.multiarray", "_reconstruct") + global_("numpy", "ndarray") + b"K\x00\x85U\x01b\x87R"
    objects = array + b"(K\x01K\x01\x85" + global_("numpy", "dtype") + b"U\x02O8K\x00K\x01\x87R"
    inner = pickle.dumps(Calls(os.system, shell))
    return {
        "os.system": pickle.dumps(Calls(os.system, shell)),
        "os.system, protocol 0": pickle.dumps(Calls(os.system, shell), 0),
        "os.system, protocol 5": pickle.dumps({"f": Calls(os.system, shell)}, 5),
        "eval": pickle.dumps(Calls(builtins.eval, python)),
        "exec": pickle.dumps({"v_template": Calls(builtins.exec, python)}, 2),
        "Popen": pickle.dumps(Calls(subprocess.Popen, ["touch", str(marker)])),
        "Path.touch": pickle.dumps(Calls(Path.touch, Path(marker))),
        "getattr": pickle.dumps(Calls(builtins.getattr, Calls(builtins.__import__, "os"), "system")),
        "partial": pickle.dumps(Calls(functools.partial, os.system, shell)),
        "methodcaller": pickle.dumps(Calls(operator.methodcaller, "touch")),
        "a dotted name": b"\x80\x04" + text("numpy") + text("ndarray.__class__.__base__.__subclasses__") + b"\x93)R.",
        "a module of numpy's own": b"\x80\x04" + text("numpy") + text("os.system") + b"\x93" + text(shell) + b"\x85R.",
        "names made on the stack": b"\x80\x04"
        + text("o")
        + b"0"
        + text("os")
        + b"\x94"
        + text("system")
        + b"\x93"
        + text(shell)
        + b"\x85R.",
        "a name that is no text": b"\x80\x04K\x01K\x02\x93.",
        "numpy runstring": b"\x80\x02" + global_("numpy.testing._private.utils", "runstring") + text(python) + b"}\x86R.",
        "numpy load": b"\x80\x02" + global_("numpy", "load") + text(str(marker)) + b"\x85R.",
        "numpy fromfile": b"\x80\x02" + global_("numpy", "fromfile") + text("/etc/hostname") + b"\x85R.",
        "numpy f2py": b"\x80\x02" + global_("numpy.f2py.diagnose", "run_command") + text(shell) + b"\x85R.",
        "numpy distutils": b"\x80\x02" + global_("numpy.distutils.exec_command", "exec_command") + text(shell) + b"\x85R.",
        "memmap": b"\x80\x02" + global_("numpy", "memmap") + text(str(marker)) + text("uint8") + text("w+") + b"\x87R.",
        "memmap by _reconstruct": b"\x80\x02"
        + global_("numpy.core.multiarray", "_reconstruct")
        + global_("numpy", "memmap")
        + b"K\x00\x85U\x01b\x87R.",
        "an array of objects": pickle.dumps({"f": np.array([Calls(os.system, shell), None], dtype=object)}, 2),
        "an array of harmless objects": pickle.dumps({"f": np.array([{}, None], dtype=object)}, 2),
        "one object as an array": pickle.dumps({"f": np.array(Calls(os.system, shell), dtype=object)}, 2),
        "objects as raw bytes": objects + b"\x89U\x08" + bytes(8) + b"tb.",
        "scalar that nests a pickle": b"\x80\x02"
        + global_("numpy.core.multiarray", "scalar")
        + global_("numpy", "dtype")
        + b"U\x02O8K\x00K\x01\x87RB"
        + struct.pack("<I", len(inner))
        + inner
        + b"\x86R.",
        "dtype with fields of objects": pickle.dumps({"f": np.zeros(2, [("a", "O"), ("b", "f8")])}, 2),
        "dtype with crafted flags": b"\x80\x02"
        + global_("numpy", "dtype")
        + b"U\x02V8K\x00K\x01\x87R(K\x03U\x01|N(U\x01at}U\x01a"
        + global_("numpy", "dtype")
        + b"U\x02O8K\x00K\x01\x87RK\x00\x86sK\x08K\x01K\x00tb.",
        "scipy with a gadget as its state": b"\x80\x02"
        + global_("scipy.sparse.csc", "csc_matrix")
        + b")\x81}("
        + text("data")
        + global_("os", "system")
        + text(shell)
        + b"\x85Rub.",
        "scipy by another door": b"\x80\x02" + global_("scipy.sparse", "load_npz") + text(str(marker)) + b"\x85R.",
        "chumpy with a gadget": b"\x80\x02"
        + global_("chumpy.ch", "Ch")
        + b")\x81}"
        + text("x")
        + global_("os", "system")
        + text(shell)
        + b"\x85Rsb.",
        "chumpy called with code": b"\x80\x02" + global_("chumpy.ch", "ChLambda") + text(python) + b"\x85R.",
        "state for a function": array[:2] + global_("numpy.core.multiarray", "_reconstruct") + b"}" + text("__code__") + b"Nsb.",
        "state for a class": b"\x80\x02"
        + global_("numpy", "ndarray")
        + b"N}"
        + text("__setstate__")
        + global_("os", "system")
        + b"s\x86b.",
        "_reconstructor of anything": b"\x80\x02"
        + global_("copy_reg", "_reconstructor")
        + global_("numpy", "memmap")
        + global_("__builtin__", "object")
        + b"N\x87R.",
        "_reconstructor of itself": b"\x80\x02" + 2 * global_("copy_reg", "_reconstructor") + global_("__builtin__", "object") + b"N\x87R.",
        "codecs": b"\x80\x02" + global_("_codecs", "encode") + text(python) + text("rot13") + b"\x86R.",
        "an old instance": b"(" + text(shell) + b"ios\nsystem\n.",
        "an old object": b"(" + global_("os", "system") + text(shell) + b"o.",
        "an extension": b"\x80\x02\x82\x01.",
        "a persistent thing": b"Pos.system\n.",
        "a new object with keywords": b"\x80\x04" + global_("numpy", "ndarray") + b")}\x92.",
        "a buffer from elsewhere": b"\x80\x05\x97.",
        "defaultdict": pickle.dumps(defaultdict(list)),
        "calling what was made": array + b")R.",
    }


NAMES = list(attacks("x"))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_in_a_pickle_is_run(name, tmp_path):
    marker = tmp_path / "it ran"
    content = attacks(marker)[name]
    path = tmp_path / "generic_model.pkl"
    # Beside everything that a real file has, so that only the attack can be what is refused.
    for hidden in (
        content,
        pickle.dumps(as_flame_holds_it(small()), 2)[:-1] + b"0" + content.removeprefix(b"\x80\x04").removeprefix(b"\x80\x02"),
    ):
        path.write_bytes(hidden)
        with pytest.raises(FlameError) as refused:
            load_flame(path)
        said = str(refused.value)
        assert str(path) in said
        assert "\n" not in said
        assert len(said) < len(str(path)) + 200
    assert not marker.exists()


def test_the_attacks_are_real(tmp_path):
    """Given to Python's own unpickler, they run: the marker means something."""
    ran = []
    for name in ("os.system", "os.system, protocol 0", "eval", "exec", "one object as an array", "an array of objects", "an old object"):
        marker = tmp_path / name.replace(" ", "-")
        pickle.loads(attacks(marker)[name])
        ran.append(marker.exists())
    assert all(ran)


def test_the_file_says_what_it_asked_for(tmp_path):
    path = tmp_path / "generic_model.pkl"
    path.write_bytes(pickle.dumps(Calls(os.system, "true"), 2))
    with pytest.raises(
        FlameError, match=r"refused: it asks for '(posix|nt)\.system', and a FLAME model is arrays alone\. Nothing in it was run"
    ):
        load_flame(path)


ARRAYS = [
    np.arange(12.0).reshape(3, 4),
    np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    np.arange(6, dtype=np.uint32),
    np.arange(6, dtype=">i4"),
    np.arange(6, dtype=np.float16),
    np.array([True, False]),
    np.zeros((0, 3), np.float32),
    np.array(3.5),
    np.arange(20.0)[::3],
]


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype} {array.shape}")
def test_arrays_of_every_protocol(array, protocol):
    got = value(read_pickle(pickle.dumps({"a": array, "b": [array, 1, "ä", 2.5, None, (True, {"c": b"\xff"})]}, protocol), "file")["a"])
    assert got.dtype == array.dtype and got.shape == array.shape
    assert np.array_equal(got, array)


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype} {array.shape}")
def test_arrays_as_python_2_wrote_them(array):
    got = value(read_pickle(python2_pickle({"a": array}), "file")["a"])
    assert got.dtype == array.dtype
    assert np.array_equal(got, array)


def test_raw_bytes_as_python_2_wrote_them_in_text():
    raw = np.arange(-3, 3, dtype="<i4").tobytes()
    escaped = "".join(f"\\x{byte:02x}" if byte > 90 or byte < 40 else chr(byte) for byte in raw)
    content = (
        "(dp0\nS'a'\np1\ncnumpy.core.multiarray\n_reconstruct\np2\n(cnumpy\nndarray\np3\n(I0\ntp4\nS'b'\np5\ntp6\nRp7\n(I1\n(I6\ntp8\n"
        f"cnumpy\ndtype\np9\n(S'i4'\np10\nI0\nI1\ntp11\nRp12\n(I3\nS'<'\np13\nNNNI-1\nI-1\nI0\ntp14\nbI00\nS'{escaped}'\np15\ntp16\nbs."
    )
    assert np.array_equal(value(read_pickle(content.encode(), "file")["a"]), np.arange(-3, 3))


def test_names_of_numpy_2(monkeypatch):
    content = pickle.dumps({"a": np.arange(3.0), "b": np.float64(2.5)}, 2).replace(b"cnumpy.core.", b"cnumpy._core.")
    got = read_pickle(content, "file")
    assert np.array_equal(value(got["a"]), np.arange(3.0))
    assert value(got["b"]) == 2.5


@pytest.mark.parametrize("kind", [sparse.csc_matrix, sparse.csr_matrix, sparse.csc_array, sparse.csr_array])
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_sparse_matrices(kind, protocol):
    dense = np.where(np.random.default_rng(0).random((5, 40)) < 0.2, np.arange(200.0).reshape(5, 40), 0)
    got = value(read_pickle(pickle.dumps({"a": kind(dense)}, protocol), "file")["a"])
    assert np.array_equal(got, dense)
    if protocol == 2:
        old = python2_pickle({"a": kind(dense)})
        assert b"scipy.sparse._" not in old
        assert np.array_equal(value(read_pickle(old, "file")["a"]), dense)


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_chumpy_without_chumpy(protocol):
    inside = np.arange(24.0).reshape(2, 3, 4)
    with chumpy_installed() as chumpy:
        things = {"plain": chumpy.Ch(inside), "part": chumpy.Select(chumpy.Ch(inside), np.array([5, 1, 0, 23]), (2, 2))}
        content = pickle.dumps({**things, "sum": chumpy.add(1, 2)}, protocol)
    got = read_pickle(content, "file")
    assert np.array_equal(value(got["plain"]), inside)
    assert np.array_equal(value(got["part"]), [[5, 1], [0, 23]])
    # What nobody needs may stay unread; whoever needs it is told.
    with pytest.raises(Exception, match="chumpy add, which only chumpy can work out"):
        value(got["sum"])


def test_plain_containers():
    plain = {"a": [1, -(2**70), 2.5, "é", b"\x00\xff", None, True], "b": (1, (2, (3, 4, 5))), "c": OrderedDict(x=1), 3: "t", None: []}
    for protocol in range(6):
        got = read_pickle(pickle.dumps(plain, protocol), "file")
        assert got == plain
    assert read_pickle(pickle.dumps({"s": {1}, "f": frozenset([2]), "b": bytearray(b"x")}, 4), "file") == {"s": [1], "f": [2], "b": b"x"}


@pytest.mark.parametrize("keep", [0.0, 0.0001, 0.01, 0.3, 0.6, 0.95, 0.9999])
def test_cut_short(keep, tmp_path):
    whole = pickle.dumps(as_flame_holds_it(small()), 2)
    path = tmp_path / "generic_model.pkl"
    path.write_bytes(whole[: min(int(len(whole) * keep), len(whole) - 1)])
    with pytest.raises(FlameError, match=r"cannot be read as a FLAME model: .*cut short"):
        load_flame(path)


def test_every_byte_flipped_is_refused_or_read_but_never_anything_else():
    whole = pickle.dumps({"f": np.arange(3), "g": sparse.csc_matrix(np.eye(2)), "h": np.float32(1)}, 2)
    pickletools.dis(whole, io.StringIO())
    for at in range(len(whole)):
        for flip in (0x01, 0x10, 0x80, 0xFF):
            broken = bytearray(whole)
            broken[at] ^= flip
            try:
                for thing in read_pickle(bytes(broken), "file").values():
                    value(thing)
            except FlameError:
                continue
            except Exception as error:
                assert type(error).__name__ == "ContentError", (at, flip, error)


BOMBS = {
    "a text of 4 GB": b"\x80\x02X\xff\xff\xff\xff.",
    "bytes of 2^60": b"\x80\x04\x8e" + struct.pack("<Q", 2**60) + b".",
    "a place far off in the memo": b"\x80\x02}r\xff\xff\xff\xff0.",
    "marks without end": b"(" * 100_000 + b".",
    "tuples without end": b"\x80\x02)" + b"\x85" * 500_000 + b"K\x01\x86.",
    "a deep key": b"\x80\x02})" + b"\x85" * 200_000 + b"K\x01s.",
    "an array of 2^62": pickle.dumps({"f": np.zeros(3)}, 2).replace(b"K\x03\x85", b"\x8a\x08" + struct.pack("<q", 2**62) + b"\x85"),
    "instructions without end": b"N0" * 1_100_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_go_out(name):
    with pytest.raises(Exception, match=r"file |array|more or fewer") as refused:
        found = read_pickle(BOMBS[name], "file")
        value(found["f"])
    assert type(refused.value).__name__ in ("FlameError", "ContentError")


def test_sparse_matrices_that_lie():
    def lying(**parts):
        matrix = sparse.csc_matrix(np.eye(4))
        for name, part in parts.items():
            matrix.__dict__[name] = part
        return value(read_pickle(pickle.dumps({"a": matrix}, 2), "file")["a"])

    assert np.array_equal(lying(), np.eye(4))
    for parts in (
        {"_shape": (10**9, 10**9)},
        {"_shape": (4, 5)},
        {"_shape": (-4, 4)},
        {"indices": np.array([0, 1, 2, 4])},
        {"indices": np.array([0, 1, 2, -1])},
        {"indptr": np.array([0, 1, 2, 3, 9])},
        {"indptr": np.array([0, 3, 2, 3, 4])},
        {"data": "text"},
        {"data": np.eye(2)},
    ):
        with pytest.raises(Exception, match=r"sparse|dimensions|numbers|parts"):
            lying(**parts)


def test_a_chumpy_that_holds_itself():
    with chumpy_installed() as chumpy:
        loop = chumpy.Ch(None)
        loop.x = loop
        content = pickle.dumps({"a": loop}, 2)
    with pytest.raises(Exception, match="without end"):
        value(read_pickle(content, "file")["a"])


def test_parts_that_hold_each_other():
    """A knot of nodes neither recurses without end nor takes for ever to work out."""
    knot = sparse.csc_matrix(np.eye(2))
    knot.__dict__["_shape"] = knot.__dict__["data"] = [knot, knot]
    with chumpy_installed() as chumpy:
        node = chumpy.Select(np.arange(3.0), np.arange(3), (3,))
        for _ in range(60):
            node = chumpy.Select(node, node, [node, node])
        content = pickle.dumps({"a": knot, "b": node}, 2)
    found = read_pickle(content, "file")
    for name in "ab":
        with pytest.raises(Exception, match=r"without end|numbers are missing|dimensions"):
            value(found[name])


def test_what_is_no_table():
    with pytest.raises(FlameError, match="it is no table of arrays"):
        read_pickle(pickle.dumps([1, 2]), "file")
