"""A pickle is read, never run: what it would do is refused, and a marker file proves that it was not done."""

import io
import os
import pickle
import pickletools
import struct
from collections import OrderedDict

import numpy as np
import pytest
from scipy import sparse

from backend.errors import FlameError
from backend.face.flame import load_flame
from backend.face.flame.records import value
from backend.face.flame.unpickle import read_pickle
from tests.face.flame.attacks import Calls, attacks
from tests.face.flame.synthetic import as_flame_holds_it, chumpy_installed, python2_pickle, small

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
