"""A take: a motion with everything that made it, and its lossless file. Format: ``docs/formats/take.md``."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from backend.emotion.direction import Direction, Value
from backend.emotion.track import EmotionTrack
from backend.errors import InputError, TakeError
from backend.files import write_atomically
from backend.motion import RIGS, Channel, Motion, Rate, Rig, Side, Unit, parse_rate
from backend.speech.inventory import VISEME, from_arpabet
from backend.speech.speech import Phone, Word
from backend.version import VERSION

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")
Upgrade = Callable[[dict[str, Any], dict[str, Any]], tuple[dict[str, Any], dict[str, Any]]]

FORMAT = 3  # raise it when an old reader would misunderstand a new file, and add an upgrade below


@dataclass(frozen=True, slots=True)
class Sound:
    """The recording a take was made from: its name for people, its digest for certainty."""

    name: str
    digest: str
    duration: float  # seconds


@dataclass(frozen=True, eq=False)
class Take:
    """A motion with the direction, the words and phones, and the versions that made it.

    The same recording under the same name, direction and version give the same take, byte for byte:
    no clock, path or machine name is kept.
    """

    motion: Motion
    direction: Direction
    emotion: EmotionTrack
    sound: Sound
    words: tuple[Word, ...] = ()
    phones: tuple[Phone, ...] = ()
    ear: str = ""
    version: str = VERSION

    def to_bytes(self) -> bytes:
        """The content of a ``.take`` file."""
        head = {
            "format": FORMAT,
            "version": self.version,
            "rig": {"name": self.motion.rig.name, "channels": [_channel_out(c) for c in self.motion.rig.channels]},
            "rate": str(self.motion.rate),
            "direction": json.loads(self.direction.to_json()),
            "emotion": {"labels": self.emotion.labels, "rate": str(self.emotion.rate)},
            "sound": _plain(self.sound),
            "words": [[w.text, w.start, w.end, w.confidence] for w in self.words],
            "phones": [[p.symbol, p.start, p.end, p.stress, p.confidence] for p in self.phones],
            "ear": self.ear,
        }
        arrays = {
            "motion": self.motion.values,
            "emotion.weights": np.ascontiguousarray(self.emotion.weights),
            "emotion.intensity": np.ascontiguousarray(self.emotion.intensity),
        }
        # One metadata entry only: safetensors keeps several in no fixed order.
        return save(arrays, {"take": json.dumps(head, sort_keys=True, ensure_ascii=False, allow_nan=False)})

    def write(self, path: Path) -> None:
        write_atomically(path, self.to_bytes())

    @classmethod
    def from_bytes(cls, content: bytes, name: str = "this file") -> "Take":
        """Read a take of this or any older format.

        Raises:
            TakeError: it is no take, is damaged, or was written by a newer Mien.
        """
        try:
            head = _header(content)
            if head["format"] > FORMAT:
                raise TakeError(
                    f"{name} was written by Mien {head['version']} in format {head['format']}; this one reads up to {FORMAT}. Update Mien."
                )
            head, arrays = _upgraded(head, load(content))
            return _assemble(head, arrays)
        except (SafetensorError, LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError, InputError) as error:
            if isinstance(error, TakeError):
                raise
            raise TakeError(f"{name} is no take, or it is damaged ({error}). Generate it again.") from error

    @classmethod
    def read(cls, path: Path) -> "Take":
        try:
            content = path.read_bytes()
        except OSError as error:
            raise TakeError(f"cannot read {path}: {(error.strerror or str(error)).lower()}.") from error
        return cls.from_bytes(content, str(path))


def _upgraded(head: dict[str, Any], arrays: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Bring an older take's header and arrays to the present format, one step per version."""
    while head["format"] < FORMAT:
        head, arrays = _UPGRADES[head["format"]](head, arrays)
    return head, arrays


