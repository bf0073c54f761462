# SPDX-License-Identifier: GPL-3.0-or-later
"""What the double says of itself: rigs, generators, emotions and formats, in the service's own words and order."""

from __future__ import annotations

from typing import Any

_SIDES = ("Left", "Right")


def _arkit() -> list[dict[str, Any]]:
    eyes = [f"eye{what}{side}" for side in _SIDES for what in ("Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide")]
    jaw = ["jawForward", "jawRight", "jawLeft", "jawOpen"]
    mouth = ["mouthClose", "mouthFunnel", "mouthPucker", "mouthRight", "mouthLeft"]
    mouth += [f"mouth{what}{side}" for what in ("Smile", "Frown", "Dimple", "Stretch") for side in _SIDES]
    mouth += ["mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"]
    mouth += [f"mouth{what}{side}" for what in ("Press", "LowerDown", "UpperUp") for side in _SIDES]
    brows = ["browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight"]
    rest = ["cheekPuff", "cheekSquintLeft", "cheekSquintRight", "noseSneerLeft", "noseSneerRight", "tongueOut", "tongueTipUp", "tongueUp"]
    turns = [_turn(part, axis) for part in ("head", "leftEye", "rightEye") for axis in ("Yaw", "Pitch", "Roll")]
    return [_shape(name) for name in (*eyes, *jaw, *mouth, *brows, *rest)] + turns


def _shape(name: str) -> dict[str, Any]:
    part = next(part for part in ("eye", "jaw", "mouth", "brow", "cheek", "nose", "tongue") if name.startswith(part))
    region = "gaze" if name.startswith("eyeLook") else part
    side = next((side.lower() for side in _SIDES if name.endswith(side)), "centre")
    return {"name": name, "region": region, "side": side, "low": 0.0, "high": 1.0, "unit": "weight"}


def _turn(part: str, axis: str) -> dict[str, Any]:
    side = "left" if part.startswith("left") else "right" if part.startswith("right") else "centre"
    reach = 1.4 if part == "head" else 1.0
    region = "head" if part == "head" else "gaze"
    return {"name": part + axis, "region": region, "side": side, "low": -reach, "high": reach, "unit": "radian"}


def _flame() -> list[dict[str, Any]]:
    found = [
        {"name": f"expression{n:03d}", "region": "expression", "side": "centre", "low": -4.0, "high": 4.0, "unit": "weight"}
        for n in range(1, 51)
    ]
    reach = {"neck": [(-1.4, 1.4)] * 3, "jaw": [(-0.1, 0.65), (-0.3, 0.3), (-0.3, 0.3)]}
    for joint, region, side in (
        ("neck", "head", "centre"),
        ("jaw", "jaw", "centre"),
        ("leftEye", "gaze", "left"),
        ("rightEye", "gaze", "right"),
    ):
        for place, (low, high) in enumerate(reach.get(joint, [(-1.0, 1.0)] * 3)):
            found.append({"name": joint + "XYZ"[place], "region": region, "side": side, "low": low, "high": high, "unit": "radian"})
    return found


RIGS: list[dict[str, Any]] = [{"name": "arkit", "channels": _arkit()}, {"name": "flame", "channels": _flame()}]
GENERATORS: list[dict[str, Any]] = [
    {
        "name": "rules",
        "summary": "made-up curves that answer to every wish, for trying a host out",
        "rig": "arkit",
        "default": True,
        "guides": ["label", "text", "image"],
        "settings": [
            {"name": "mouth", "default": 1.0, "low": 0.0, "high": 2.0, "help": "how far the mouth moves", "unit": "", "animatable": False},
            {"name": "brows", "default": 1.0, "low": 0.0, "high": 2.0, "help": "how far the brows move", "unit": "", "animatable": False},
        ],
    },
    {"name": "still", "summary": "a face at rest", "rig": "arkit", "default": False, "guides": ["label"], "settings": []},
]
EMOTIONS: list[dict[str, Any]] = [
    {"name": "neutral", "aliases": ["calm"], "description": "a face at rest"},
    {"name": "happy", "aliases": ["joy"], "description": "a smile"},
    {"name": "sad", "aliases": ["sadness"], "description": "inner brows raised, mouth corners down"},
    {"name": "angry", "aliases": ["anger"], "description": "brows down"},
    {"name": "surprise", "aliases": ["surprised"], "description": "brows up, jaw open"},
]
FORMATS: list[dict[str, Any]] = [
    {"suffix": "take", "summary": "the take itself"},
    {"suffix": "csv", "summary": "a column a channel, a row a frame"},
]
# What a label moves, and how far.
FELT = {
    "happy": {"mouthSmileLeft": 0.6, "mouthSmileRight": 0.6, "cheekSquintLeft": 0.3, "cheekSquintRight": 0.3},
    "sad": {"browInnerUp": 0.6, "mouthFrownLeft": 0.5, "mouthFrownRight": 0.5},
    "angry": {"browDownLeft": 0.7, "browDownRight": 0.7},
    "surprise": {"browInnerUp": 0.7, "browOuterUpLeft": 0.6, "browOuterUpRight": 0.6, "jawOpen": 0.2},
}
STAGES = ("listening", "feeling", "performing", "finishing")
