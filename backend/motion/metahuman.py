"""The ``metahuman`` rig, 174 face-board controls in MEDTalk's order, and ``ctrl_expressions``, the curves they drive.

The list of controls that EmoFace and MEDTalk publish has 174 rows and 172 names: rows 25 and 26 (from zero)
repeat ``CTRL_C_tongue_tip-translateX`` and ``-translateY``, which belong to rows 27 and 28 alone. A reader that keys columns
by name loses two of them. The rows are in the order of their letters, between ``tongue_press`` and ``tongue_tip``, and the one
control of that generation of the rig that is missing is ``CTRL_C_tongue_roll``: so that is what they are here.

A control is one axis of a handle on the face board. One-sided controls run from 0 to 1. Two-sided ones run from -1 to 1,
and their two halves are different shapes: ``CTRL_L_eye_blink`` shuts the lids above zero and widens them below. What the
halves do is said by the curves they drive, in ``DRIVES``. Traps: above zero, the jaw goes to the character's right but
mouth, tongue and teeth go to the left; above zero, jaw, teeth and tongue go **back**.

A curve of ``ctrl_expressions`` runs from 0 to 1. Unreal stores 250 of them in an animation; four switches of the
board (``SETTINGS``) have none, and are carried under the control's own name so that no channel is lost.

Left and right are the character's own.
"""

from collections.abc import Mapping
from types import MappingProxyType

from backend.motion.rig import Channel, Rig, Side

PREFIX = "CTRL_expressions_"

Halves = tuple[str, str]  # what a control drives above zero and below; nothing below: one-sided

