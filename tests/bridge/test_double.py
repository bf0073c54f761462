"""The double says what the service says, and its faults are those a host has to live with."""

import json
import struct
import zlib

import numpy as np
import pytest

from addon.bridge import ServiceError
from addon.bridge.double import Double
from addon.bridge.double_facts import EMOTIONS, GENERATORS, RIGS
from addon.bridge.double_work import CRASH
from backend.motion import RIGS as THEIRS

HAPPY = {"guides": [{"kind": "label", "value": "joy"}]}


@pytest.fixture
def double():
    return Double()


@pytest.fixture
def id(double, recording):
    return double.upload(str(recording))


def table(motion):
    return np.frombuffer(motion.data, "<f4").reshape(motion.frames, len(motion.channels))


@pytest.mark.parametrize("rig", RIGS, ids=lambda rig: rig["name"])
def test_its_rigs_are_miens(rig):
    theirs = THEIRS[rig["name"]].channels
    assert [(c["name"], c["region"], c["side"], c["low"], c["high"], c["unit"]) for c in rig["channels"]] == [
        (c.name, c.region, str(c.side), c.low, c.high, str(c.unit)) for c in theirs
    ]


def test_its_emotions_are_miens():
    from backend.emotion.presets import emotions

    assert {emotion["name"] for emotion in EMOTIONS} <= set(emotions())


def test_exactly_one_generator_is_the_default():
    assert [generator["name"] for generator in GENERATORS if generator["default"]] == ["rules"]


def test_motions_stay_within_their_rig_whatever_is_asked(double, id):
    wild = {
        "guides": [{"value": "joy", "weight": 2.0}],
        "intensity": {"times": [0.0, 1.0], "values": [0.0, 2.0]},
        "settings": {"mouth": 2.0},
    }
    for rig in RIGS:
        values = table(double.edit(id, wild, rig["name"]))
        assert (values >= np.float32([channel["low"] for channel in rig["channels"]])).all()
        assert (values <= np.float32([channel["high"] for channel in rig["channels"]])).all()


def test_motions_answer_to_seed_intensity_guides_and_time(double, id):
    plain = table(double.edit(id, {}))
    assert (table(double.edit(id, {})) == plain).all()
    assert (table(double.edit(id, {"seed": 1})) != plain).any()
    assert not table(double.edit(id, {"intensity": {"times": [0.0], "values": [0.0]}})).any()
    assert not table(double.edit(id, {"generator": "still"})).any()
    half = double.edit(id, {"intensity": {"times": [0.0, 1.0], "values": [0.0, 1.0]}})
    assert half.column("jawOpen")[12] == pytest.approx(double.edit(id, {}).column("jawOpen")[12] / 2)


def test_frames_are_where_the_rate_puts_them(double, id):
    whole = double.edit(id, {}, rate="30000/1001")
    part = double.edit(id, {}, rate="30000/1001", start=0.5, end=0.8)
    first = 15  # the first frame at or after half a second
    assert part.start == pytest.approx(first * 1001 / 30000)
    assert (table(part) == table(whole)[first : first + part.frames]).all()
    assert (part.frames, whole.frames) == (9, 30)
    with pytest.raises(ServiceError):
        double.edit(id, {}, start=0.6, end=0.5)
    for rate in ("0", "fast", "1e9999999"):
        with pytest.raises(ServiceError):
            double.edit(id, {}, rate=rate)


def test_a_job_moves_when_it_is_looked_at(double, id):
    job = double.perform(id, HAPPY)
    seen = [double.job(job.id) for _ in range(6)]
    assert [state.state for state in seen] == ["running"] * 4 + ["done"] * 2
    assert len(double.takes()) == 1


def test_crash_cancel_death_version_and_single_errors(double, id):
    double.faults.crash_at = 0.25
    assert [job.state for job in double.watch(double.perform(id, {}).id)] == ["running", "failed"]
    double.faults.cancel_at = 0.75
    *_, job = double.watch(double.perform(id, {}).id)
    assert (job.state, job.share, job.error) == ("cancelled", 0.75, None)
    *_, job = double.watch(double.perform(id, {}).id)
    assert job.state == "done"  # each happens once
    double.faults.errors["motion"] = CRASH
    with pytest.raises(ServiceError, match="worker stopped"):
        double.motion(job.take)
    assert double.motion(job.take).frames
    double.faults.version = "0.0.1"
    with pytest.raises(ServiceError) as caught:
        double.hello()
    assert caught.value.code == "version"
    double.faults.version, double.faults.dead = "", True
    with pytest.raises(ServiceError) as caught:
        double.hello()
    assert caught.value.code == "stopped"


def test_dying_while_a_job_is_watched(double, id):
    watched = double.watch(double.perform(id, {}).id)
    next(watched)
    double.faults.dead = True
    with pytest.raises(ServiceError, match="not running any more"):
        list(watched)


def test_wrong_wishes_are_refused_as_the_service_does(double, id):
    for direction in ({"guides": [{"kind": "label", "value": "hapy"}]}, {"generator": "none"}):
        with pytest.raises(ServiceError) as caught:
            double.perform(id, direction)
        assert caught.value.code == "direction"
    for call in (double.perform, double.edit):
        with pytest.raises(ServiceError) as caught:
            call("0" * 64, {})
        assert caught.value.code == "not_found"


def test_what_a_host_does_to_an_answer_changes_nothing(double):
    double.rigs()[0]["channels"].clear()
    assert len(double.rigs()[0]["channels"]) == 63


def test_a_take_that_is_none_is_refused(double, id):
    for data in (b"", b"x" * 100):
        with pytest.raises(ServiceError) as caught:
            double.add_take(data)
        assert caught.value.code == "take"


def test_its_head_is_a_glb_with_arkits_shapes(double, tmp_path):
    import pygltflib

    (tmp_path / "head.glb").write_bytes(double.head())
    scene = pygltflib.GLTF2().load(str(tmp_path / "head.glb"))
    names = scene.meshes[0].extras["targetNames"]
    assert len(names) == len(set(names)) == len(scene.meshes[0].primitives[0].targets) == 54
    import trimesh

    assert trimesh.load(tmp_path / "head.glb", force="mesh").is_watertight


def test_its_pictures_are_pictures(double, id):
    *_, job = double.watch(double.perform(id, {}).id)
    data = double.frame(job.take, 20, 32)
    assert struct.unpack(">II", data[16:24]) == (32, 32)
    assert zlib.decompress(data[41:-16])[1] == 255 * 20 // double.take(job.take)["frames"]
    from io import BytesIO

    from PIL import Image

    assert Image.open(BytesIO(data)).getpixel((5, 5)) == 255 * 20 // double.take(job.take)["frames"]


def test_what_it_says_can_be_sent(double, id):
    for answer in (double.hello(), double.generators(), double.rigs(), double.match([{"name": "a", "shapes": ["jawOpen"]}], ["head"])):
        assert json.loads(json.dumps(answer)) == answer
