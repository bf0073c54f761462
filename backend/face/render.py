"""A small renderer for faces that needs no GPU and no display driver.

Primary rays are cast by Embree; light is worked out per vertex (occlusion, shadow) and per pixel
(diffuse, gloss, rim). Lengths are taken relative to the face, so any unit will do.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from backend.face.face import Face

Floats = NDArray[np.float32]

_LENS = np.radians(17.0)  # vertical field of view: a portrait lens, which keeps noses their own size
_SKY = np.array([0.62, 0.64, 0.68])
_GROUND = np.array([0.30, 0.27, 0.25])
_RELAXED = 3  # times that occlusion is averaged over neighbours, to hide the few rays it is made of
_CONTRAST = 0.035  # of neighbouring pixels, above which a pixel is looked at more closely
_INSIDE_PIXEL = ((-0.37, -0.12), (0.12, -0.37), (0.37, 0.12), (-0.12, 0.37))


@dataclass(frozen=True, slots=True)
class View:
    """What the camera sees: ``size`` is (width, height) in pixels.

    The head turns by ``yaw`` degrees to its own left and looks down by ``pitch`` degrees, as the
    ``arkit`` rig's rotations; ``zoom`` above 1 comes closer. ``key`` is where the main light
    stands, in degrees towards the viewer's right.
    """

    size: tuple[int, int] = (400, 400)
    yaw: float = 0.0
    pitch: float = 0.0
    zoom: float = 1.0
    key: float = -38.0


def render(face: Face, vertices: NDArray[Any], view: View | None = None) -> NDArray[np.uint8]:
    """Picture ``[height, width, 3]`` (sRGB) of a face whose vertices ``[V, 3]`` stand as given.

    The frame is set by the face at rest, so it does not follow a moving jaw or head.
    """
    view = view or View()
    shot = _Shot(_look(face), view, np.asarray(vertices, np.float64))
    width, height = view.size
    picture = shot.colours(np.zeros(2)).reshape(height, width, 3)
    edges = _edges(picture)
    if edges.any():
        rows = np.flatnonzero(edges)
        closer = [shot.colours(np.array(offset), rows) for offset in _INSIDE_PIXEL]
        picture.reshape(-1, 3)[rows] = np.mean([*closer], axis=0)
    return np.asarray(np.clip(picture * 255 + 0.5, 0, 255), np.uint8)


class _Look:
    """What stays the same from frame to frame of one face."""

    def __init__(self, face: Face) -> None:
        quads = face.quads
        whole = quads[:, 2] != quads[:, 3]
        self.triangles = np.concatenate([quads[:, [0, 1, 2]], quads[whole][:, [0, 2, 3]]])
        surface = np.concatenate([face.surface, face.surface[whole]])
        # Materials that share vertices blend into each other there (lip and skin, iris and white).
        colour = np.array([material.colour for material in face.materials])[surface] ** 2.2
        rough = np.array([material.roughness for material in face.materials])[surface]
        looks = np.repeat(np.column_stack([colour, rough]), 3, axis=0)
        corners = self.triangles.ravel()
        count = np.maximum(np.bincount(corners, minlength=len(face.vertices)), 1)
        summed = np.stack([np.bincount(corners, looks[:, k], len(face.vertices)) for k in range(4)], axis=1)
        self.looks = (summed / count[:, None]).astype(np.float32)
        used = face.vertices[np.unique(corners)].astype(np.float64)
        low, high = used.min(axis=0), used.max(axis=0)
        self.middle = (low + high) / 2
        self.height = float(high[1] - low[1])
        self.corners, self.count = corners, count

    @cached_property
    def neighbours(self) -> Any:
        """Row-normalised vertex adjacency, for averaging."""
        from scipy import sparse

        a, b, c = self.triangles.T
        rows, cols = np.concatenate([a, b, c, b, c, a]), np.concatenate([b, c, a, a, b, c])
        size = len(self.looks)
        linked = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, cols)), (size, size)) + sparse.identity(size, np.float32)
        return (sparse.diags(1 / np.asarray(linked.sum(axis=1)).ravel()) @ linked).tocsr().astype(np.float32)


_looks: WeakKeyDictionary[Face, _Look] = WeakKeyDictionary()


def _look(face: Face) -> _Look:
    if face not in _looks:
        _looks[face] = _Look(face)
    return _looks[face]


class _Shot:
    """One face in one pose, before one camera."""

    def __init__(self, look: _Look, view: View, vertices: NDArray[np.float64]) -> None:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene

        self.look, self.view = look, view
        points = (vertices - look.middle) @ _turned(view).T / look.height
        self.points = points.astype(np.float32)
        self.scene = EmbreeScene()
        TriangleMesh(self.scene, self.points[look.triangles])
        self.normals = _normals(self.points, look)
        self.eye = np.array([0.0, 0.0, 0.56 / np.tan(_LENS / 2) / view.zoom + 0.3], np.float32)
        self.key = _direction(view.key, 32)
        self.fill = _direction(-view.key * 1.3, 5)
        self.rim = _direction(-view.key * 3.6, 25)
        self.light = self._light()

    def colours(self, offset: NDArray[Any], pixels: NDArray[np.intp] | None = None) -> Floats:
        """sRGB, 0 to 1, of the pixels (all, if none are named), looked at beside their middle."""
        width, height = self.view.size
        pixels = np.arange(width * height) if pixels is None else pixels
        across = (pixels % width + 0.5 + offset[0] - width / 2) / (height / 2)
        down = (pixels // width + 0.5 + offset[1] - height / 2) / (height / 2)
        colours = _background(across, down)
        span = np.tan(_LENS / 2)
        rays = np.column_stack([across * span, -down * span, -np.ones(len(pixels))]).astype(np.float32)
        rays /= np.linalg.norm(rays, axis=1, keepdims=True)
        hit = self.scene.run(np.broadcast_to(self.eye, rays.shape).copy(), rays, output=True)
        found = np.flatnonzero(hit["primID"] >= 0)
        colours[found] = _tone(self._shade(hit["primID"][found], hit["u"][found], hit["v"][found], rays[found]))
        return colours

    def _shade(self, triangle: NDArray[np.int32], u: Floats, v: Floats, rays: Floats) -> Floats:
        corners = self.look.triangles[triangle]
        share = np.stack([1 - u - v, u, v], axis=1)[:, :, None]
        mixed = (np.concatenate([self.normals, self.light, self.look.looks], axis=1)[corners] * share).sum(axis=1)
        normal, (open_, lit), base, rough = mixed[:, :3], mixed[:, 3:5].T, mixed[:, 5:8], mixed[:, 8]
        normal = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
        facing = -(normal * rays).sum(axis=1)
        normal = np.where(facing[:, None] < 0, -normal, normal)
        facing = np.abs(facing)
        light = _sky(normal[:, 1]) * open_[:, None]
        light += 1.1 * _wrapped(normal @ self.key, rough) * lit[:, None] * np.array([1.0, 0.96, 0.9])
        light += 0.26 * _wrapped(normal @ self.fill, rough) * open_[:, None] * np.array([0.86, 0.93, 1.0])
        # Light that has wandered through skin leaves it redder than it came: dim parts take on more of the base colour.
        colour = base * light * (base / np.maximum(base.max(axis=1, keepdims=True), 1e-6)) ** (0.22 * np.exp(-1.6 * light))
        gloss = self._gloss(normal, rays, rough, lit, open_)
        rim = 0.5 * np.clip(normal @ self.rim, 0, 1) ** 1.5 * (1 - facing) ** 2 * open_
        return np.asarray(colour + gloss[:, None] + rim[:, None] * (0.3 + base), np.float32)

    def _gloss(self, normal: Floats, rays: Floats, rough: Floats, lit: Floats, open_: Floats) -> Floats:
        gloss = np.zeros(len(normal), np.float32)
        fresnel = 0.04 + 0.5 * (1 - np.abs((normal * rays).sum(axis=1))) ** 5
        power = 2 / np.maximum(rough, 0.2) ** 4
        for light, strength, shade in ((self.key, 1.0, lit), (self.fill, 0.2, open_)):
            half = light - rays
            half = half / np.linalg.norm(half, axis=1, keepdims=True)
            toward = np.clip((normal * half).sum(axis=1), 0, 1)
            # Normalised Blinn-Phong, with a ceiling so that a wet eye shows a clean round window and not a spark.
            gloss += np.minimum((power + 8) / 25 * toward**power, 3) * strength * np.where(rough < 0.2, 0.5, fresnel) * shade
        return gloss

    def _light(self) -> Floats:
        """Per vertex: share of the sky that is open, share of the key light that arrives."""
        start = (self.points + 0.002 * self.normals).astype(np.float32)
        # The sky, sampled in one fixed set of directions around each normal.
        side = np.cross(self.normals, np.array([0.31, 0.87, 0.38], np.float32))
        side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-6)
        other = np.cross(self.normals, side)
        fan = _fan(16)
        sky = [start, fan[:, 0, None, None] * side + fan[:, 1, None, None] * other + fan[:, 2, None, None] * self.normals]
        open_ = 0.18 + 0.82 * self._clear(sky[0], sky[1], 0.2)
        keys = np.stack([_direction(self.view.key + a, 32 + b) for a, b in ((-7, -6), (7, -4), (-4, 7), (6, 6))])
        lit = self._clear(start, np.repeat(keys[:, None], len(start), axis=1), 10.0)
        light = np.stack([open_, lit], axis=1).astype(np.float32)
        for _ in range(_RELAXED):
            light = self.look.neighbours @ light
        return np.asarray(light, np.float32)

    def _clear(self, start: Floats, directions: NDArray[Any], reach: float) -> NDArray[np.float64]:
        """Share of ``directions [D, V, 3]`` in which nothing stands within reach of ``start [V, 3]``."""
        rays = np.ascontiguousarray(directions.reshape(-1, 3), np.float32)
        origins = np.tile(start, (len(directions), 1))
        far = np.full(len(rays), reach, np.float32)
        blocked = self.scene.run(origins, rays, far, query="OCCLUDED") >= 0
        return np.asarray(1 - blocked.reshape(len(directions), -1).mean(axis=0))


def _turned(view: View) -> NDArray[np.float64]:
    yaw, pitch = np.radians([view.yaw, view.pitch])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    return np.asarray(about_y @ about_x, np.float64)


def _direction(azimuth: float, elevation: float) -> Floats:
    a, e = np.radians([azimuth, elevation])
    return np.array([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)], np.float32)


def _fan(count: int) -> Floats:
    """Directions about +z, spread by the cosine, in a sunflower's order."""
    i = np.arange(count)
    radius, angle = np.sqrt((i + 0.5) / count), i * np.pi * (3 - np.sqrt(5))
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle), np.sqrt(1 - radius**2)]).astype(np.float32)


