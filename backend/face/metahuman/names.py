"""The 174 controls and the curves under other people's names. Every view goes by name; none has an order of its own.

=============== ===================================== =========================================================
spelling        example                               where it is met
=============== ===================================== =========================================================
rig             ``CTRL_C_tongue_roll-translateY``     here
published       ``CTRL_C_tongue_tip-translateY``      the list of EmoFace and MEDTalk, which has this name twice
face_board      ``CTRL_C_tongue_roll.ty``             Maya, and Epic's scripts
newer           ``CTRL_C_tongue_bendTwist-translateY``  MetaHumans since Unreal 5.x, whose tongue was rigged anew
newer_board     ``CTRL_C_tongue_bendTwist.ty``        the same in Maya
=============== ===================================== =========================================================

On the newer rig ``CTRL_C_tongue_roll`` is another control, which the 174 do not have; so a list of names is read either as
the older or as the newer rig, never as a mixture.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from backend.errors import InputError, unknown
from backend.motion.metahuman import CTRL_EXPRESSIONS, METAHUMAN, PREFIX


class Spelling(StrEnum):
    RIG = "rig"
    PUBLISHED = "published"
    FACE_BOARD = "face_board"
    NEWER = "newer"
    NEWER_BOARD = "newer_board"


_TIP, _ROLL = "CTRL_C_tongue_tip", "CTRL_C_tongue_roll"
# The same movement with the same sign, but for the last: bending and twisting is what comes nearest to rolling.
RENAMED: Mapping[str, str] = MappingProxyType(
    {
        "CTRL_C_tongue": "CTRL_C_tongue_move",
        _TIP: "CTRL_C_tongue_tipMove",
        "CTRL_C_tongue_narrowWide": "CTRL_C_tongue_wideNarrow",
        _ROLL: "CTRL_C_tongue_bendTwist",
    }
)
_AXIS = re.compile(r"(?P<handle>CTRL_\w+?)(?:-translate|\.translate|\.t|_t|\.)(?P<axis>[XYxy])")


def handle(name: str) -> tuple[str, str]:
    """A channel's handle on the board and its axis: ``("CTRL_C_jaw", "x")``.

    Raises:
        InputError: the name is no control.
    """
    found = _AXIS.fullmatch(name)
    if not found:
        raise InputError(f"'{name}' is no control of a face board: one looks like CTRL_L_eye_blink-translateY or CTRL_L_eye_blink.ty.")
    return found["handle"], found["axis"].lower()


def _spelled(name: str, spelling: Spelling) -> str:
    own, axis = handle(name)
    newer = spelling in (Spelling.NEWER, Spelling.NEWER_BOARD)
    own = RENAMED.get(own, own) if newer else _TIP if spelling is Spelling.PUBLISHED and own == _ROLL else own
    return f"{own}.t{axis}" if spelling in (Spelling.FACE_BOARD, Spelling.NEWER_BOARD) else f"{own}-translate{axis.upper()}"


# The rig's name to its spelling, in the rig's order, which is that of the published list.
SPELLINGS: Mapping[Spelling, Mapping[str, str]] = MappingProxyType(
    {spelling: MappingProxyType({name: _spelled(name, spelling) for name in METAHUMAN.names}) for spelling in Spelling}
)
# A curve as Unreal stores it, to the attribute that RigLogic and DNA files call it by.
RAW_CONTROLS: Mapping[str, str] = MappingProxyType(
    {name: name.replace(PREFIX, "CTRL_expressions.") for name in CTRL_EXPRESSIONS.names if name.startswith(PREFIX)}
)


def rig_names(names: Sequence[str], newer: bool = False) -> tuple[str, ...]:
    """The rig's names for a list of controls in any spelling, such as the head of a table, in the list's order.

    Where the list has ``CTRL_C_tongue_tip`` twice, the first is ``CTRL_C_tongue_roll``. ``newer`` says that the names are
    those of the newer rig.

    Raises:
        InputError: a name is no control of the 174, or another one comes twice.
    """
    back = {new: old for old, new in RENAMED.items()} if newer else {}
    gone = set(RENAMED) if newer else set(RENAMED.values())
    found: list[str] = []
    for name, (own, axis) in zip(names, map(handle, names), strict=True):
        plain = f"{back.get(own, own)}-translate{axis.upper()}"
        if own in gone or plain not in METAHUMAN:
            raise InputError(_stranger(name, plain, own in gone, newer))
        found.append(plain)
    return _without_twins(found)


def _stranger(name: str, plain: str, other_rig: bool, newer: bool) -> str:
    if other_rig:
        return f"'{name}' belongs to the {'older' if newer else 'newer'} MetaHuman rig: read the names as those of that one."
    return unknown("MetaHuman control", plain, METAHUMAN.names)


def _without_twins(names: list[str]) -> tuple[str, ...]:
    counts = Counter(names)
    for axis in "XY":
        tip, roll = (f"{own}-translate{axis}" for own in (_TIP, _ROLL))
        if counts[tip] == 2 and roll not in counts:
            names[names.index(tip)] = roll
    twins = [name for name, count in Counter(names).items() if count > 1]
    if twins:
        raise InputError(f"'{twins[0]}' comes twice, so that one of its columns would be lost: rename or remove one.")
    return tuple(names)