def _to_ipa(head: dict[str, Any], arrays: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Format 1 wrote phones in ARPAbet, without confidences."""
    phones = [[from_arpabet(f"{symbol}{stress}"), start, end, stress] for symbol, start, end, stress in head["phones"]]
    return head | {"format": 2, "phones": phones}, arrays


def _to_references(head: dict[str, Any], arrays: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Format 2 knew guides of labels alone: they had no features."""
    direction = head["direction"]
    guides = [{"features": [], **guide} for guide in direction["guides"]]
    return head | {"format": 3, "direction": direction | {"guides": guides}}, arrays


_UPGRADES: dict[int, Upgrade] = {1: _to_ipa, 2: _to_references}
"""From format n to n + 1, by n."""


def _header(content: bytes) -> dict[str, Any]:
    length = int.from_bytes(content[:8], "little")
    if not 0 < length <= len(content) - 8:
        raise ValueError("it is cut short")
    head: dict[str, Any] = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["take"])
    return head


def _assemble(head: dict[str, Any], arrays: dict[str, Any]) -> Take:
    rig = _rig_in(head["rig"])
    direction, rate = _direction_in(head["direction"]), parse_rate(head["emotion"]["rate"])
    return Take(
        motion=Motion(rig, arrays["motion"], parse_rate(head["rate"])),
        direction=direction,
        emotion=_felt_in(head["emotion"]["labels"], arrays["emotion.weights"], arrays["emotion.intensity"], rate, direction),
        sound=_whole(Sound(**head["sound"])),
        words=tuple(_whole(Word(*word)) for word in head["words"]),
        phones=tuple(_phone_in(*phone) for phone in head["phones"]),
        ear=_text(head["ear"]),
        version=_text(head["version"]),
    )


def _direction_in(plain: dict[str, Any]) -> Direction:
    direction = _whole(Direction.from_json(json.dumps(plain, allow_nan=False)))
    for guide in direction.guides:
        _whole(guide)
    if not isinstance(direction.settings, dict) or not all(isinstance(value, Value) for value in direction.settings.values()):
        raise ValueError("its settings are no table of numbers")
    return direction


def _felt_in(
    labels: list[str], weights: NDArray[np.float32], intensity: NDArray[np.float32], rate: Rate, direction: Direction
) -> EmotionTrack:
    if intensity.ndim != 1 or weights.dtype != np.float32 or intensity.dtype != np.float32:
        raise ValueError("its emotion is not of numbers by frame")
    if not (np.isfinite(weights).all() and np.isfinite(intensity).all()):
        raise ValueError("its emotion holds a value that is not finite")
    return EmotionTrack(tuple(map(_text, labels)), weights, intensity, rate, direction.references)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{str(value)[:40]} stands where a text belongs")
    return value


def _phone_in(symbol: str, *rest: Any) -> Phone:
    if symbol not in VISEME:
        raise ValueError(f"'{symbol}' is no phone")
    return _whole(Phone(symbol, *rest))


_KINDS: dict[Any, Any] = {str: str, int: int, float: (int, float)}


def _whole(record: T) -> T:
    """The record itself, if its texts are texts and its numbers finite ones: JSON may hold anything anywhere."""
    for field in fields(record):
        value = getattr(record, field.name)
        fits = isinstance(value, _KINDS.get(field.type, object)) and not isinstance(value, bool)
        if not fits or (field.type is float and not math.isfinite(value)):
            raise ValueError(f"{field.name} of a {type(record).__name__.lower()} is {str(value)[:40]}")
    return record


def _plain(record: Any) -> dict[str, Any]:
    return {f.name: getattr(record, f.name) for f in fields(record)}


def _channel_out(channel: Channel) -> list[Any]:
    return [getattr(channel, f.name) for f in fields(Channel)]


def _rig_in(plain: dict[str, Any]) -> Rig:
    channels = [
        _whole(Channel(name, region, Side(side), low, high, Unit(unit), *rest))
        for name, region, side, low, high, unit, *rest in plain["channels"]
    ]
    rig = Rig(_text(plain["name"]), tuple(channels))
    # The rig as the take has it; the house's own object where they agree, so that they compare fast.
    if rig.name in RIGS and RIGS[rig.name] == rig:
        return RIGS[rig.name]
    return rig
