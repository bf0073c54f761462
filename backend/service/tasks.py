"""What the worker can do: each verb takes what the service sent and gives plain data back."""

import io
import json
import shutil
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from backend.emotion.direction import Direction
from backend.generators import DEFAULT, GENERATORS
from backend.perform import Watch, heard, performed
from backend.service.directions import unread
from backend.service.kept import Kept
from backend.service.motion_bytes import fitted, mesh_sequence, packed
from backend.speech.speech import Speech

if TYPE_CHECKING:
    from collections.abc import Iterator

    from backend.emotion.pictures import Read
    from backend.motion import Motion

Asked = Mapping[str, Any]
Verb = Callable[[Asked, Kept, Watch], dict[str, Any]]


def perform(asked: Asked, kept: Kept, watch: Watch) -> dict[str, Any]:
    """The take lies at ``asked["to"]`` when this is done."""
    direction, notes = _direction(asked)
    speech = _speech(asked, kept, watch)
    performed(speech, direction, asked["name"], watch).write(Path(asked["to"]))
    return {"notes": [*speech.notes, *notes]}


def edit(asked: Asked, kept: Kept, watch: Watch) -> dict[str, Any]:
    direction, _ = _direction(asked)
    take = performed(_speech(asked, kept, watch), direction, asked["name"], watch)
    return {"motion": packed(fitted(take.motion, asked["rig"], asked["rate"]), asked["start"], asked["end"])}


def export(asked: Asked, kept: Kept, watch: Watch) -> dict[str, Any]:
    """The file lies at ``asked["to"]`` when this is done."""
    import exporters
    from backend.take import Take

    notes: list[str] = []
    with _named(asked["head"]) as head:
        options = exporters.Options(
            head=head,
            speech=_speech(asked, kept, watch) if asked["audio"] else None,
            progress=lambda share: watch("write", share),
            note=notes.append,
        )
        watch("write", 0.0)
        exporters.export(Take.read(Path(asked["take"])), Path(asked["to"]), options)
    return {"notes": notes}


def seconds(asked: Asked, kept: Kept, watch: Watch) -> dict[str, Any]:
    from backend.speech.decode import decode
    from backend.speech.speech import SAMPLE_RATE

    return {"seconds": len(decode(Path(asked["audio"]))) / SAMPLE_RATE}


def picture(asked: Asked, kept: Kept, watch: Watch) -> dict[str, Any]:
    from PIL import Image

    from backend.face.heads import mien_head
    from backend.face.pose import pose
    from backend.face.render import View, render

    face, size = mien_head(), asked["size"]
    vertices = next(pose(face, fitted(_motion(asked, asked["frame"]), "arkit", None)))
    content = io.BytesIO()
    Image.fromarray(render(face, vertices, View((size, size), zoom=1.2))).save(content, "PNG")
    return {"png": content.getvalue()}


def vertices(asked: Asked, kept: Kept, watch: Watch) -> dict[str, Any]:
    """The mesh of every frame, as safetensors at ``asked["to"]``: too large for one message."""
    from backend.face.flame.skinning import pose as pose_flame
    from backend.face.heads import mien_head
    from backend.face.heads.layout import mien_flame
    from backend.face.pose import pose

    head = mien_head()
    flame = asked["head"] == "flame"
    motion = fitted(_motion(asked), "flame" if flame else "arkit", asked["rate"])
    frames: Iterator[Any] = pose_flame(mien_flame(), motion) if flame else pose(head, motion)
    triangles = mien_flame().triangles if flame else head.triangles
    with Path(asked["to"]).open("wb") as file:
        for part in mesh_sequence(frames, motion.frames, len(head.vertices), triangles, str(motion.rate)):
            file.write(part)
            watch("pose", 0.0)
    return {}


VERBS: Mapping[str, Verb] = {verb.__name__: verb for verb in (perform, edit, export, seconds, picture, vertices)}


def facts() -> dict[str, Any]:
    """What the service tells about generators. Their modules may be heavy, so that only the worker looks."""
    found = [GENERATORS[name] for name in GENERATORS]
    return {
        "generators": [
            {
                "name": one.name,
                "summary": one.summary,
                "rig": one.rig,
                "default": one.name == DEFAULT,
                "guides": list(one.guides),
                "settings": [asdict(setting) for setting in one.settings],
            }
            for one in found
        ]
    }


def warm() -> str:
    """Load what every recording needs; the device it runs on."""
    from backend.encoders.device import chosen
    from backend.speech.hearing.posteriors import shipped

    shipped()
    return chosen()


def _speech(asked: Asked, kept: Kept, watch: Watch) -> Speech:
    audio, script, language, textgrid = (asked[name] for name in ("audio", "script", "language", "textgrid"))
    by_hand = Path(textgrid) if textgrid else None
    return kept.get((audio, script, language, textgrid), lambda: heard(Path(audio), script, language, by_hand, watch))


def _direction(asked: Asked) -> tuple[Direction, list[str]]:
    """What is asked for, its pictures read as the generator reads them, and what is to be noted about those."""
    plain, notes, guides = asked["direction"], list[str](), []
    for guide in plain["guides"]:
        if unread(guide):
            by = GENERATORS[plain["generator"]].pictures
            found = _picture(asked["pictures"][guide["value"]]["path"], asked["pictures"][guide["value"]]["name"], by)
            guide = guide | {"value": found.name, "features": found.features}  # noqa: PLW2901
            notes += [found.note] if found.note else []
        guides.append(guide)
    return Direction.from_json(json.dumps(plain | {"guides": guides})), notes


@lru_cache(maxsize=64)
def _picture(path: str, name: str, by: str) -> "Read":
    from backend.emotion.pictures import read_picture

    with _named({"path": path, "name": name}) as picture:
        assert picture is not None
        return read_picture(picture, by)


def _motion(asked: Asked, frame: int | None = None) -> "Motion":
    from backend.motion import Motion
    from backend.take import Take

    motion = Take.read(Path(asked["take"])).motion
    return motion if frame is None else Motion(motion.rig, motion.values[frame : frame + 1], Fraction(motion.rate))


@contextmanager
def _named(stored: Asked | None) -> "Iterator[Path | None]":
    """A stored file under the name it came with: what reads heads goes by their suffix."""
    if stored is None:
        yield None
        return
    with TemporaryDirectory(prefix="mien.") as folder:
        path = Path(folder) / stored["name"]
        try:
            path.hardlink_to(stored["path"])
        except OSError:
            shutil.copyfile(stored["path"], path)
        yield path
