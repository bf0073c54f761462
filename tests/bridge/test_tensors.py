"""safetensors against the library that defines them, and against bytes that lie."""

import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from safetensors import SafetensorError
from safetensors.numpy import load, save

from addon.bridge import Mesh, Motion, ServiceError, nouns
from addon.bridge.tensors import Tensor, read_tensors, write_tensors

KINDS = {"F32": "<f4", "I32": "<i4", "F64": "<f8", "U8": "|u1", "I64": "<i8"}
ARRAYS = st.sampled_from(sorted(KINDS)).flatmap(
    lambda kind: arrays.arrays(np.dtype(KINDS[kind]), arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5))
)
NAMES = st.text(st.characters(blacklist_categories=["Cs"]), max_size=8).filter(lambda name: name != "__metadata__")


def motion_bytes(values, note) -> bytes:
    return save({"motion": np.asarray(values, np.float32)}, {"motion": json.dumps(note)})


NOTE = {"rig": "arkit", "channels": ["a", "b"], "rate": "24", "start": 0.25}
TABLE = np.arange(6, dtype=np.float32).reshape(3, 2)


# Of no tensors and no notes at once the library writes what it cannot read itself.
@given(
    st.dictionaries(NAMES, ARRAYS, min_size=1, max_size=4),
    st.dictionaries(NAMES, st.text(st.characters(blacklist_categories=["Cs"])), max_size=2),
)
def test_what_the_library_writes_is_read(tensors, metadata):
    found, said = read_tensors(save(tensors, metadata))
    assert said == metadata
    assert found.keys() == tensors.keys()
    for name, values in tensors.items():
        assert found[name].shape == values.shape
        assert bytes(found[name].data) == values.tobytes()


@given(st.dictionaries(NAMES, ARRAYS, max_size=4))
def test_what_is_written_the_library_reads(tensors):
    letters = {"<f4": "F32", "<i4": "I32", "<f8": "F64", "|u1": "U8", "<i8": "I64"}
    ours = {name: Tensor(letters[values.dtype.str], values.shape, memoryview(values.tobytes())) for name, values in tensors.items()}
    found = load(write_tensors(ours, {}))
    assert found.keys() == tensors.keys()
    for name, values in tensors.items():
        assert found[name].tobytes() == values.tobytes()
        assert found[name].shape == values.shape


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(blob):
    try:
        read_tensors(blob)
    except ServiceError as error:
        assert error.code == "answer"


@given(st.data())
def test_one_wrong_byte_never_gives_more_than_is_there(data):
    blob = bytearray(motion_bytes(TABLE, NOTE))
    place = data.draw(st.integers(0, len(blob) - 1))
    blob[place] = data.draw(st.integers(0, 255))
    try:
        motion = Motion.from_bytes(bytes(blob))
    except ServiceError as error:
        assert error.code == "answer"
    else:
        assert len(motion.data) == 4 * motion.frames * len(motion.channels)
        assert [len(motion.column(name)) for name in motion.channels] == [motion.frames] * len(motion.channels)


@given(st.integers(0, 400))
def test_a_motion_cut_anywhere_is_refused(length):
    blob = motion_bytes(TABLE, NOTE)
    if length < len(blob):
        with pytest.raises(ServiceError):
            Motion.from_bytes(blob[:length])


# Each is one that the library refuses as well: the two agree on what is sound.
LIES = {
    "longer than the file": {"t": {"dtype": "F32", "shape": [9], "data_offsets": [0, 36]}},
    "shape too large": {"t": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}},
    "shape that overflows": {"t": {"dtype": "F32", "shape": [2**62, 4], "data_offsets": [0, 8]}},
    "backwards": {"t": {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]}},
    "a gap": {"t": {"dtype": "U8", "shape": [4], "data_offsets": [4, 8]}},
    "an overlap": {"t": {"dtype": "U8", "shape": [8], "data_offsets": [0, 8]}, "u": {"dtype": "U8", "shape": [4], "data_offsets": [4, 8]}},
    "bytes left over": {"t": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}},
    "a negative length": {"t": {"dtype": "U8", "shape": [-8], "data_offsets": [0, 8]}},
    "no type": {"t": {"shape": [8], "data_offsets": [0, 8]}},
    "another type": {"t": {"dtype": "F31", "shape": [2], "data_offsets": [0, 8]}},
    "a list for a type": {"t": {"dtype": [], "shape": [2], "data_offsets": [0, 8]}},
    "fractions": {"t": {"dtype": "U8", "shape": [8.0], "data_offsets": [0, 8]}},
    "three offsets": {"t": {"dtype": "U8", "shape": [8], "data_offsets": [0, 8, 8]}},
    "no tensor": {"t": None},
    "numbers for notes": {"__metadata__": {"a": 1}, "t": {"dtype": "U8", "shape": [8], "data_offsets": [0, 8]}},
    "no names": [1, 2],
}


