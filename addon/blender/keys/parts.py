# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a face that can be generated apart."""

from collections.abc import Iterable, Mapping

PARTS = ("mouth", "brows", "eyes", "head")
_OF_REGION = {"brow": "brows", "eye": "eyes", "gaze": "eyes", "head": "head"}
_OF_NAME = (("brow", "brows"), ("eye", "eyes"), ("lefteye", "eyes"), ("righteye", "eyes"), ("head", "head"))


def part_of(channel: str, regions: Mapping[str, str]) -> str:
    """Of a channel, by the region that the service names for it and else by its name. What is no brow, eye or head is mouth."""
    region = regions.get(channel)
    if region is not None:
        return _OF_REGION.get(region, "mouth")
    return next((part for start, part in _OF_NAME if channel.lower().startswith(start)), "mouth")


def chosen(channels: Iterable[str], parts: Iterable[str], regions: Mapping[str, str]) -> list[str]:
    """The channels that belong to any of the parts."""
    wanted = set(parts)
    return [channel for channel in channels if part_of(channel, regions) in wanted]
