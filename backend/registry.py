"""Things found by name and imported only when used: generators, exporters, rigs."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Generic, TypeVar

from backend.errors import DirectionError, unknown

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """Maps a name to an object that lives at ``package.module:attribute``.

    Listing the names imports nothing; looking one up imports its module.
    """

    def __init__(self, kind: str, places: Mapping[str, str]) -> None:
        self.kind = kind
        self.places = MappingProxyType(dict(places))

    def __getitem__(self, name: str) -> T:
        if name not in self.places:
            raise DirectionError(unknown(self.kind, name, self.places))
        module, _, attribute = self.places[name].partition(":")
        found: T = getattr(import_module(module), attribute)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self.places

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)
