"""From one rig to another, by the shortest way; ``arkit`` is the hub."""

from collections import deque
from collections.abc import Callable, Iterator

from backend.errors import DirectionError
from backend.motion import RIGS, Motion
from backend.registry import Registry

Step = Callable[[Motion], Motion]

STEPS: Registry[Step] = Registry(
    "conversion",
    {
        "arkit to metahuman": "backend.face.metahuman.from_arkit:arkit_to_metahuman",
        "metahuman to arkit": "backend.face.metahuman.to_arkit:metahuman_to_arkit",
        "metahuman to ctrl_expressions": "backend.face.metahuman.expressions:metahuman_to_expressions",
        "arkit to flame": "backend.face.heads.layout.convert:arkit_to_flame",
        "flame to arkit": "backend.face.heads.layout.convert:flame_to_arkit",
        "ctrl_expressions to metahuman": "backend.face.metahuman.expressions:expressions_to_metahuman",
    },
)


def convert(motion: Motion, rig: str) -> Motion:
    """The same performance on another rig; itself where it is on that rig already.

    What a rig has no channel for is lost on the way: ``docs/rigs.md`` says what.

    Raises:
        DirectionError: no rig is called so, or no conversion leads to it.
    """
    wanted = RIGS[rig]
    if motion.rig == wanted:
        return motion
    for step in _way(motion.rig.name, rig):
        motion = STEPS[step](motion)
    return motion


def _way(start: str, end: str) -> Iterator[str]:
    """The names of the fewest steps from rig to rig."""
    ways, open_ = {start: list[str]()}, deque([start])
    while open_:
        here = open_.popleft()
        if here == end:
            yield from ways[here]
            return
        for name in STEPS:
            before, _, after = name.partition(" to ")
            if before == here and after not in ways:
                ways[after] = [*ways[here], name]
                open_.append(after)
    raise DirectionError(f"nothing leads from rig '{start}' to rig '{end}': choose .take or .npz.")
