"""The ``flame`` rig: 50 expression coefficients and the turns of neck, jaw and eyes, as FLAME counts them.

Expression coefficients are in standard deviations of the faces that a model was learned from (Li et
al. 2017, section 3); what the first one does depends on the model, so that a motion of this rig belongs to
one model's expression space. Turns are axis-angle vectors in radians about x (to the character's left),
y (up) and z (forward): positive ``jawX`` opens, positive ``neckX`` nods down, positive ``neckY`` and
``leftEyeY`` look to the character's left.

Identity belongs to the face, not to the motion; the turn of the whole body (FLAME's global joint) is
nobody's acting and has no channel.

A mirrored motion exchanges the turns exactly. Expression coefficients stay as they are, because the
components of a learned space have no partners; only a model whose components are symmetric is mirrored
exactly.
"""

from backend.motion.rig import Channel, Rig, Side, Unit

COMPONENTS = 50
EXPRESSION = tuple(f"expression{number:03d}" for number in range(1, COMPONENTS + 1))

# Reach in radians. Neck and eyes as in the arkit rig; the jaw opens by at most about 35 degrees (Ferrario et al. 2005)
# and turns sideways by less.
_NECK, _EYE, _JAW, _SIDEWAYS, _CLENCH = 1.4, 1.0, 0.65, 0.3, 0.1
# Past four standard deviations a face is none any more.
_FAR = 4.0

# Mirroring in the plane x = 0 keeps the turn about x and reverses the other two.
_SIGNS = {"X": 1, "Y": -1, "Z": -1}


def _turns() -> list[Channel]:
    found = [Channel(f"neck{axis}", "head", low=-_NECK, high=_NECK, unit=Unit.RADIAN, mirror_sign=sign) for axis, sign in _SIGNS.items()]
    for axis, sign in _SIGNS.items():
        low, high = (-_CLENCH, _JAW) if axis == "X" else (-_SIDEWAYS, _SIDEWAYS)
        found.append(Channel(f"jaw{axis}", "jaw", low=low, high=high, unit=Unit.RADIAN, mirror_sign=sign))
    for side, other in ((Side.LEFT, Side.RIGHT), (Side.RIGHT, Side.LEFT)):
        for axis, sign in _SIGNS.items():
            found.append(Channel(f"{side}Eye{axis}", "gaze", side, -_EYE, _EYE, Unit.RADIAN, f"{other}Eye{axis}", sign))
    return found


FLAME = Rig("flame", (*(Channel(name, "expression", low=-_FAR, high=_FAR) for name in EXPRESSION), *_turns()))

# Axis-angle channels of the four joints that move, in FLAME's order: neck, jaw, left eye, right eye.
TURNS = FLAME.in_unit(Unit.RADIAN)
