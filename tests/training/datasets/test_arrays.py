"""Sets of arrays: ARKit curves, FACEGOOD's channels, FLAME parameters and moving vertices."""

import pickle
from fractions import Fraction

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from backend.errors import DirectionError, InputError
from backend.motion.arkit import ARKIT
from backend.motion.flame import FLAME
from backend.training.datasets import LAYOUTS, load
from backend.training.datasets.facegood import sources
from backend.training.datasets.files import read_arrays
from exporters import Options
from exporters.npz import npz
from tests.training.datasets.test_livelink import take

RATE = Fraction(25)


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was run",))


# ------------------------------------------------------------------------------------------------------------------- ARKit


def test_an_exported_npz_comes_back_as_it_was(tmp_path):
    sent = take(40, Fraction(30000, 1001))
    (tmp_path / "anna").mkdir()
    (tmp_path / "anna" / "one.npz").write_bytes(npz(sent, Options()))
    (tmp_path / "anna" / "one.wav").write_bytes(b"RIFF")
    (clip,) = load("arkit", tmp_path)
    np.testing.assert_array_equal(clip.motion.values, sent.motion.values)
    assert (clip.rate, clip.speaker, clip.name, clip.audio.name) == (sent.motion.rate, "anna", "anna/one", "one.wav")


def test_columns_go_by_name_whatever_their_order_and_spelling(tmp_path):
    order = np.random.default_rng(1).permutation(52)
    names = [ARKIT.names[i] for i in order]
    spelled = [name[0].upper() + name[1:].replace("Left", "_L").replace("Right", "_R") if i % 2 else name for i, name in enumerate(names)]
    values = np.random.default_rng(2).uniform(0, 1, (10, 52)).astype(np.float32)
    # jawLeft and mouthLeft carry their side in the name itself.
    spelled = [
        name if name in ("jawLeft", "jawRight", "mouthLeft", "mouthRight") else new for name, new in zip(names, spelled, strict=True)
    ]
    np.savez(tmp_path / "x.npz", weights=values, names=np.array(spelled))
    (clip,) = load("arkit", tmp_path, rate=RATE)
    for column, name in enumerate(names):
        np.testing.assert_array_equal(clip.motion[name], values[:, column], err_msg=name)


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"values": np.zeros((3, 52))}, "names of its channels"),
        ({"values": np.zeros((3, 52)), "channels": np.array(["a", "b"])}, "names 2 channels"),
        ({"values": np.zeros((3, 52)), "channels": np.array([f"c{i}" for i in range(52)])}, "0 of ARKit's 52"),
        ({"values": np.zeros((3, 54)), "channels": np.array(ARKIT.names[:54])}, "frame rate"),
        ({"values": np.array([Bomb()], object), "channels": np.array(["a"])}, "never unpickles"),
    ],
)
def test_arrays_that_cannot_be_told_apart_are_refused(tmp_path, arrays, says):
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(InputError, match=says):
        list(load("arkit", tmp_path, rate=None if says == "frame rate" else RATE))


# ---------------------------------------------------------------------------------------------------------------- FACEGOOD


def test_facegood_s_real_takes_open_the_jaw_when_it_is_loud(shared_data):
    from backend.speech.decode import decode
    from backend.speech.prosody import prosody

    clips = list(load("facegood", shared_data / "capture" / "facegood"))
    assert len(clips) == 4 and {clip.rate for clip in clips} == {Fraction(30)}
    for clip in clips:
        samples = decode(clip.audio)
        assert abs(len(samples) / 16000 - clip.motion.duration) < 2
        loud = 10 ** (prosody(samples).loudness / 20)
        at = np.interp(clip.motion.times - 1 / 30, np.arange(len(loud)) / 100, loud)  # keyed a frame late
        heard = {name: np.corrcoef(at, clip.motion[name])[0, 1] for name in ARKIT.names if clip.motion[name].std() > 0.01}
        assert heard["jawOpen"] > 0.5
        assert all(clip.motion[f"{stem}Left"].max() > 0 for stem in ("mouthLowerDown", "mouthUpperUp"))


def test_every_facegood_column_goes_to_its_own_side(shared_data, tmp_path):
    with np.load(shared_data / "capture" / "facegood" / "1114_2_01.npz") as stored:
        names = [str(name) for name in stored["names"]]
    wanted = sources()
    assert set(wanted) <= set(ARKIT.names)
    assert {column for columns in wanted.values() for column in columns} <= set(names)
    np.savez(tmp_path / "x.npz", weights=np.eye(len(names)), names=np.array(names), fps=np.array(30.0))
    (clip,) = load("facegood", tmp_path)
    for channel, columns in wanted.items():
        assert {names[i] for i in np.flatnonzero(clip.motion[channel])} == set(columns), channel
        if channel in ARKIT and ARKIT[channel].side != "centre":
            assert len({column[-1] for column in columns}) == 1


# ------------------------------------------------------------------------------------------------------------------- FLAME