def _normals(points: Floats, look: _Look) -> Floats:
    a, b, c = (points[look.triangles[:, k]] for k in range(3))
    flat = np.repeat(np.cross(b - a, c - a), 3, axis=0)
    summed = np.stack([np.bincount(look.corners, flat[:, k], len(points)) for k in range(3)], axis=1)
    return np.asarray(summed / np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-12), np.float32)


def _wrapped(cosine: Floats, rough: Floats) -> Floats:
    """Diffuse light that reaches a little past the terminator, red the furthest, as in skin."""
    wrap = np.array([0.32, 0.2, 0.14]) * np.clip(rough * 2, 0, 1)[:, None]
    return np.asarray(np.clip((cosine[:, None] + wrap) / (1 + wrap), 0, 1) ** 1.15, np.float32)


def _sky(up: Floats) -> NDArray[np.float64]:
    share = 0.5 + 0.5 * up[:, None]
    mixed: NDArray[np.float64] = 0.5 * (share * _SKY + (1 - share) * _GROUND)
    return mixed


def _background(across: NDArray[Any], down: NDArray[Any]) -> Floats:
    away = np.clip(np.hypot(across * 0.8, down + 0.1), 0, 1.6) / 1.6
    return np.asarray(np.array([0.56, 0.57, 0.59]) * (1 - 0.55 * away[:, None] ** 1.4), np.float32)


def _tone(linear: Floats) -> Floats:
    """A shoulder for highlights, then the sRGB curve (approximated by a power)."""
    kept = linear / (1 + 0.12 * linear) * 1.06
    return np.asarray(np.clip(kept, 0, 1) ** (1 / 2.2), np.float32)


def _edges(picture: Floats) -> NDArray[np.bool_]:
    grey = picture @ np.array([0.3, 0.55, 0.15], np.float32)
    jump = np.zeros(grey.shape, bool)
    for axis in (0, 1):
        step = np.abs(np.diff(grey, axis=axis)) > _CONTRAST
        first, second = [slice(None)] * 2, [slice(None)] * 2
        first[axis], second[axis] = slice(None, -1), slice(1, None)
        jump[tuple(first)] |= step
        jump[tuple(second)] |= step
    return jump
