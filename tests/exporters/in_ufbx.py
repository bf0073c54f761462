"""Runs in a process of its own, for ufbx crashes as Python ends: what a reader other than Blender finds in an FBX.

    python in_ufbx.py FILE OUT.npz

Keys: ``fps``; ``span`` of the only animation; ``shape/NAME`` with rows of seconds, weight; ``bone/NAME``
with world rotations ``[frames, 3, 3]`` at the keys' times.
"""

import gc
import os
import sys

import numpy as np
import ufbx

KEPT = []


def kept(thing):
    # This binding frees what a list points to together with the list's wrapper, so wrappers must live on.
    KEPT.append(thing)
    return thing


def all_of(things):
    kept(things)
    return [kept(things[i]) for i in range(len(things))]


def main(file, out):
    gc.disable()
    scene = kept(ufbx.load_file(file))
    (stack,) = all_of(scene.anim_stacks)
    (layer,) = all_of(stack.layers)
    dump = {"fps": scene.settings.frames_per_second, "span": [stack.time_begin, stack.time_end]}
    for prop in all_of(layer.anim_props):
        element = kept(prop.element)
        if type(element).__name__ == "BlendChannel" and prop.prop_name == "DeformPercent":
            curve = all_of(kept(prop.anim_value).curves)[0]
            rows = np.array([(key.time, key.value / 100) for key in all_of(curve.keyframes)])
            dump[f"shape/{element.name}"] = rows
    names = [node.name for node in all_of(scene.nodes) if kept(node.bone) is not None]
    turns = {name: [] for name in names}
    for time in rows[:, 0]:
        there = kept(scene.evaluate(kept(stack.anim), float(time)))
        for node in all_of(there.nodes):
            if node.name in turns:
                matrix = kept(node.node_to_world)
                columns = [tuple(kept(column)) for column in (matrix.c0, matrix.c1, matrix.c2)]
                turns[node.name].append(np.array(columns).T / np.linalg.norm(columns, axis=1))
    np.savez(out, **dump, **{f"bone/{name}": np.array(found) for name, found in turns.items()})


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)