# By the control's name without CTRL_ and side; ".x" is the sideways axis of a handle with two. Curves without prefix and side.
_SIDED: dict[str, Halves] = {
    "brow_down": ("browDown", ""),
    "brow_lateral": ("browLateral", ""),
    "brow_raiseIn": ("browRaiseIn", ""),
    "brow_raiseOut": ("browRaiseOuter", ""),
    "ear_up": ("earUp", ""),
    "eye.x": ("eyeLookLeft", "eyeLookRight"),
    "eye": ("eyeLookUp", "eyeLookDown"),
    "eye_blink": ("eyeBlink", "eyeWiden"),
    "eye_cheekRaise": ("eyeCheekRaise", ""),
    "eye_eyelidD": ("eyeLowerLidUp", "eyeLowerLidDown"),
    "eye_eyelidU": ("eyeRelax", "eyeUpperLidUp"),
    "eye_faceScrunch": ("eyeFaceScrunch", ""),
    "eye_lidPress": ("eyeLidPress", ""),
    "eye_pupil": ("eyePupilWide", "eyePupilNarrow"),
    "eye_squintInner": ("eyeSquintInner", ""),
    "eyelashes_tweakerIn": ("eyelashesDownIN", "eyelashesUpIN"),
    "eyelashes_tweakerOut": ("eyelashesDownOUT", "eyelashesUpOUT"),
    "jaw_ChinRaiseD": ("jawChinRaiseD", ""),
    "jaw_ChinRaiseU": ("jawChinRaiseU", ""),
    "jaw_chinCompress": ("jawChinCompress", ""),
    "jaw_clench": ("jawClench", ""),
    "mouth_corner.x": ("mouthCornerWide", "mouthCornerNarrow"),
    "mouth_corner": ("mouthCornerUp", "mouthCornerDown"),
    "mouth_cornerDepress": ("mouthCornerDepress", ""),
    "mouth_cornerPull": ("mouthCornerPull", ""),
    "mouth_cornerSharpnessD": ("mouthCornerSharpenD", "mouthCornerRounderD"),
    "mouth_cornerSharpnessU": ("mouthCornerSharpenU", "mouthCornerRounderU"),
    "mouth_dimple": ("mouthDimple", ""),
    "mouth_funnelD": ("mouthFunnelD", ""),
    "mouth_funnelU": ("mouthFunnelU", ""),
    "mouth_lipBiteD": ("mouthLowerLipBite", ""),
    "mouth_lipBiteU": ("mouthUpperLipBite", ""),
    "mouth_lipsBlow": ("mouthLipsBlow", ""),
    "mouth_lipsPressU": ("mouthLipsPress", ""),
    "mouth_lipsRollD": ("mouthLowerLipRollIn", "mouthLowerLipRollOut"),
    "mouth_lipsRollU": ("mouthUpperLipRollIn", "mouthUpperLipRollOut"),
    "mouth_lipsTogetherD": ("mouthLipsTogetherD", ""),
    "mouth_lipsTogetherU": ("mouthLipsTogetherU", ""),
    "mouth_lipsTowardsTeethD": ("mouthLowerLipTowardsTeeth", ""),
    "mouth_lipsTowardsTeethU": ("mouthUpperLipTowardsTeeth", ""),
    "mouth_lowerLipDepress": ("mouthLowerLipDepress", ""),
    "mouth_pressD": ("mouthPressD", ""),
    "mouth_pressU": ("mouthPressU", ""),
    "mouth_purseD": ("mouthLipsPurseD", ""),
    "mouth_purseU": ("mouthLipsPurseU", ""),
    "mouth_pushPullD": ("mouthLipsPushD", "mouthLipsPullD"),
    "mouth_pushPullU": ("mouthLipsPushU", "mouthLipsPullU"),
    "mouth_sharpCornerPull": ("mouthSharpCornerPull", ""),
    "mouth_stickyInnerD": ("mouthStickyDIN", ""),
    "mouth_stickyInnerU": ("mouthStickyUIN", ""),
    "mouth_stickyOuterD": ("mouthStickyDOUT", ""),
    "mouth_stickyOuterU": ("mouthStickyUOUT", ""),
    "mouth_stretch": ("mouthStretch", ""),
    "mouth_stretchLipsClose": ("mouthStretchLipsClose", ""),
    "mouth_suckBlow": ("mouthCheekBlow", "mouthCheekSuck"),
    "mouth_thicknessD": ("mouthLipsThinD", "mouthLipsThickD"),
    "mouth_thicknessU": ("mouthLipsThinU", "mouthLipsThickU"),
    "mouth_tightenD": ("mouthLipsTightenD", ""),
    "mouth_tightenU": ("mouthLipsTightenU", ""),
    "mouth_towardsD": ("mouthLipsTowardsD", ""),
    "mouth_towardsU": ("mouthLipsTowardsU", ""),
    "mouth_upperLipRaise": ("mouthUpperLipRaise", ""),
    "neck_mastoidContract": ("neckMastoidContract", ""),
    "neck_stretch": ("neckStretch", ""),
    "nose.x": ("noseNostrilDilate", "noseNostrilCompress"),
    "nose": ("noseWrinkle", "noseNostrilDepress"),
    "nose_nasolabialDeepen": ("noseNasolabialDeepen", ""),
    "nose_wrinkleUpper": ("noseWrinkleUpper", ""),
}
_CENTRED: dict[str, Halves] = {
    "C_eye_parallelLook": ("eyeParallelLookDirection", ""),
    "C_jaw.x": ("jawRight", "jawLeft"),
    "C_jaw": ("jawOpen", ""),
    "C_jaw_fwdBack": ("jawBack", "jawFwd"),
    "C_jaw_openExtreme": ("jawOpenExtreme", ""),
    "C_mouth.x": ("mouthLeft", "mouthRight"),
    "C_mouth": ("mouthUp", "mouthDown"),
    "C_mouth_lipShiftD": ("mouthLowerLipShiftLeft", "mouthLowerLipShiftRight"),
    "C_mouth_lipShiftU": ("mouthUpperLipShiftLeft", "mouthUpperLipShiftRight"),
    "C_mouth_stickyD": ("mouthStickyDC", ""),
    "C_mouth_stickyU": ("mouthStickyUC", ""),
    "C_teethD.x": ("teethLeftD", "teethRightD"),
    "C_teethD": ("teethUpD", "teethDownD"),
    "C_teethU.x": ("teethLeftU", "teethRightU"),
    "C_teethU": ("teethUpU", "teethDownU"),
    "C_teeth_fwdBackD": ("teethBackD", "teethFwdD"),
    "C_teeth_fwdBackU": ("teethBackU", "teethFwdU"),
    "C_tongue.x": ("tongueLeft", "tongueRight"),
    "C_tongue": ("tongueUp", "tongueDown"),
    "C_tongue_inOut": ("tongueIn", "tongueOut"),
    "C_tongue_narrowWide": ("tongueWide", "tongueNarrow"),
    "C_tongue_press": ("tonguePress", ""),
    "C_tongue_roll.x": ("tongueRollLeft", "tongueRollRight"),
    "C_tongue_roll": ("tongueRollUp", "tongueRollDown"),
    "C_tongue_tip.x": ("tongueTipLeft", "tongueTipRight"),
    "C_tongue_tip": ("tongueTipUp", "tongueTipDown"),
    "neck_digastricUpDown": ("neckDigastricUp", "neckDigastricDown"),
    "neck_throatExhaleInhale": ("neckThroatInhale", "neckThroatExhale"),
    "neck_throatUpDown": ("neckThroatUp", "neckThroatDown"),
}
# Both eyes together: the angle is added to each eye's own, and drives its curves.
_SHARED_GAZE = ("C_eye.x", "C_eye")
_SWITCHES = ("lookAtSwitch", *(f"neckCorrectivesMultiplyer{level}" for level in "DMU"))
_STICKY, _SWALLOW = "mouth_lipSticky", "C_neck_swallow"


def control(short: str) -> str:
    """The channel's name for a control without ``CTRL_``: ``L_eye_blink`` or, for the sideways axis, ``C_jaw.x``."""
    return f"CTRL_{short.removesuffix('.x')}-translate{'X' if short.endswith('.x') else 'Y'}"


