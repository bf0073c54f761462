"""Every call of the service, over real HTTP, with the real worker."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from pygltflib import GLTF2
from safetensors.numpy import load

from backend.emotion.direction import Curve, Direction, Guide
from backend.face.heads import mien_head
from backend.face.pose import pose
from backend.generators import DEFAULT
from backend.motion import RIGS, Motion, clamp, resample
from backend.perform import finish, perform
from backend.take import Take
from backend.version import VERSION
from tests.service.started import LINE, Service, until


def motion_in(content: bytes) -> Motion:
    """Read without a line of the service: eight bytes of length, a header, floats."""
    length = int.from_bytes(content[:8], "little")
    facts = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["motion"])
    assert tuple(facts["channels"]) == RIGS[facts["rig"]].names
    return Motion(RIGS[facts["rig"]], load(content)["motion"], Fraction(facts["rate"]))


@pytest.fixture(scope="module")
def take(service: Service, recording: str) -> dict:
    job = service.ended(service.perform(recording, label="first"))
    assert job["state"] == "done", job
    return service.get(f"/takes/{job['take']}")


def taken(service: Service, take: dict) -> Take:
    return Take.from_bytes(service.client.get(f"/takes/{take['id']}/take").content)


def test_hello_is_a_handshake(service):
    service.ready()
    found = service.get("/hello")
    assert (found["name"], found["api"], found["version"], found["pid"]) == ("mien", 1, VERSION, service.process.pid)
    assert {name: service.address[name] for name in ("api", "version", "pid")} == {"api": 1, "version": VERSION, "pid": found["pid"]}
    assert found["device"] in ("cpu", "cuda") and found["worker"] in ("ready", "busy")
    assert "edit" in found["capabilities"] and found["limits"]["takes"] > 0


def test_what_there_is_comes_from_the_registries(service):
    from backend.generators import GENERATORS
    from backend.generators.rules import RULES
    from exporters import EXPORTERS

    generators = service.get("/generators")
    assert [one["name"] for one in generators] == list(GENERATORS)
    assert [one["name"] for one in generators if one["default"]] == [DEFAULT]
    assert [one["name"] for one in generators[0]["settings"]] == [setting.name for setting in RULES.settings]
    rigs = {rig["name"]: rig["channels"] for rig in service.get("/rigs")}
    assert {name: tuple(channel["name"] for channel in channels) for name, channels in rigs.items()} == {n: RIGS[n].names for n in RIGS}
    assert {channel["region"] for channel in rigs["arkit"]} == set(RIGS["arkit"].regions)
    assert "happy" in [one["name"] for one in service.get("/emotions")]
    formats = service.get("/formats")
    assert [one["suffix"] for one in formats] == list(EXPORTERS) and all(one["summary"] for one in formats)


def test_a_performance_is_that_of_the_command_line_byte_for_byte(service, recording, short):
    asked = Direction(guides=(Guide("happy", 0.7, start=0.2),), intensity=Curve((0.0, 1.0), (0.2, 1.4)), rate=Fraction(25), seed=3)
    job = service.ended(service.perform(recording, direction=json.loads(asked.to_json())))
    found = service.client.get(f"/takes/{job['take']}/take").content
    assert found == perform(short, asked).take.to_bytes()


def test_the_facts_of_a_take(service, take, short):
    whole = taken(service, take)
    assert take["name"] == short.name and take["label"] == "first" and take["kept"] is False
    assert (take["frames"], take["rate"], take["rig"]) == (whole.motion.frames, "30", "arkit")
    assert take["seconds"] == pytest.approx(1.5) and (take["generator"], take["seed"]) == (DEFAULT, 0)
    assert take in service.get("/takes")


@pytest.mark.parametrize(("rig", "rate"), [("arkit", "24"), ("metahuman", "30"), ("flame", "29.97"), ("ctrl_expressions", "60")])
def test_motion_is_the_take_on_another_rig_and_rate(service, take, rig, rate):
    found = motion_in(service.client.get(f"/takes/{take['id']}/motion", params={"rig": rig, "rate": rate}).content)
    expected = finish(taken(service, take).motion, Direction(rig=rig, rate=found.rate))
    assert float(found.rate) == pytest.approx(float(rate), abs=0.01)
    assert np.array_equal(found.values, expected.values)


def test_a_part_of_a_motion_says_where_it_starts(service, take):
    def get(**window):
        return service.client.get(f"/takes/{take['id']}/motion", params={"rate": "24", **window})

    whole, part = motion_in(get().content), get(start=0.51, end=1.0).content
    facts = json.loads(json.loads(part[8 : 8 + int.from_bytes(part[:8], "little")])["__metadata__"]["motion"])
    assert facts["start"] == pytest.approx(13 / 24) and facts["rate"] == "24"
    assert np.array_equal(motion_in(part).values, whole.values[13:25])
    refused = get(start=1000)
    assert refused.status_code == 422 and refused.json()["error"]["code"] == "direction"


def test_vertices_are_the_posed_head(service, take):
    content = service.client.get(f"/takes/{take['id']}/vertices", params={"head": "mien", "rate": "10"}).content
    found, motion = load(content), resample(taken(service, take).motion, Fraction(10))
    expected = np.stack(list(pose(mien_head(), clamp(motion))))
    assert found["vertices"].dtype == np.float32 and np.array_equal(found["vertices"], expected)
    assert np.array_equal(found["faces"], mien_head().triangles)
    flame = load(service.client.get(f"/takes/{take['id']}/vertices", params={"head": "flame", "rate": "5"}).content)
    assert flame["vertices"].shape == (9, *mien_head().vertices.shape)
    # The FLAME layout describes the same head: vertex by vertex it stays within millimetres.
    assert np.abs(flame["vertices"][0] - found["vertices"][0]).max() < 0.02
    until(lambda: not list((service.state / "store" / "spool").iterdir()), 5, "what was sent to be removed")


def test_a_picture_of_a_frame(service, take):
    import io

    from PIL import Image

    first, later = (service.client.get(f"/takes/{take['id']}/frames/{n}.png", params={"size": 64}) for n in (0, 20))
    picture = Image.open(io.BytesIO(first.content))
    assert picture.size == (64, 64) and picture.format == "PNG" and first.content != later.content
    assert service.client.get(f"/takes/{take['id']}/frames/{take['frames']}.png").status_code == 422


@pytest.mark.parametrize("rate", ["24", "60"])
def test_an_edit_is_a_whole_performance_bit_for_bit(service, recording, short, rate):
    direction = {"guides": [{"value": "sad", "weight": 0.8}], "seed": 5, "settings": {"mouth": 1.3}}
    asked = {"recording": recording, "direction": direction, "rate": rate}
    found = motion_in(service.client.post("/edit", json=asked).raise_for_status().content)
    whole = perform(short, Direction((Guide("sad", 0.8),), generator=DEFAULT, seed=5, settings={"mouth": 1.3}, rate=Fraction(rate)))
    assert np.array_equal(found.values, whole.take.motion.values) and found.rate == Fraction(rate)


def test_an_edit_with_a_rate_of_its_own_is_the_take_resampled(service, recording):
    direction = {"rate": "30", "rig": "metahuman", "seed": 2}
    edited = service.client.post("/edit", json={"recording": recording, "direction": direction, "rate": "24"}).content
    job = service.ended(service.perform(recording, direction=direction))
    assert edited == service.client.get(f"/takes/{job['take']}/motion", params={"rig": "arkit", "rate": "24"}).content


def test_events_tell_the_stages_in_order_and_end(service, tmp_path):
    recording = service.upload(LINE)
    job = service.perform(recording, script="The words are others each time, so that they are heard anew.")
    told = list(service.events(job))
    stages = ["", "listen", "feel", "perform", "finish"]
    places = [(stages.index(one["stage"]), one["share"]) for one in told]
    assert places == sorted(places) and {one["id"] for one in told} == {job["id"]}
    assert [one["share"] for one in told] == sorted(one["share"] for one in told)
    states = [one["state"] for one in told]
    assert states[-1] == "done" and states[:-1] == sorted(states[:-1], key=["queued", "running"].index)
    assert list(service.events(job)) == told[-1:], "a job that has ended says so once"


def test_an_export_is_a_file(service, take):
    from exporters import EXPORTERS, Options

    answer = service.client.post("/jobs", json={"kind": "export", "take": take["id"], "format": "csv"})
    job = service.ended(answer.json())
    assert answer.status_code == 202 and job["state"] == "done", job
    assert service.get(f"/files/{job['file']}")["name"] == "short line.csv"
    content = service.client.get(f"/files/{job['file']}/content").content
    assert content == EXPORTERS[".csv"](taken(service, take), Options())


def test_a_stored_file_knows_its_length_and_is_stored_once(service, recording, short):
    import hashlib

    assert recording == hashlib.sha256(short.read_bytes()).hexdigest() == service.upload(short)
    found = service.get(f"/files/{recording}")
    assert (found["name"], found["size"], found["seconds"]) == (short.name, short.stat().st_size, pytest.approx(1.5))


def test_takes_are_added_named_and_removed(service, recording, tmp_path):
    made = service.ended(service.perform(recording, direction={"seed": 77}))["take"]
    content = service.client.get(f"/takes/{made}/take").content
    added = service.client.post("/takes", content=content)
    again = service.client.post("/takes", content=content).json()
    assert added.status_code == 201 and again == added.json() and again["seed"] == 77
    changed = service.client.put(f"/takes/{again['id']}", json={"label": "der müde", "kept": True}).json()
    assert (changed["label"], changed["kept"]) == ("der müde", True) and service.get(f"/takes/{again['id']}") == changed
    for name, status in ((made, 410), (again["id"], 404)):
        assert service.client.delete(f"/takes/{name}").status_code == 200
        assert service.client.get(f"/takes/{name}").status_code == status, "a job's take is known to be gone"
    damaged = service.client.post("/takes", content=content[:-100])
    assert damaged.status_code == 422 and damaged.json()["error"]["code"] == "take"


def test_matching_names_what_carries_each_channel(service):
    meshes = [{"name": "Face", "shapes": ["jawOpen", "mouthSmile_L", "browInerUp"]}, {"name": "Teeth", "shapes": ["jawOpen"]}]
    found = service.client.post("/match", json={"meshes": meshes, "bones": ["Head"]}).json()
    assert [(part["mesh"], part["shape"], part["scale"]) for part in found["channels"]["jawOpen"]] == [
        ("Face", "jawOpen", 1.0),
        ("Teeth", "jawOpen", 1.0),
    ]
    assert found["channels"]["mouthSmileLeft"][0]["shape"] == "mouthSmile_L"
    assert found["guessed"] == ["browInnerUp"] and found["channels"]["browInnerUp"][0]["score"] < 1
    assert "tongueOut" in found["missing"] and "Head" in found["bones"]


def test_the_head_reads_back_as_it_is(service, tmp_path: Path):
    path = tmp_path / "head.glb"
    path.write_bytes(service.client.get("/head.glb").content)
    found, face = GLTF2().load(str(path)), mien_head()
    names = found.meshes[0].extras["targetNames"]
    assert names == list(face.shapes) and len(found.meshes[0].primitives[0].targets) == len(names)

    def array(number: int) -> np.ndarray:
        view = found.bufferViews[found.accessors[number].bufferView]
        data = found.binary_blob()[view.byteOffset : view.byteOffset + view.byteLength]
        return np.frombuffer(data, "<f4").reshape(found.accessors[number].count, -1)

    first = found.meshes[0].primitives[0]
    assert np.array_equal(array(first.attributes.POSITION), face.vertices)
    jaw = first.targets[names.index("jawOpen")]["POSITION"]
    assert np.array_equal(array(jaw), face.shapes["jawOpen"])
    assert {found.nodes[number].name for number in found.skins[0].joints} == {joint.name for joint in face.joints}


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"direction": {"guides": [{"value": "hapy"}]}}, "direction"),
        ({"script": "hello", "textgrid": "RECORDING"}, "direction"),
        ({"direction": {"generator": "rulez"}}, "direction"),
        ({"direction": {"rate": "fast"}}, "direction"),
        ({"direction": {"intensity": {"times": [0], "values": [9]}}}, "direction"),
        ({"direction": {"seeds": 1}}, "direction"),
        ({"direction": {"seed": -1}}, "input"),
        ({"recording": "0" * 64}, "not_found"),
        ({"textgrid": "RECORDING"}, "textgrid"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(service, recording, request_, code):
    plain = json.loads(json.dumps({"recording": recording} | request_).replace("RECORDING", recording))
    answer = service.client.post("/jobs", json={"kind": "perform"} | plain)
    error = answer.json()["error"] if answer.status_code != 202 else service.ended(answer.json())["error"]
    assert error["code"] == code and error["message"].endswith((".", "?")), error
    edited = service.client.post("/edit", json=plain)
    assert edited.json()["error"] == error and edited.status_code in (404, 422)


def test_noise_that_is_no_recording_fails_its_job_alone(service, tmp_path, recording):
    bad = tmp_path / "noise.wav"
    bad.write_bytes(b"RIFF" + bytes(range(256)) * 40)
    name = service.upload(bad)
    job, next_one = service.perform(name), service.perform(recording)
    assert service.ended(job)["error"]["code"] == "audio" and service.ended(next_one)["state"] == "done"
    assert service.get(f"/files/{name}")["seconds"] is None