T = 12
RANDOM = np.random.default_rng(5)
EXP, SHAPE = RANDOM.normal(size=(T, 50)), np.repeat(RANDOM.normal(size=(1, 100)), T, axis=0)
TURN = {joint: RANDOM.normal(0, 0.2, (T, 3)) for joint in ("global", "neck", "jaw", "leftEye", "rightEye")}
POSE = np.concatenate([TURN["global"], TURN["jaw"]], axis=1)
EYES = np.concatenate([TURN["leftEye"], TURN["rightEye"]], axis=1)
FULL = np.concatenate([TURN[joint] for joint in ("global", "neck", "jaw", "leftEye", "rightEye")], axis=1)
HEAD = (Rotation.from_rotvec(TURN["global"]) * Rotation.from_rotvec(TURN["neck"])).as_rotvec()


def six(vectors):
    return Rotation.from_rotvec(vectors).as_matrix()[:, :2].reshape(len(vectors), 6)


WRITTEN = {
    "DECA": {"shape": SHAPE, "exp": EXP, "pose": POSE},
    "EMOCA": {"shapecode": SHAPE, "expcode": EXP, "posecode": POSE, "detailcode": np.zeros((T, 128))},
    "SMIRK": {
        "shape_params": SHAPE, "expression_params": EXP, "pose_params": TURN["global"], "jaw_params": TURN["jaw"],
        "eyelid_params": np.zeros((T, 2)), "cam": np.zeros((T, 3)),
    },
    "a batch of one": {"exp": EXP[:, None], "pose": POSE[:, None], "shape": SHAPE[:, None]},
    "3DXTalker": {"flame_params": np.concatenate([SHAPE, EXP, POSE, np.zeros((T, 128))], axis=1)},
    "6-d pose": {"exp": EXP, "pose": np.concatenate([six(TURN["global"]), six(TURN["jaw"])], axis=1)},
}  # fmt: skip
WHOLE = {
    "VHAP": {
        "shape": SHAPE[0], "expr": np.pad(EXP, ((0, 0), (0, 50))), "rotation": TURN["global"], "neck_pose": TURN["neck"],
        "jaw_pose": TURN["jaw"], "eyes_pose": EYES, "translation": np.ones((T, 3)),
    },
    "15": {"exp": EXP, "pose": FULL},
    "18": {"exp": EXP, "pose": np.concatenate([FULL, np.ones((T, 3)) * 0.3], axis=1)},
    "30": {"exp": EXP, "full_pose": np.concatenate([six(TURN[j]) for j in ("global", "neck", "jaw", "leftEye", "rightEye")], axis=1)},
}  # fmt: skip
JAW_EYES = {
    "metrical": {"exp": EXP, "jaw": six(TURN["jaw"]), "eyes": np.concatenate([six(TURN["leftEye"]), six(TURN["rightEye"])], axis=1)},
    "18 of 6-d": {"exp": EXP, "pose": np.concatenate([six(TURN[j]) for j in ("jaw", "leftEye", "rightEye")], axis=1)},
}


def axes(motion, joint):
    return motion.pick(tuple(f"{joint}{axis}" for axis in "XYZ"))


def read(tmp_path, arrays):
    np.savez(tmp_path / "x.npz", **arrays)
    (clip,) = load("flame", tmp_path, rate=RATE)
    assert clip.motion.rig is FLAME
    np.testing.assert_allclose(clip.motion.values[:, :50], EXP, atol=1e-6)
    return clip


@pytest.mark.parametrize("tracker", WRITTEN)
def test_what_trackers_write_with_head_and_jaw(tmp_path, tracker):
    clip = read(tmp_path, WRITTEN[tracker])
    np.testing.assert_allclose(axes(clip.motion, "neck"), TURN["global"], atol=1e-6)
    np.testing.assert_allclose(axes(clip.motion, "jaw"), TURN["jaw"], atol=1e-6)
    assert not axes(clip.motion, "leftEye").any()
    if tracker != "6-d pose":
        np.testing.assert_allclose(clip.identity, SHAPE[0], atol=1e-6)


@pytest.mark.parametrize("tracker", WHOLE)
def test_what_trackers_write_with_all_joints_the_head_turned_by_body_and_neck(tmp_path, tracker):
    clip = read(tmp_path, WHOLE[tracker])
    np.testing.assert_allclose(axes(clip.motion, "neck"), HEAD, atol=1e-6)
    for joint in ("jaw", "leftEye", "rightEye"):
        np.testing.assert_allclose(axes(clip.motion, joint), TURN[joint], atol=1e-6)


@pytest.mark.parametrize("tracker", JAW_EYES)
def test_what_trackers_write_as_six_numbers_a_turn(tmp_path, tracker):
    clip = read(tmp_path, JAW_EYES[tracker])
    for joint in ("jaw", "leftEye", "rightEye"):
        np.testing.assert_allclose(axes(clip.motion, joint), TURN[joint], atol=1e-6)
    assert not axes(clip.motion, "neck").any()


