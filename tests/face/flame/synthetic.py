"""A FLAME-shaped head of our own: 5023 vertices, a mouth that is a slit, two eyeballs, five joints, smooth random shapes."""

import io
import pickle
import sys
import types
from contextlib import contextmanager
from functools import cache

import numpy as np
from scipy import sparse
from scipy.spatial import ConvexHull

from backend.face.flame import FlameModel

VERTICES, EYEBALL = 5023, 546
EYES = np.array([[0.031, 0.03, 0.072], [-0.031, 0.03, 0.072]])
JOINTS = np.array([[0, -0.15, -0.02], [0, -0.08, -0.02], [0, -0.02, 0.01], *EYES])
MOUTH_Y, MOUTH_HALF = -0.042, 0.024


def _ball(count):
    """Points evenly on the unit sphere (Fibonacci lattice) and the triangles of their hull, facing out."""
    i = np.arange(count) + 0.5
    height, turn = 1 - 2 * i / count, np.pi * (1 + 5**0.5) * i
    round_ = np.sqrt(1 - height**2)
    points = np.stack([round_ * np.cos(turn), height, round_ * np.sin(turn)], 1)
    triangles = ConvexHull(points).simplices
    a, b, c = (points[triangles[:, k]] for k in range(3))
    inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), a) < 0
    triangles[inward] = triangles[inward][:, ::-1]
    return points, triangles


def _hill(points, centre, width):
    return np.exp(-np.sum(((points - centre) / width) ** 2, axis=1))


def _skin(count):
    """Head without eyeballs: how far each vertex follows the jaw, too."""
    points, triangles = _ball(count + 400)
    head = points * [0.075, 0.13, 0.095]
    front = points[:, 2] > 0
    # Around the mouth the head is opened by a circle, which a Joukowski map closes to a slit.
    w = (head[:, 0] + 1j * (head[:, 1] - MOUTH_Y)) / (MOUTH_HALF / 2)
    keep = ~(front & (np.abs(w) < 1))
    # The neck is open at its lower end, where as many vertices go as are too many.
    order = np.argsort(np.where(keep, points[:, 1], -2))
    kept = np.sort(order[len(points) - count :])
    place = np.full(len(points), -1)
    place[kept] = np.arange(count)
    triangles = place[triangles]
    triangles = triangles[(triangles >= 0).all(axis=1)]
    head, w, front = head[kept], w[kept], front[kept]
    slit = w + 0.97 / w
    moved = np.where(front & (np.abs(w) < 12), slit, w) * (MOUTH_HALF / 2)
    lower = 1 / (1 + np.exp(6 * np.imag(w) / np.abs(w).clip(1)))
    jaw = np.where(front, lower * np.exp(-((np.abs(head[:, 0]) / 0.06) ** 4)) * (head[:, 1] > -0.115), 0)
    head[:, 0], head[:, 1] = np.where(front, moved.real, head[:, 0]), np.where(front, moved.imag + MOUTH_Y, head[:, 1])
    head[:, 2] += 0.018 * _hill(head, [0, -0.01, 0.095], [0.014, 0.02, 0.05])
    head[:, 2] += 0.012 * _hill(head, [0, -0.085, 0.08], [0.02, 0.016, 0.05])
    for side in (1, -1):
        head[:, 0] += side * 0.018 * _hill(head, [side * 0.075, 0.01, -0.01], [0.03, 0.028, 0.014])
    return head, triangles, jaw


@cache
def synthetic(identities=300, expressions=100, seed=0, name="synthetic"):
    """A model as large as FLAME's; its fields are drawn from ``seed``, its geometry is not."""
    random = np.random.default_rng(seed)
    skin, faces, jaw = _skin(VERTICES - 2 * EYEBALL)
    ball, ball_faces = _ball(EYEBALL)
    template = np.concatenate([skin, *(centre + 0.012 * ball for centre in EYES)])
    triangles = np.concatenate([faces, ball_faces + len(skin), ball_faces + len(skin) + EYEBALL])
    neck = np.clip((skin[:, 1] + 0.13) / 0.05, 0, 1)
    weights = np.zeros((VERTICES, 5))
    weights[: len(skin), 2] = jaw
    weights[: len(skin), 1] = (1 - jaw) * neck
    weights[: len(skin), 0] = 1 - weights[: len(skin), 1:].sum(axis=1)
    weights[len(skin) : -EYEBALL, 3] = weights[-EYEBALL:, 4] = 1
    fields = smooth_fields(template, identities + expressions + 36, random)
    # An expression leaves the eyeballs alone and dies off towards the back, as FLAME's do.
    face = np.clip(template[:, 2] / 0.05, 0, 1) * (np.arange(VERTICES) < len(skin))
    return FlameModel(
        name=name,
        template=template,
        triangles=triangles,
        identity=0.002 * fields[..., :identities] / np.sqrt(1 + np.arange(identities)),
        expression=0.0015 * face[:, None, None] * fields[..., identities:-36] / np.sqrt(1 + np.arange(expressions)),
        pose_correctives=0.001 * face[:, None, None] * fields[..., -36:],
        joint_regressor=_regressor(template, weights),
        parents=(-1, 0, 1, 1, 1),
        weights=weights,
    )