@pytest.mark.parametrize("header", LIES.values(), ids=LIES.keys())
def test_heads_that_lie_are_refused_by_both(header):
    text = json.dumps(header).encode()
    blob = struct.pack("<Q", len(text)) + text + bytes(8)
    with pytest.raises(ServiceError):
        read_tensors(blob)
    with pytest.raises(SafetensorError):
        load(blob)


def test_true_is_no_length():
    text = json.dumps({"t": {"dtype": "U8", "shape": [True], "data_offsets": [False, True]}}).encode()
    with pytest.raises(ServiceError):
        read_tensors(struct.pack("<Q", len(text)) + text + b"\0")


def test_a_head_that_ends_after_the_file_is_refused_though_it_reads_well():
    with pytest.raises(ServiceError):
        read_tensors(struct.pack("<Q", 100) + b"{}")


def test_a_head_of_many_gigabytes_takes_no_memory():
    with pytest.raises(ServiceError):
        read_tensors(struct.pack("<Q", 1 << 62) + bytes(100))


def test_a_motion_is_read_with_its_names_and_times():
    motion = Motion.from_bytes(motion_bytes(TABLE, NOTE))
    assert (motion.rig, motion.channels, motion.rate, motion.start, motion.frames) == ("arkit", ("a", "b"), "24", 0.25, 3)
    assert list(motion.column("b")) == [1.0, 3.0, 5.0]
    assert np.array_equal(np.frombuffer(motion.data, "<f4").reshape(3, 2), TABLE)


def test_on_a_big_endian_machine_the_numbers_are_turned(monkeypatch):
    motion = Motion.from_bytes(motion_bytes(TABLE, NOTE))
    monkeypatch.setattr(nouns.sys, "byteorder", "big")
    turned = motion.column("b")
    turned.byteswap()  # what such a machine would have read into its registers
    assert list(turned) == [1.0, 3.0, 5.0]


@pytest.mark.parametrize(
    "changed",
    [
        {"channels": ["a"]},
        {"channels": ["a", "a"]},
        {"channels": ["a", 2]},
        {"channels": "ab"},
        {"rig": None},
        {"rate": 24},
        {"rate": "0"},
        {"rate": "-24"},
        {"rate": "24/0"},
        {"rate": "1e999999999"},
        {"rate": "24 "},
        {"start": "0"},
        {"start": True},
        {"start": 1e999},
    ],
    ids=str,
)
def test_a_motion_that_contradicts_itself_is_refused(changed):
    with pytest.raises(ServiceError) as caught:
        Motion.from_bytes(motion_bytes(TABLE, {**NOTE, **changed}))
    assert caught.value.code == "answer"


def test_an_empty_motion_is_one():
    motion = Motion.from_bytes(motion_bytes(np.zeros((0, 2)), NOTE))
    assert motion.frames == 0
    assert list(motion.column("a")) == []


def test_a_mesh_whose_faces_lead_nowhere_is_refused():
    vertices, note = np.zeros((2, 3, 3), np.float32), {"vertices": json.dumps({"rate": "24"})}
    good = save({"vertices": vertices, "faces": np.array([[0, 1, 2]], np.int32)}, note)
    assert Mesh.from_bytes(good).shape == (2, 3, 3)
    for faces in ([[0, 1, 3]], [[-1, 0, 1]]):
        with pytest.raises(ServiceError):
            Mesh.from_bytes(save({"vertices": vertices, "faces": np.array(faces, np.int32)}, note))
    with pytest.raises(ServiceError):
        Mesh.from_bytes(save({"vertices": vertices[..., :2], "faces": np.array([[0, 1, 2]], np.int32)}, note))