def test_a_folder_of_arrays_is_one_sequence(tmp_path):
    home = tmp_path / "anna" / "line"
    home.mkdir(parents=True)
    for name, array in {"exp": EXP, "pose": POSE, "shape": SHAPE}.items():
        np.save(home / f"{name}.npy", array)
    (clip,) = load("flame", tmp_path, rate=RATE)
    assert (clip.name, clip.speaker, clip.frames) == ("anna/line", "anna", T)


def test_half_an_animation_of_the_model_is_the_same_as_the_one_written(tmp_path):
    """Through Mien's FLAME skinning: a jaw that opens in DECA's numbers opens in the rig."""
    clip = read(tmp_path, {"exp": EXP, "pose": np.repeat([[0, 0.3, 0, 0.25, 0, 0]], T, axis=0)})
    assert np.allclose(clip.motion["jawX"], 0.25) and np.allclose(clip.motion["neckY"], 0.3)


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"pose": POSE}, "no expression coefficients"),
        ({"exp": EXP, "pose": POSE[:, :4]}, "a pose of 4 numbers"),
        ({"exp": EXP, "pose": POSE[:5]}, "12 frames of expression and 5 of global"),
        ({"motion": np.zeros((T, 77))}, "77 numbers a frame"),
        ({"exp": np.full((T, 50), np.nan)}, "not finite"),
    ],
)
def test_parameters_that_fit_no_layout_are_told(tmp_path, arrays, says):
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(InputError, match=says):
        list(load("flame", tmp_path, rate=RATE))


# ---------------------------------------------------------------------------------------------------------------- vertices

SPEAKER = "FaceTalk_170728_03272_TA"


def vocaset(folder, vertices=30):
    random = np.random.default_rng(0)
    template = random.uniform(-0.1, 0.1, (vertices, 3)).astype(np.float32)
    moving = template + random.normal(0, 0.001, (9, vertices, 3)).astype(np.float32)
    for name in ("vertices_npy", "wav", "templates"):
        (folder / name).mkdir()
    np.save(folder / "vertices_npy" / f"{SPEAKER}_sentence07.npy", moving.reshape(9, -1))
    (folder / "wav" / f"{SPEAKER}_sentence07.wav").write_bytes(b"RIFF")
    np.save(folder / "templates" / f"{SPEAKER}.npy", template)
    return moving, template


def test_vocaset_s_layout(tmp_path):
    moving, template = vocaset(tmp_path)
    (clip,) = load("vertices", tmp_path)
    np.testing.assert_array_equal(clip.vertices, moving)
    np.testing.assert_array_equal(clip.template, template)
    assert (clip.speaker, clip.sentence, clip.rate, clip.audio.parent.name, clip.motion) == (SPEAKER, "sentence07", 60, "wav", None)


def test_templates_may_be_meshes_or_one_file(tmp_path):
    import trimesh

    _, template = vocaset(tmp_path)
    faces = np.arange(30).reshape(-1, 3)
    (tmp_path / "templates" / f"{SPEAKER}.npy").unlink()
    trimesh.Trimesh(template, faces, process=False).export(tmp_path / "templates" / f"{SPEAKER}.ply")
    (clip,) = load("vertices", tmp_path)
    np.testing.assert_allclose(clip.template, template, atol=1e-6)
    np.savez(tmp_path / "templates.npz", **{SPEAKER: template + 1})
    (clip,) = load("vertices", tmp_path)
    np.testing.assert_allclose(clip.template, template + 1)


def test_a_pickle_is_refused_with_the_way_to_convert_it_and_never_run(tmp_path):
    vocaset(tmp_path)
    (tmp_path / "templates" / f"{SPEAKER}.npy").unlink()
    (tmp_path / "templates.pkl").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(InputError, match=r"a program that Mien does not run.*savez\(r'templates.npz'"):
        list(load("vertices", tmp_path))
    with pytest.raises(InputError, match="does not run"):
        read_arrays(tmp_path / "templates.pkl")


def test_vertices_of_another_mesh_in_millimetres_or_without_a_rate(tmp_path):
    moving, template = vocaset(tmp_path)
    np.save(tmp_path / "templates" / f"{SPEAKER}.npy", template[:12])
    with pytest.raises(InputError, match="moves 30 vertices and its template has 12"):
        list(load("vertices", tmp_path))
    np.save(tmp_path / "vertices_npy" / f"{SPEAKER}_sentence07.npy", moving * 1000)
    with pytest.raises(InputError, match="give metres"):
        list(load("vertices", tmp_path))
    (tmp_path / "vertices_npy" / f"{SPEAKER}_sentence07.npy").unlink()
    np.save(tmp_path / "vertices_npy" / "anna_01.npy", moving)
    with pytest.raises(InputError, match="frame rate"):
        list(load("vertices", tmp_path))


def test_layouts_are_listed_and_a_wrong_one_is_told(tmp_path):
    assert all(callable(LAYOUTS[name]) for name in LAYOUTS)
    with pytest.raises(DirectionError, match="did you mean 'livelink'"):
        load("livelnk", tmp_path)
    with pytest.raises(InputError, match="no folder"):
        load("arkit", tmp_path / "none")