def _curves(halves: Halves, side: str = "") -> Halves:
    above, below = (f"{PREFIX}{name}{side}" if name else "" for name in halves)
    return above, below


# Every control that drives one curve in each half, and the names of those.
DRIVES: Mapping[str, Halves] = MappingProxyType(
    {control(f"{side}_{short}"): _curves(halves, side) for side in "LR" for short, halves in _SIDED.items()}
    | {control(short): _curves(halves) for short, halves in _CENTRED.items()}
)
# Controls that run through several curves in turn, as on Epic's board: the value at which each curve peaks.
PHASES: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        control(f"{side}_{_STICKY}"): {f"{PREFIX}mouthLipsSticky{side}Ph{n}": at for n, at in ((1, 0.33), (2, 0.66), (3, 1.0))}
        for side in "LR"
    }
    | {control(_SWALLOW): {f"{PREFIX}neckSwallowPh{n}": n / 5 for n in (1, 2, 3, 4)}}
)
# Switches of the board and the strengths of its neck correctives: no expression, and zero means "leave it as the scene has it".
SETTINGS = tuple(control(short) for short in _SWITCHES)
# Curves that Unreal drives from the turn of the head; no control of the 174 moves them.
HEAD_CURVES = tuple(
    f"{PREFIX}head{way}Cor"
    for way in ("TurnUp", "TurnDown", "TurnLeft", "TurnRight", "TiltLeft", "TiltRight", "Fwd", "Back", "SideLeft", "SideRight")
)

_REGIONS = (
    # The first that begins the name without CTRL_ and side wins. Cheeks and chin count where arkit counts them.
    ("brow", "brow"),
    ("ear", "ear"),
    ("eye_cheekRaise", "cheek"),
    ("mouth_suckBlow", "cheek"),
    ("jaw_ChinRaise", "mouth"),
    ("jaw_chinCompress", "mouth"),
    ("eye-", "gaze"),
    ("eye_parallelLook", "gaze"),
    ("lookAt", "gaze"),
    ("eye", "eye"),
    *((part, part) for part in ("jaw", "mouth", "neck", "nose", "teeth", "tongue")),
)
_SIDES = {"L": Side.LEFT, "R": Side.RIGHT}


def _channel(name: str) -> Channel:
    mark, _, rest = name.removeprefix("CTRL_").partition("_")
    side, rest = (_SIDES.get(mark, Side.CENTRE), rest) if mark in ("L", "R", "C") else (Side.CENTRE, name.removeprefix("CTRL_"))
    region = next(region for start, region in _REGIONS if rest.startswith(start))
    two_sided = name in _TWO_SIDED
    other = {Side.LEFT: f"CTRL_R_{rest}", Side.RIGHT: f"CTRL_L_{rest}"}.get(side, name)
    return Channel(name, region, side, low=-1.0 if two_sided else 0.0, mirror=other, mirror_sign=-1 if name in _SIDEWAYS else 1)


_TWO_SIDED = {name for name, (_, below) in DRIVES.items() if below} | {control(short) for short in _SHARED_GAZE}
# Handles on the left and the right mean the same outward; only those in the middle, and the eyes, point to a side of the face.
_SIDEWAYS = {control(f"{mark}_eye.x") for mark in "LRC"} | {
    control(short) for short, (above, _) in _CENTRED.items() if "Left" in above or "Right" in above
}

METAHUMAN = Rig("metahuman", tuple(map(_channel, sorted([*DRIVES, *PHASES, *SETTINGS, *map(control, _SHARED_GAZE)]))))


def _driven() -> list[Channel]:
    found = []
    for source in METAHUMAN.channels:
        if source.name in DRIVES:
            halves, mirrored = DRIVES[source.name], DRIVES[source.mirror][:: source.mirror_sign]
            sideless = source.side is Side.CENTRE
            for name, other in zip(halves, mirrored, strict=True):
                side = _side_of(name) if sideless else source.side
                found += [Channel(name, source.region, side, mirror=other)] if name else []
        elif source.name in PHASES:
            pairs = zip(PHASES[source.name], PHASES[source.mirror], strict=True)
            found += [Channel(name, source.region, source.side, mirror=other) for name, other in pairs]
        elif source.name in SETTINGS:
            found.append(Channel(source.name, source.region))
    return found


def _side_of(name: str) -> Side:
    return Side.LEFT if "Left" in name else Side.RIGHT if "Right" in name else Side.CENTRE


def _head_curves() -> list[Channel]:
    swap = {"Left": "Right", "Right": "Left"}
    return [
        Channel(name, "head", _side_of(name), mirror=next((name.replace(a, b) for a, b in swap.items() if a in name), name))
        for name in HEAD_CURVES
    ]


CTRL_EXPRESSIONS = Rig("ctrl_expressions", (*_driven(), *_head_curves()))
