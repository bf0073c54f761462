"""The identity basis: 100 components of how faces differ, and the 100 dials by which an artist asks for a face.

A dial is one authored difference ("jaw width"), at one standard deviation (:mod:`dials_whole`, :mod:`dials_face`). Dials
overlap: a weighty face and a wide jaw move the same skin. The components are the principal axes of a population whose dials
are independent and standard normal, as the components of a learned model are those of its population; dials are
an orthogonal mixture of them, so that every face of dials is exactly a face of components and the other way round.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.errors import InputError, unknown
from backend.face.heads.layout import extras
from backend.face.heads.layout.anatomy import Anatomy, Points
from backend.face.heads.layout.dials_face import CHEEKS, EARS, JAW, MOUTH, NECK, NOSE, UNEVEN
from backend.face.heads.layout.dials_whole import EYES, SKULL, WHOLE
from backend.face.heads.layout.fields import Dial

DIALS: tuple[Dial, ...] = (*WHOLE, *SKULL, *EYES, *CHEEKS, *NOSE, *MOUTH, *JAW, *EARS, *NECK, *UNEVEN)
COMPONENTS = len(DIALS)
# The face counts this many times more than the back of the head and the neck.
_FACE = 4.0


@dataclass(frozen=True, eq=False)
class Identities:
    """``components [V, 3, 100]`` in millimetres, largest first; ``mixture [100, 100]`` are the coefficients (columns) of each dial;
    ``points [n, 3, 100]`` is where further points go.
    """

    components: Points
    mixture: NDArray[np.float64]
    points: Points


def dial_fields(anatomy: Anatomy) -> Points:
    """What each dial does at 1, ``[100, V, 3]`` in millimetres, exactly (anti)symmetric."""
    found = []
    for dial in DIALS:
        moved = dial(anatomy.points, anatomy.eyeballs)
        found.append((moved + dial.twin * anatomy.mirrored(moved)) / 2)
    return np.array(found)


def build_identity(anatomy: Anatomy, further: Points) -> Identities:
    """Principal axes of the dials; ``further [n, 3]`` are points off the mesh (joints) to carry along."""
    fields = dial_fields(anatomy)
    mixture = mixture_of(anatomy, fields)
    elsewhere = np.array([dial(further, np.full(len(further), -1)) for dial in DIALS])
    return Identities(np.einsum("kd,dvi->vik", mixture, fields), mixture, np.einsum("kd,dvi->vik", mixture, elsewhere))


def mixture_of(anatomy: Anatomy, fields: Points) -> NDArray[np.float64]:
    """The orthogonal matrix ``[components, dials]``: rows are components by dials, columns dials by components.

    Symmetric and asymmetric dials do not mix. The dial that weighs most in a component does so with a plus.
    """
    weight = anatomy.importance * (1 + (_FACE - 1) * _front(anatomy.points))
    flat = (fields * np.sqrt(weight)[:, None]).reshape(len(fields), -1)
    twins = np.array([dial.twin for dial in DIALS])
    rows, energies = [], []
    for twin in (1, -1):
        own = np.flatnonzero(twins == twin)
        values, vectors = np.linalg.eigh(flat[own] @ flat[own].T)
        for value, vector in zip(values, vectors.T, strict=True):
            row = np.zeros(len(fields))
            row[own] = vector * np.sign(vector[np.abs(vector).argmax()])
            rows.append(row)
            energies.append(value)
    return np.array(rows)[np.argsort(-np.array(energies), kind="stable")]


def _front(points: Points) -> NDArray[np.float64]:
    _, y, z = points.T
    front: NDArray[np.float64] = np.clip((z - 25) / 30, 0, 1) * np.clip((y + 125) / 15, 0, 1) * np.clip((85 - y) / 15, 0, 1)
    return front


def _mixture() -> NDArray[np.float64]:
    """As stored: another machine's eigenvectors need not be the same."""
    return np.asarray(extras()["mixture"], np.float64)


def identity(dials: Mapping[str, float]) -> NDArray[np.float32]:
    """Identity coefficients ``[100]`` of a face that is asked for by name: ``identity({"jaw width": 1.5, "age": 1})``.

    Values are standard deviations.

    Raises:
        InputError: no dial has that name; the nearest one is offered.
    """
    names = dial_names()
    values = np.zeros(len(names))
    for name, value in dials.items():
        if name not in names:
            raise InputError(unknown("identity dial", name, names))
        values[names.index(name)] = value
    return (_mixture() @ values).astype(np.float32)


def dials_of(coefficients: NDArray[np.float32]) -> dict[str, float]:
    """The dials of a face with the given coefficients ``[<=100]``: the inverse of :func:`identity`."""
    values = np.asarray(coefficients, np.float64) @ _mixture()[: len(coefficients)]
    return dict(zip(dial_names(), values.tolist(), strict=True))


def dial_names() -> tuple[str, ...]:
    return tuple(dial.name for dial in DIALS)


def told(component: int, count: int = 3) -> dict[str, float]:
    """The dials that weigh most in a component (counted from 0), to tell in words what it does."""
    row = _mixture()[component]
    order = np.argsort(-np.abs(row), kind="stable")[:count]
    return {DIALS[k].name: float(row[k]) for k in order}
