"""How a portrait is taken: where the head and the lights stand, what is behind, what the camera does to the picture."""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, binary_erosion, binary_fill_holes, distance_transform_edt, gaussian_filter

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]

_ALIKE = 0.15  # distance of two colours from which an edge can be read
BACKGROUNDS = ("plain", "gradient", "clouds", "lights", "room")


@dataclass(frozen=True, slots=True)
class Sight:
    """Degrees, pixels, and factors.

    The head turns by ``yaw`` to its own left and looks down by ``pitch``; ``key`` is where the main light stands, towards the
    viewer's right. ``zoom`` and ``shift`` (shares of the picture, right and down) frame the head. ``exposure`` is in stops, ``warmth`` from
    -1 (cold) to 1 (warm), ``contrast`` a factor, ``blur`` and ``noise`` standard deviations in pixels and of full scale,
    ``quality`` JPEG's.
    """

    yaw: float
    pitch: float
    key: float
    zoom: float
    shift: tuple[float, float]
    background: str
    exposure: float
    warmth: float
    contrast: float
    blur: float
    noise: float
    quality: int


def draw_sight(chance: np.random.Generator) -> Sight:
    """A photograph by chance: mostly from in front, sharp and well lit, as portraits are."""
    return Sight(
        yaw=float(np.clip(chance.normal(0, 14), -35, 35)),
        pitch=float(np.clip(chance.normal(0, 6), -14, 14)),
        key=float(chance.choice([-1, 1]) * chance.uniform(5, 70)),
        zoom=float(chance.uniform(1.25, 1.7)),
        shift=(float(chance.uniform(-0.07, 0.07)), float(chance.uniform(-0.05, 0.05))),
        background=str(chance.choice(BACKGROUNDS)),
        exposure=float(np.clip(chance.normal(0, 0.28), -0.6, 0.6)),
        warmth=float(np.clip(chance.normal(0, 0.4), -1, 1)),
        contrast=float(np.exp(chance.normal(0, 0.1))),
        blur=float(max(chance.normal(0.2, 0.5), 0)),
        noise=float(abs(chance.normal(0, 0.01))),
        quality=int(chance.integers(55, 97)),
    )


def cut_out(picture: Picture, empty: Picture) -> tuple[Floats, Floats]:
    """The head without what is behind it, from a picture and the same without a head.

    The share of each pixel ``[H, W]`` that the head covers, and its colours ``[H, W, 3]`` from 0 to 1. A pixel at the edge holds some
    of the old background: its own colour is taken from the nearest one inside, its share from how far it has come from the background.
    """
    seen, behind = picture.astype(np.float32) / 255, empty.astype(np.float32) / 255
    there = binary_fill_holes(np.abs(seen - behind).max(axis=2) > 2 / 255)
    inside = binary_erosion(there, iterations=2, border_value=1)
    edge = binary_dilation(there) & ~inside
    nearest = distance_transform_edt(~inside, return_distances=False, return_indices=True)
    colour = np.where(edge[..., None], seen[tuple(nearest)], seen)
    apart = colour - behind
    share = ((seen - behind) * apart).sum(axis=2) / np.maximum((apart**2).sum(axis=2), 1e-6)
    # Where head and old background look alike, only the outline tells them apart.
    alike = (apart**2).sum(axis=2) < _ALIKE**2
    outline = gaussian_filter(binary_erosion(there, border_value=1).astype(np.float32), 0.7)
    cover = np.where(inside, 1.0, np.where(edge, np.where(alike, outline, share), 0.0))
    return np.asarray(np.clip(cover, 0, 1), np.float32), np.asarray(colour, np.float32)


