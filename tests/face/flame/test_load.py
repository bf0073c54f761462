"""Files as FLAME's users have them: real layouts, every door, and what is wrong with the rest."""

import io
import pickle
import random
import subprocess
import sys
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from backend.errors import FlameError
from backend.face.flame import JOINTS, FlameModel, load_flame, write_flame
from backend.face.flame.load import USUAL_NAMES
from tests.face.flame.synthetic import as_flame_holds_it, chumpy_installed, python2_pickle, small, synthetic

ARRAYS = ("template", "triangles", "identity", "expression", "pose_correctives", "joint_regressor", "weights")


def same(one, other):
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ARRAYS) and one.parents == other.parents


def flame_2020(model):
    """As Python 2 wrote it in 2017: byte strings, chumpy, scipy's old modules."""
    held = as_flame_holds_it(model)
    with chumpy_installed() as chumpy:
        return python2_pickle({**held, "shapedirs": chumpy.Ch(held["shapedirs"]), "J": chumpy.add(held["J"], 0)})


def npz(**arrays):
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def test_the_real_size_through_every_door(tmp_path):
    model = synthetic()
    held = as_flame_holds_it(model)
    (tmp_path / "generic_model.pkl").write_bytes(flame_2020(model))
    assert abs((tmp_path / "generic_model.pkl").stat().st_size - 53e6) < 1e6
    (tmp_path / "flame2023.pkl").write_bytes(pickle.dumps(held, 4))
    (tmp_path / "flame2023.npz").write_bytes(npz(**{**held, "J_regressor": held["J_regressor"].toarray()}))
    (tmp_path / "sparse.npz").write_bytes(npz(**held))
    for name in ("generic_model.pkl", "flame2023.pkl", "flame2023.npz", "sparse.npz"):
        got = load_flame(tmp_path / name)
        assert same(got, model), name
        assert got.name == name.partition(".")[0]
        assert got.identity.shape == (5023, 3, 300)
        assert got.expression.shape == (5023, 3, 100)
        assert got.parents == (-1, 0, 1, 1, 1)
        assert got.joint_names == JOINTS


def test_chumpy_is_not_imported(tmp_path):
    (tmp_path / "generic_model.pkl").write_bytes(flame_2020(small(identities=100, expressions=50)))
    code = f"import sys; from pathlib import Path; from backend.face.flame import load_flame; load_flame(Path({str(tmp_path)!r})); "
    code += "assert not {'chumpy', 'scipy.sparse', 'torch'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(("identities", "expressions"), [(300, 100), (300, 50), (100, 100), (100, 50)])
def test_components_as_found(identities, expressions, tmp_path):
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(as_flame_holds_it(small(identities=identities, expressions=expressions))))
    got = load_flame(tmp_path / "a.pkl")
    assert (got.identity.shape[2], got.expression.shape[2]) == (identities, expressions)


def test_an_unusual_number_of_components_has_to_be_said(tmp_path):
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps(as_flame_holds_it(small(identities=7, expressions=3))))
    with pytest.raises(FlameError, match="10 shape components: say how many of them are identity"):
        load_flame(path)
    assert same(load_flame(path, identity_components=7), small(identities=7, expressions=3))
    with pytest.raises(FlameError, match="say how many"):
        load_flame(path, identity_components=11)


@pytest.mark.parametrize("ending", ["npz", "safetensors"])
def test_what_is_written_is_read(ending, tmp_path):
    for model in (small(), small(identities=0, expressions=1), replace(small(), name="Zoë / ü")):
        path = tmp_path / f"model.{ending}"
        write_flame(model, path)
        got = load_flame(path)
        assert same(got, model)
        assert (got.name, got.joint_names) == (model.name, model.joint_names)
        first = path.read_bytes()
        write_flame(model, path)
        assert path.read_bytes() == first