def smooth_fields(points, count, random):
    """``[V, 3, count]`` sums of a few slow waves through space."""
    waves = random.normal(0, 30, (150, 3))
    phases = random.uniform(0, 2 * np.pi, 150)
    mixed = np.cos(points @ waves.T + phases) @ random.normal(0, 0.1, (150, 3 * count))
    return mixed.reshape(len(points), 3, count)


def _regressor(template, weights):
    """The least change of weights near each joint that puts it in its place; rows sum to one, most entries are zero."""
    rows = np.zeros((5, len(template)))
    for joint, place in enumerate(JOINTS):
        bound = weights[:, joint] > 0.9 if joint > 2 else np.ones(len(template), bool)
        near = np.argsort(np.linalg.norm(template - place, axis=1) + 10.0 * ~bound)[:60]
        system = np.concatenate([template[near].T, np.ones((1, len(near)))])
        rows[joint, near] = np.linalg.pinv(system) @ [*place, 1]
    return rows


def small(seed=0, vertices=30, identities=4, expressions=3):
    """A few random vertices: no head, but every array is full. Weights are multiples of 2^-10 and sum to one exactly."""
    random = np.random.default_rng(seed)
    weights = random.multinomial(2**10, np.full(5, 0.2), vertices) / 2**10
    regressor = random.multinomial(2**10, np.full(vertices, 1 / vertices), 5) / 2**10
    return FlameModel(
        name="small",
        template=random.normal(0, 0.1, (vertices, 3)),
        triangles=random.integers(0, vertices, (20, 3)),
        identity=random.normal(0, 0.01, (vertices, 3, identities)),
        expression=random.normal(0, 0.01, (vertices, 3, expressions)),
        pose_correctives=random.normal(0, 0.01, (vertices, 3, 36)),
        joint_regressor=regressor,
        parents=(-1, 0, 1, 1, 1),
        weights=weights,
    )


def as_flame_holds_it(model):
    """The dict of FLAME's own pickles: float64, unsigned triangles and tree, a sparse regressor, and what nobody needs."""
    parents = np.array([2**32 - 1, *model.parents[1:]], np.int64)
    return {
        "f": model.triangles.astype(np.uint32),
        "v_template": model.template.astype(np.float64),
        "shapedirs": np.concatenate([model.identity, model.expression], axis=2).astype(np.float64),
        "posedirs": np.asfortranarray(model.pose_correctives.astype(np.float64)),
        "J_regressor": sparse.csc_matrix(model.joint_regressor.astype(np.float64)),
        "kintree_table": np.stack([parents, np.arange(5)]),
        "weights": model.weights.astype(np.float64),
        "J": model.joints.astype(np.float64),
        "bs_style": "lbs",
        "bs_type": "lrotmin",
    }


@contextmanager
def chumpy_installed():
    """A module of chumpy's name for as long as a pickle is written, with the state that chumpy's objects leave in one."""

    class Ch:
        def __init__(self, x):
            self.x = x
            self._dirty_vars, self._itr, self._make_dense, self._depends_on_deps = {"x"}, None, False, {"r": {"deps": {"x"}, "value": None}}

    class Select:
        def __init__(self, a, idxs, preferred_shape):
            self.a, self.idxs, self.preferred_shape = a, idxs, preferred_shape

    class add:  # noqa: N801
        def __init__(self, a, b):
            self.a, self.b = a, b

    homes = {"chumpy": (), "chumpy.ch": (Ch,), "chumpy.reordering": (Select,), "chumpy.ch_ops": (add,)}
    for home, kinds in homes.items():
        sys.modules[home] = types.ModuleType(home)
        for kind in kinds:
            kind.__module__, kind.__qualname__ = home, kind.__name__
            setattr(sys.modules[home], kind.__name__, kind)
    try:
        yield types.SimpleNamespace(Ch=Ch, Select=Select, add=add)
    finally:
        for home in homes:
            del sys.modules[home]


class Python2Pickler(pickle._Pickler):
    """Writes protocol 2 as Python 2 did: texts and raw bytes alike as byte strings, names of the old modules."""

    def save_str(self, text):
        self._string(text.encode("latin-1"))
        self.memoize(text)

    def save_bytes(self, raw):
        self._string(raw)
        self.memoize(raw)

    def _string(self, raw):
        short = len(raw) < 256
        self.write(pickle.SHORT_BINSTRING + bytes([len(raw)]) + raw if short else pickle.BINSTRING + len(raw).to_bytes(4, "little") + raw)

    def save_global(self, what, name=None):
        path = f"{what.__module__}\n{name or what.__qualname__}\n"
        for new, old in (
            ("scipy.sparse._", "scipy.sparse."),
            ("numpy._core", "numpy.core"),
            ("builtins", "__builtin__"),
            ("copyreg", "copy_reg"),
        ):
            path = path.replace(new, old)
        self.write(pickle.GLOBAL + path.encode())
        self.memoize(what)

    dispatch = pickle._Pickler.dispatch | {str: save_str, bytes: save_bytes, type: save_global, types.FunctionType: save_global}


def python2_pickle(thing):
    content = io.BytesIO()
    Python2Pickler(content, protocol=2, fix_imports=True).dump(thing)
    return content.getvalue()