def backdrop(kind: str, size: int, chance: np.random.Generator) -> Floats:
    """A background ``[size, size, 3]`` in sRGB from 0 to 1, of a kind in :data:`BACKGROUNDS`, out of focus."""
    one, other = (_paint(chance) for _ in range(2))
    down, across = np.mgrid[0:size, 0:size].astype(np.float32) / max(size - 1, 1)
    if kind == "plain":
        share = np.zeros((size, size))
    elif kind == "gradient":
        angle = chance.uniform(0, 2 * np.pi)
        share = 0.5 + 0.5 * ((across - 0.5) * np.cos(angle) + (down - 0.5) * np.sin(angle)) / 0.71
    elif kind == "clouds":
        share = np.sum([_noise(size, scale, chance) / (i + 1) for i, scale in enumerate((3, 6, 12))], axis=0)
        share = (share - share.min()) / max(float(np.ptp(share)), 1e-6)
    elif kind == "lights":
        share = _lights(across, down, chance)
    else:
        share = _room(across, down, chance)
    picture = one + (other - one) * np.asarray(share, np.float32)[..., None]
    soft = gaussian_filter(picture, (size / 60, size / 60, 0))
    return np.asarray(np.clip(soft, 0, 1), np.float32)


def developed(picture: Floats, sight: Sight, chance: np.random.Generator) -> Picture:
    """What the camera makes of light: exposure, white balance, contrast, blur, noise and JPEG; ``[H, W, 3]`` both."""
    linear = np.clip(picture, 0, 1) ** 2.2 * 2**sight.exposure
    linear = linear * np.array([1 + 0.12 * sight.warmth, 1.0, 1 - 0.14 * sight.warmth])
    tone = np.clip(linear, 0, None) ** (1 / 2.2)
    tone = np.where(tone > 0.85, 0.85 + 0.15 * np.tanh((tone - 0.85) / 0.15), tone)
    tone = 0.45 + (tone - 0.45) * sight.contrast
    tone = gaussian_filter(tone, (sight.blur, sight.blur, 0)) if sight.blur > 0 else tone
    grain = chance.normal(0, 1, tone.shape[:2])[..., None] * 0.8 + chance.normal(0, 1, tone.shape) * 0.4
    return _jpeg(np.asarray(np.clip(tone + sight.noise * grain, 0, 1) * 255 + 0.5, np.uint8), sight.quality)


def _jpeg(picture: Picture, quality: int) -> Picture:
    from PIL import Image

    content = io.BytesIO()
    Image.fromarray(picture).save(content, "JPEG", quality=quality)
    return np.array(Image.open(io.BytesIO(content.getvalue())).convert("RGB"), np.uint8)


def _paint(chance: np.random.Generator) -> Floats:
    """A colour that walls and woods have: any lightness, seldom a loud hue."""
    grey, hue = chance.uniform(0.08, 0.92), chance.uniform(0, 2 * np.pi)
    tint = 0.35 * min(grey, 1 - grey) * chance.random() * np.cos(hue + np.array([0, 2.1, 4.2]))
    return np.asarray(grey + tint, np.float32)


def _noise(size: int, scale: int, chance: np.random.Generator) -> NDArray[np.float64]:
    from scipy.ndimage import zoom

    grid = chance.random((scale + 2, scale + 2))
    fine: NDArray[np.float64] = zoom(grid, size / scale + 1, order=3)[:size, :size]
    return fine


def _lights(across: Floats, down: Floats, chance: np.random.Generator) -> NDArray[np.float64]:
    """Round lights out of focus."""
    share = np.zeros(across.shape)
    for _ in range(int(chance.integers(6, 22))):
        x, y, radius = chance.random(), chance.random(), chance.uniform(0.02, 0.1)
        share = np.maximum(share, chance.uniform(0.3, 1) * (np.hypot(across - x, down - y) < radius))
    return share


def _room(across: Floats, down: Floats, chance: np.random.Generator) -> NDArray[np.float64]:
    """Walls, frames and shelves: some upright rectangles."""
    share = 0.25 * (across > chance.uniform(0.1, 0.9)).astype(np.float64)
    for _ in range(int(chance.integers(2, 7))):
        x, y, wide, high = chance.random(), chance.random(), chance.uniform(0.08, 0.4), chance.uniform(0.08, 0.5)
        inside = (np.abs(across - x) < wide / 2) & (np.abs(down - y) < high / 2)
        share = np.where(inside, chance.random(), share)
    return share