def test_what_is_written_is_laid_out_as_flame_is(tmp_path):
    write_flame(small(), tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz", allow_pickle=False) as stored:
        assert stored["shapedirs"].shape == (30, 3, 7)
        assert stored["posedirs"].shape == (30, 3, 36)
        assert stored["kintree_table"].tolist() == [[-1, 0, 1, 1, 1], [0, 1, 2, 3, 4]]
        assert np.array_equal(stored["v_template"], small().template)


def test_other_joints_keep_their_names(tmp_path):
    source = small()
    model = replace(
        source,
        joint_regressor=source.joint_regressor[:2],
        parents=(-1, 0),
        weights=np.tile([0.25, 0.75], (30, 1)),
        pose_correctives=source.pose_correctives[..., :9],
        joint_names=("root", "tip"),
    )
    write_flame(model, tmp_path / "a.safetensors")
    assert load_flame(tmp_path / "a.safetensors").joint_names == ("root", "tip")
    assert same(load_flame(tmp_path / "a.safetensors"), model)


def test_an_ending_that_says_nothing(tmp_path):
    with pytest.raises(FlameError, match=r"end its name in \.npz or \.safetensors"):
        write_flame(small(), tmp_path / "a.pkl")


@pytest.mark.parametrize("name", ["flame2023_Open.pkl", "FLAME_NEUTRAL.pkl", "FLAME2020/generic_model.pkl", "generic_model.npz"])
def test_a_folder_is_enough(name, tmp_path):
    path = tmp_path / "my models ü" / name
    path.parent.mkdir(parents=True)
    held = as_flame_holds_it(small(identities=100, expressions=50))
    path.write_bytes(npz(**held) if name.endswith("npz") else pickle.dumps(held))
    (path.parent / "FLAME_masks.pkl").write_bytes(b"no model")
    assert load_flame(tmp_path / "my models ü").name == path.stem


def test_of_several_the_most_usual_counts(tmp_path):
    content = pickle.dumps(as_flame_holds_it(small(identities=100, expressions=50)))
    for name in ("male_model.pkl", "flame2023_no_jaw.pkl", "generic_model.pkl", "female_model.pkl"):
        (tmp_path / name).write_bytes(content)
    assert load_flame(tmp_path).name == "generic_model"
    assert all(name == name.lower() for name in USUAL_NAMES)


def test_nothing_there(tmp_path):
    with pytest.raises(FlameError, match="there is no FLAME model at"):
        load_flame(tmp_path / "nowhere.pkl")
    with pytest.raises(FlameError, match=r"holds no FLAME model: put flame2023\.pkl"):
        load_flame(tmp_path)


def test_a_huge_file_is_not_read(tmp_path):
    path = tmp_path / "generic_model.pkl"
    with path.open("wb") as file:
        file.truncate(2**31)
    with pytest.raises(FlameError, match="larger than any FLAME model"):
        load_flame(path)


def test_an_archive_that_swells_is_not_unpacked(tmp_path):
    path = tmp_path / "flame2023.npz"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("f.npy", bytes(2**20))
    raw = bytearray(content.getvalue())
    # What the archive says of itself, not what is in it.
    for at in (raw.find(b"PK\x03\x04") + 22, raw.find(b"PK\x01\x02") + 24):
        raw[at : at + 4] = (2**31).to_bytes(4, "little")
    path.write_bytes(raw)
    with pytest.raises(FlameError, match="unpacks to more than any FLAME model"):
        load_flame(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04" + bytes(60), b"hello, I am a text\n", b"\x80\x02", npz(f=np.zeros(3))[:-40]])
@pytest.mark.parametrize("name", ["a.pkl", "a.npz", "a.safetensors"])
def test_not_a_model(name, content, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FlameError, match=r"cannot be read as a FLAME model|no FLAME model") as refused:
        load_flame(tmp_path / name)
    assert "\n" not in str(refused.value)


def test_an_archive_cut_or_spoilt(tmp_path):
    path = tmp_path / "a.npz"
    write_flame(small(), path)
    whole = path.read_bytes()
    for at in range(40, len(whole) - 30, max(1, len(whole) // 60)):
        for content in (whole[:at], whole[:at] + bytes(255 - byte for byte in whole[at : at + 4]) + whole[at + 4 :]):
            path.write_bytes(content)
            try:
                assert same(load_flame(path), small())
            except FlameError:
                continue


def test_objects_in_an_archive_are_refused(tmp_path):
    (tmp_path / "a.npz").write_bytes(npz(f=np.array([print, print], dtype=object)))
    with pytest.raises(FlameError, match=r"refused|Python objects"):
        load_flame(tmp_path / "a.npz")


SPOILT = {
    "no 'weights'": lambda held: held.pop("weights"),
    r"triangle that points outside its 30 vertices": lambda held: held.update(f=held["f"] + 30),
    r"needs triangles \[T, 3\]": lambda held: held.update(f=held["f"][:, :2]),
    "expression where": lambda held: held.update(shapedirs=held["shapedirs"][:20]),
    r"pose correctives \[30, 3, 27\] where \[30, 3, 36\]": lambda held: held.update(posedirs=held["posedirs"][..., :27]),
    "joint regressor": lambda held: held.update(J_regressor=sparse.csc_matrix(held["J_regressor"].toarray()[:, :20])),
    "weights of vertex 3 do not sum to one": lambda held: held["weights"].__setitem__(3, 0.3),
    "not finite among its template": lambda held: held["v_template"].__setitem__((0, 0), np.nan),
    "negative skinning weight": lambda held: held["weights"].__setitem__(0, [2, -1, 0, 0, 0]),
    "hang from no root": lambda held: held["kintree_table"].__setitem__((0, 1), 4),
    "'kintree_table' holds numbers that are not whole": lambda held: held.update(kintree_table=held["kintree_table"] + np.nan),
    "'f' holds numbers that are not whole": lambda held: held.update(f=held["f"] + 0.5),
    "'v_template' is": lambda held: held.update(v_template="text"),
    r"'shapedirs' is float64 \[30, 450\]": lambda held: held.update(shapedirs=held["shapedirs"].reshape(30, -1)),
}


@pytest.mark.parametrize("says", SPOILT)
def test_a_model_that_contradicts_itself(says, tmp_path):
    held = as_flame_holds_it(small(identities=100, expressions=50))
    SPOILT[says](held)
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(held))
    with pytest.raises(FlameError, match=says if "expression where" not in says else r"identity \[20, 3, 100\] where"):
        load_flame(tmp_path / "a.pkl")


def test_a_thousand_damaged_files(tmp_path):
    """Bytes changed, lost and put in, in every kind of file: read, or refused in a sentence."""
    model, draw = small(vertices=6, identities=100, expressions=50), random.Random(7)
    held = as_flame_holds_it(model)
    write_flame(model, tmp_path / "a.safetensors")
    files = [flame_2020(model), *(pickle.dumps(held, protocol) for protocol in (0, 2, 4, 5)), npz(**held)]
    kinds = [("a.pkl", content) for content in files] + [("a.safetensors", (tmp_path / "a.safetensors").read_bytes())]
    for _ in range(1000):
        name, whole = draw.choice(kinds)
        content = bytearray(whole)
        for _ in range(draw.choice([1, 1, 2, 5, 20])):
            at = draw.randrange(min(len(content), draw.choice([200, 2000, 10**9])))
            content[at : at + draw.choice([0, 1, 2, 8, 100])] = draw.choice(
                [b"", bytes([draw.randrange(256)]), b"R", b"b", b"0", b"h\x01", b"(", b"t"]
            )
        (tmp_path / name).write_bytes(content)
        try:
            assert np.isfinite(load_flame(tmp_path / name).template).all()
        except FlameError as error:
            assert "\n" not in str(error)


def test_a_model_is_its_own():
    source = small()
    template = np.array(source.template)
    model = replace(source, template=template)
    template[:] = 7
    assert np.array_equal(model.template, source.template)
    with pytest.raises(ValueError, match="read-only"):
        model.weights[0, 0] = 1
    assert isinstance(model, FlameModel)
    assert np.allclose(model.joints, model.joint_regressor @ model.template)
    with pytest.raises(FlameError, match="no joint 'tail'"):
        model.joint("tail")
