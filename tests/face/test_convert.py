"""From rig to rig by the shortest way, and to vertices and back."""

import numpy as np
import pytest

from backend.errors import DirectionError, FaceError
from backend.face.convert import STEPS, convert
from backend.face.heads import mien_head
from backend.face.metahuman.expressions import metahuman_to_expressions
from backend.face.pose import posed
from backend.face.solve import Settings, solve
from backend.face.vertices import Vertices, read_npz, to_npz, vertices_of
from backend.motion import RIGS, Channel, Motion, Rig, parse_rate
from backend.motion.arkit import APPLE_52
from tests.exporters.takes import random_motion


def calm(frames=20, seed=0):
    """Faces that a character can make: few shapes at a time."""
    motion = random_motion(frames, seed=seed)
    keep = np.random.default_rng(seed).choice(APPLE_52, 5, replace=False)
    return motion.with_curves({name: np.zeros(frames, np.float32) for name in motion.rig.names if name not in keep})


def test_every_step_leads_from_a_rig_to_a_rig():
    for name in STEPS:
        before, _, after = name.partition(" to ")
        assert before in RIGS
        assert after in RIGS


@pytest.mark.parametrize("rig", RIGS)
def test_a_motion_on_its_rig_is_left_alone(rig):
    motion = Motion(RIGS[rig], np.zeros((3, len(RIGS[rig])), np.float32), parse_rate("30"))
    assert convert(motion, rig) is motion


def test_native_detail_does_not_pass_through_the_hub():
    """The 174 controls go to curves directly, although both are linked to ``arkit``."""
    rng = np.random.default_rng(0)
    rig = RIGS["metahuman"]
    low, high = np.array([c.low for c in rig.channels]), np.array([c.high for c in rig.channels])
    motion = Motion(rig, rng.uniform(low, high, (5, len(rig))).astype(np.float32), parse_rate("60"))
    np.testing.assert_array_equal(convert(motion, "ctrl_expressions").values, metahuman_to_expressions(motion).values)


@pytest.mark.parametrize("rig", ["metahuman", "ctrl_expressions"])
def test_there_and_back(rig):
    motion = calm()
    there = convert(motion, rig)
    assert (there.rig, there.rate, there.frames) == (RIGS[rig], motion.rate, motion.frames)
    # Opposed shapes, such as jaw left and right, keep their difference alone.
    back = convert(there, "arkit")
    kept = [name for name in APPLE_52 if name != "mouthClose"]
    again = convert(convert(back, rig), "arkit")
    np.testing.assert_allclose(again.pick(kept), back.pick(kept), atol=1e-3)


def test_a_rig_that_nothing_leads_to():
    strange = Motion(Rig("strange", (Channel("a", "jaw"),)), np.zeros((1, 1), np.float32), parse_rate("30"))
    with pytest.raises(DirectionError, match="nothing leads from rig 'strange' to rig 'arkit'"):
        convert(strange, "arkit")
    with pytest.raises(DirectionError, match="did you mean 'metahuman'"):
        convert(calm(), "metahumen")


def test_vertices_are_written_and_read_exactly(tmp_path):
    found = vertices_of(mien_head(), calm(4))
    path = tmp_path / "v.npz"
    path.write_bytes(to_npz(found))
    read = read_npz(path)
    np.testing.assert_array_equal(read.positions, found.positions)
    np.testing.assert_array_equal(read.triangles, found.triangles)
    assert read.rate == found.rate
    assert to_npz(found) == to_npz(Vertices(found.positions.copy(), found.triangles, found.rate))


def test_weights_come_back_from_vertices():
    motion = calm(12, seed=3)
    found = solve(mien_head(), vertices_of(mien_head(), motion).positions, motion.rate, Settings(smoothness=0))
    face = mien_head()
    for frame in (0, 7, 11):
        wanted, got = (posed(face, dict(zip(m.rig.names, m.values[frame], strict=True))) for m in (motion, found.motion))
        assert np.abs(wanted - got).max() < 1e-4  # a tenth of a millimetre


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"fps": np.array(30.0)}, "holds no vertices in time"),
        ({"vertices": np.zeros((2, 5, 3))}, "holds no vertices in time"),
        ({"vertices": np.zeros((5, 3)), "fps": np.array(30.0)}, "must be finite numbers"),
        ({"vertices": np.full((1, 5, 3), np.nan), "fps": np.array(30.0)}, "must be finite numbers"),
        ({"vertices": np.array(["a"]), "fps": np.array(30.0)}, "cannot be read"),
        ({"vertices": np.zeros((1, 5, 3)), "rate": np.array("never")}, "frame rate"),
    ],
)
def test_what_holds_no_vertices(tmp_path, arrays, message):
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises((FaceError, DirectionError), match=message):
        read_npz(tmp_path / "x.npz")


def test_pickles_and_damage_are_refused(tmp_path):
    with pytest.raises(FaceError, match="there is no file"):
        read_npz(tmp_path / "none.npz")
    np.savez(tmp_path / "p.npz", vertices=np.array([{}], dtype=object), fps=np.array(30.0))
    (tmp_path / "d.npz").write_bytes(b"PK\3\4 no")
    for name in ("p.npz", "d.npz"):
        with pytest.raises(FaceError, match=r"cannot be read as an \.npz without pickles"):
            read_npz(tmp_path / name)
