"""The ``arkit`` rig: Apple's 52 blend shapes, a tongue extension, head and eye rotations.

Names and order of the 52 follow Apple's ``ARFaceAnchor.BlendShapeLocation``, grouped as Live
Link Face writes them. Left and right are the character's own. The two further tongue shapes
carry what ``tongueOut`` cannot: the tip behind the teeth (t, d, n, l) and the raised body (k, g).

Rotations are radians about the head's own axes, x to the character's left, y up, z forward,
right-handed: positive yaw turns to the character's left, positive pitch looks **down**, positive
roll leans towards the character's right shoulder. Applied as yaw, then pitch, then roll
(matrix Ry · Rx · Rz).
"""

from backend.motion.rig import Channel, Rig, Side, Unit

_BOTH = {
    "eye": ("eyeBlink", "eyeSquint", "eyeWide"),
    "gaze": ("eyeLookDown", "eyeLookIn", "eyeLookOut", "eyeLookUp"),
    "brow": ("browDown", "browOuterUp"),
    "cheek": ("cheekSquint",),
    "nose": ("noseSneer",),
    "mouth": (
        "mouthSmile",
        "mouthFrown",
        "mouthDimple",
        "mouthStretch",
        "mouthPress",
        "mouthLowerDown",
        "mouthUpperUp",
    ),
}
_CENTRE = {
    "brow": ("browInnerUp",),
    "cheek": ("cheekPuff",),
    "jaw": ("jawForward", "jawOpen"),
    "mouth": (
        "mouthClose",
        "mouthFunnel",
        "mouthPucker",
        "mouthRollLower",
        "mouthRollUpper",
        "mouthShrugLower",
        "mouthShrugUpper",
    ),
    "tongue": ("tongueOut", "tongueTipUp", "tongueUp"),
}
_SIDEWAYS = {"jaw": ("jawLeft", "jawRight"), "mouth": ("mouthLeft", "mouthRight")}

# Live Link Face's column order, without its "Left"-first pairs spelled out twice.
_ORDER = (
    *(f"eye{what}{side}" for side in ("Left", "Right") for what in ("Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide")),
    *("jawForward", "jawRight", "jawLeft", "jawOpen"),
    *("mouthClose", "mouthFunnel", "mouthPucker", "mouthRight", "mouthLeft"),
    *(f"mouth{what}{side}" for what in ("Smile", "Frown", "Dimple", "Stretch") for side in ("Left", "Right")),
    *("mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"),
    *(f"mouth{what}{side}" for what in ("Press", "LowerDown", "UpperUp") for side in ("Left", "Right")),
    *("browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight"),
    *("cheekPuff", "cheekSquintLeft", "cheekSquintRight", "noseSneerLeft", "noseSneerRight"),
    *("tongueOut", "tongueTipUp", "tongueUp"),
)


def _shapes() -> dict[str, Channel]:
    found = {name: Channel(name, region) for region, names in _CENTRE.items() for name in names}
    for region, stems in _BOTH.items():
        for stem in stems:
            for side, other in ((Side.LEFT, "Right"), (Side.RIGHT, "Left")):
                name = stem + side.capitalize()
                found[name] = Channel(name, region, side, mirror=stem + other)
    for region, (left, right) in _SIDEWAYS.items():
        found[left] = Channel(left, region, Side.LEFT, mirror=right)
        found[right] = Channel(right, region, Side.RIGHT, mirror=left)
    return found


def _rotations() -> list[Channel]:
    # Reach of a head turned by the neck alone, and of an eye in its socket, in radians
    # (American Academy of Orthopaedic Surgeons 1965; Guitton & Volle 1987: about 55 degrees).
    head, eye = 1.4, 1.0
    rotations = [
        Channel(f"head{axis}", "head", low=-head, high=head, unit=Unit.RADIAN, mirror_sign=1 if axis == "Pitch" else -1)
        for axis in ("Yaw", "Pitch", "Roll")
    ]
    for side, other in ((Side.LEFT, "right"), (Side.RIGHT, "left")):
        for axis in ("Yaw", "Pitch", "Roll"):
            sign = 1 if axis == "Pitch" else -1
            rotations.append(Channel(f"{side}Eye{axis}", "gaze", side, -eye, eye, Unit.RADIAN, f"{other}Eye{axis}", sign))
    return rotations


def _build() -> Rig:
    shapes = _shapes()
    return Rig("arkit", (*(shapes[name] for name in _ORDER), *_rotations()))


ARKIT = _build()

# The 52 that Apple defines, in Live Link Face order: what every ARKit character is expected to have.
APPLE_52 = tuple(name for name in ARKIT.in_unit(Unit.WEIGHT) if name not in ("tongueTipUp", "tongueUp"))
