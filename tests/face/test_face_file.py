"""Heads on disk: what is written is read, and what is broken is refused in a sentence."""

from dataclasses import replace

import numpy as np
import pytest

from backend.errors import FaceError
from backend.face.face import Face, Joint, Material, read_face, write_face
from backend.face.heads import ASSET, mien_head


def small(shapes=None):
    return Face(
        name="Zoë",
        vertices=np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0.125]], np.float32),
        quads=np.array([[0, 1, 2, 3], [0, 1, 2, 2]], np.int32),
        uvs=np.arange(16, dtype=np.float32).reshape(2, 4, 2),
        materials=(Material("skin", (0.1, 0.2, 0.3), 0.4), Material("eye", (1.0, 1.0, 1.0), 0.05)),
        surface=np.array([1, 0], np.int32),
        shapes=shapes if shapes is not None else {"a": np.eye(4, 3, dtype=np.float32), "none": np.zeros((4, 3), np.float32)},
        joints=(Joint("root", None, (0.0, 1.0, 2.0)), Joint("tip", "root", (0.1, 0.2, 0.3), ("headYaw", "headPitch"))),
        weights=np.array([[1, 0], [0.5, 0.5], [0, 1], [0.25, 0.75]], np.float32),
        correctives={}
        if shapes == {}
        else {("a", "none"): 2 * np.eye(4, 3, dtype=np.float32), ("a", "b", "c"): np.ones((4, 3), np.float32)},
    )


def same(one, other):
    arrays = all(np.array_equal(getattr(one, k), getattr(other, k)) for k in ("vertices", "quads", "uvs", "surface", "weights"))
    shapes = list(one.shapes) == list(other.shapes) and all(np.array_equal(one.shapes[k], other.shapes[k]) for k in one.shapes)
    if one.detail is not None or other.detail is not None:
        arrays &= all(np.array_equal(getattr(one.detail, k), getattr(other.detail, k)) for k in ("quads", "starts", "rows", "moves"))
        arrays &= (one.detail.names, one.detail.drivers) == (other.detail.names, other.detail.drivers)
    shapes &= list(one.correctives) == list(other.correctives)
    shapes &= all(np.array_equal(one.correctives[k], other.correctives[k]) for k in one.correctives)
    return arrays and shapes and (one.name, one.materials, one.joints) == (other.name, other.materials, other.joints)


@pytest.mark.parametrize("face", [small(), small({}), mien_head()], ids=["small", "no shapes", "mien"])
def test_round_trip(face, tmp_path):
    write_face(face, tmp_path / "head.npz")
    assert same(read_face(tmp_path / "head.npz"), face)
    write_face(face, tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "head.npz").read_bytes()


def test_missing_file(tmp_path):
    with pytest.raises(FaceError, match="there is no head at"):
        read_face(tmp_path / "nobody.npz")


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04" + bytes(40)], ids=["empty", "text", "zip stub"])
def test_not_a_head(content, tmp_path):
    (tmp_path / "head.npz").write_bytes(content)
    with pytest.raises(FaceError, match=r"head\.npz is not a head that Mien wrote"):
        read_face(tmp_path / "head.npz")


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.999])
def test_cut_short(keep, tmp_path):
    whole = ASSET.read_bytes()
    (tmp_path / "head.npz").write_bytes(whole[: int(len(whole) * keep)])
    with pytest.raises(FaceError):
        read_face(tmp_path / "head.npz")


@pytest.mark.parametrize("place", [0.2, 0.4, 0.6, 0.8])
def test_flipped_bytes(place, tmp_path):
    content = bytearray(ASSET.read_bytes())
    at = int(len(content) * place)
    content[at : at + 8] = bytes(255 - b for b in content[at : at + 8])
    (tmp_path / "head.npz").write_bytes(bytes(content))
    with pytest.raises(FaceError):
        read_face(tmp_path / "head.npz")


def test_archive_of_something_else(tmp_path):
    np.savez(tmp_path / "head.npz", a=np.zeros(3))
    with pytest.raises(FaceError):
        read_face(tmp_path / "head.npz")
    with np.load(ASSET) as stored:
        newer = {**stored, "format": np.array("mien-head 99")}
    np.savez(tmp_path / "head.npz", **newer)
    with pytest.raises(FaceError):
        read_face(tmp_path / "head.npz")


def test_a_head_of_the_first_format_is_read_without_correctives(tmp_path):
    with np.load(ASSET) as stored:
        older = {name: array for name, array in stored.items() if not name.startswith(("corrective", "detail"))}
    np.savez(tmp_path / "head.npz", **{**older, "format": np.array("mien-head 1")})
    found = read_face(tmp_path / "head.npz")
    assert found.correctives == {}
    assert mien_head().correctives
    assert same(found, replace(mien_head(), correctives={}, detail=None))


def test_a_head_of_the_second_format_has_correctives(tmp_path):
    with np.load(ASSET) as stored:
        np.savez(tmp_path / "head.npz", **{name: array for name, array in stored.items() if not name.startswith("corrective")})
    with pytest.raises(FaceError):
        read_face(tmp_path / "head.npz")


@pytest.mark.parametrize(("names", "shape"), [(("a",), (4, 3)), ((), (4, 3)), (("a", "b"), (3, 3))])
def test_correctives_that_make_no_sense_are_refused(names, shape):
    with pytest.raises(FaceError):
        replace(small(), correctives={names: np.zeros(shape, np.float32)})


def test_pickles_are_never_opened(tmp_path):
    with np.load(ASSET) as stored:
        arrays = {**stored, "name": np.array([{"a": 1}], dtype=object)}
    np.savez(tmp_path / "head.npz", **arrays)
    with pytest.raises(FaceError):
        read_face(tmp_path / "head.npz")


def test_a_head_that_points_outside_itself_is_refused(tmp_path):
    with np.load(ASSET) as stored:
        arrays = dict(stored)
    arrays["quads"] = arrays["quads"] + len(arrays["vertices"])
    np.savez(tmp_path / "head.npz", **arrays)
    with pytest.raises(FaceError, match="outside"):
        read_face(tmp_path / "head.npz")
