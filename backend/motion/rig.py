"""A rig: an ordered tuple of named channels. A channel is always addressed by name."""

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from backend.errors import InputError, unknown


class Unit(StrEnum):
    """What a channel's number measures."""

    WEIGHT = "weight"  # a blend shape's share, 0 to 1
    RADIAN = "radian"


class Side(StrEnum):
    """The character's own left and right, not the viewer's."""

    LEFT = "left"
    RIGHT = "right"
    CENTRE = "centre"


@dataclass(frozen=True, slots=True)
class Channel:
    """One number per frame.

    ``mirror`` names the channel it becomes when left and right are exchanged (itself, where
    nothing does); ``mirror_sign`` is -1 where the number changes sign on the way.
    """

    name: str
    region: str
    side: Side = Side.CENTRE
    low: float = 0.0
    high: float = 1.0
    unit: Unit = Unit.WEIGHT
    mirror: str = ""
    mirror_sign: int = 1

    def __post_init__(self) -> None:
        if not self.mirror:
            object.__setattr__(self, "mirror", self.name)


@dataclass(frozen=True)
class Rig:
    """An ordered tuple of channels under one name.

    Raises:
        InputError: two channels share a name, or a mirror is missing or does not mirror back.
    """

    name: str
    channels: tuple[Channel, ...]
    _index: MappingProxyType[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index = {channel.name: i for i, channel in enumerate(self.channels)}
        if len(index) != len(self.channels):
            raise InputError(f"rig '{self.name}' names a channel twice.")
        object.__setattr__(self, "_index", MappingProxyType(index))
        for channel in self.channels:
            other = index.get(channel.mirror)
            if other is None or self.channels[other].mirror != channel.name:
                raise InputError(f"rig '{self.name}': channel '{channel.name}' has no mirror '{channel.mirror}' that mirrors back.")

    def __len__(self) -> int:
        return len(self.channels)

    def __contains__(self, name: object) -> bool:
        return name in self._index

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(channel.name for channel in self.channels)

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions in order of first appearance; together they hold every channel once."""
        return tuple(dict.fromkeys(channel.region for channel in self.channels))

    def index(self, name: str) -> int:
        """The column of a channel.

        Raises:
            InputError: no channel has that name; the nearest one is offered.
        """
        if name not in self._index:
            raise InputError(unknown(f"channel of rig '{self.name}'", name, self._index))
        return self._index[name]

    def __getitem__(self, name: str) -> Channel:
        return self.channels[self.index(name)]

    def in_region(self, *regions: str) -> tuple[str, ...]:
        """Names of the channels in any of the regions, in the rig's order."""
        return tuple(channel.name for channel in self.channels if channel.region in regions)

    def in_unit(self, unit: Unit) -> tuple[str, ...]:
        """Names of the channels measured in a unit, in the rig's order."""
        return tuple(channel.name for channel in self.channels if channel.unit is unit)
