"""What light and weather add to a frame: shadows, lamp glow, rain, sensor noise. In place, seeded."""

from __future__ import annotations

import cv2
import numpy as np

from enforcement.detections import ByteArray, FloatArray
from simulation.drawing import Placed
from simulation.lens import Camera
from simulation.vehicles import world_points
from simulation.weather import Daylight, Weather

SHIFT = 4
NOISE_MARGIN = 64


def draw_shadow(frame: ByteArray, camera: Camera, placed: Placed, light: Weather) -> None:
    """Cast shadow by the sun and the dark under the body."""
    body = placed.vehicle.body
    half, w, h = body.length_m / 2, body.width_m / 2, body.height_m * 0.92
    slide = -light.sun[:2] / max(float(light.sun[2]), 0.2) * h
    base = np.array(
        [[s * w * 0.97, e * half * 0.98, 0.0] for s, e in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    )
    ground = world_points(base, placed.x, placed.y, placed.heading)
    thrown = ground * (0.9, 0.9, 1) + np.array([*(ground[:, :2].mean(axis=0) * 0.1), 0])
    thrown = thrown + np.array([slide[0], slide[1], 0.0])
    _darken(frame, camera, np.vstack([ground, thrown]), light.shadow, 0.06)
    under = ground.mean(axis=0) + (ground - ground.mean(axis=0)) * (0.55 if body.width_m < 1 else 1)
    _darken(frame, camera, under, 0.5 if light.daylight is Daylight.DAY else 0.4, 0.12)


def _darken(
    frame: ByteArray, camera: Camera, ground: FloatArray, strength: float, soft_m: float
) -> None:
    if strength < 0.03 or np.any(camera.depth(ground) < 1.0):
        return
    hull = cv2.convexHull(camera.project(ground).astype(np.float32))[:, 0]
    soft = soft_m * camera.lens.fx / float(camera.depth(ground).mean())
    pad = int(2 * soft) + 2
    x0, y0 = np.maximum(np.floor(hull.min(axis=0)).astype(int) - pad, 0)
    x1, y1 = np.minimum(np.ceil(hull.max(axis=0)).astype(int) + pad, (camera.width, camera.height))
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    mask = np.full((y1 - y0, x1 - x0), 255, np.uint8)
    points = np.round((hull - (x0, y0) - 0.5) * (1 << SHIFT)).astype(np.int32)
    cv2.fillConvexPoly(mask, points, 255 * (1 - strength), cv2.LINE_AA, SHIFT)
    size = max(int(soft), 1) * 2 + 1
    mask = cv2.blur(mask, (size, size))
    target = frame[y0:y1, x0:x1]
    cv2.multiply(target, cv2.merge([mask] * 3), dst=target, scale=1 / 255)


def draw_lamps(
    frame: ByteArray, camera: Camera, placed: Placed, light: Weather, *, braking: bool
) -> None:
    """Head and tail lamps that face the camera, and the light they throw on the road."""
    mesh = placed.vehicle.mesh
    ahead = np.array([np.sin(placed.heading), np.cos(placed.heading), 0.0])
    to_camera = camera.centre - (placed.x, placed.y, 0.6)
    coming = float(ahead @ to_camera) > 0
    if light.lamps > 0.3 and light.daylight is Daylight.NIGHT:
        _beam(frame, camera, placed)
    if coming and light.lamps > 0:
        radius = 0.20 + 0.32 * light.lamps
        lamps, colour, strength = mesh.headlamps, (200, 235, 255), light.lamps
    elif not coming and (braking or light.lamps > 0):
        radius, strength = 0.16 + 0.12 * light.lamps, 0.9 if braking else 0.6 * light.lamps
        lamps, colour = mesh.taillamps, (30, 25, 255)
    else:
        return
    _glow(frame, camera, placed, lamps, colour, radius, strength, wet=light.rain)


def _glow(
    frame: ByteArray,
    camera: Camera,
    placed: Placed,
    lamps: FloatArray,
    colour: tuple[int, int, int],
    radius_m: float,
    strength: float,
    *,
    wet: bool,
) -> None:
    world = world_points(lamps, placed.x, placed.y, placed.heading)
    depth = camera.depth(world)
    for pixel, z in zip(camera.project(world), depth, strict=True):
        radius = max(int(radius_m * camera.lens.fx / max(float(z), 1.0)), 2)
        _add_blob(frame, pixel, radius, radius, colour, strength)
        if wet:
            below = pixel + np.array([0.0, 2.6 * radius])
            _add_blob(frame, below, max(radius * 2 // 3, 1), radius * 3, colour, strength * 0.35)


def _beam(frame: ByteArray, camera: Camera, placed: Placed) -> None:
    front = placed.vehicle.body.length_m / 2
    spot = np.array([[0.0, front + 6.0, 0.0], [-2.0, front + 6.0, 0.0], [0.0, front + 1.0, 0.0]])
    world = world_points(spot, placed.x, placed.y, placed.heading)
    if np.any(camera.depth(world) < 1.0):
        return
    centre, side, near = camera.project(world)
    rx = max(int(np.hypot(*(side - centre))), 2)
    ry = max(int(np.hypot(*(near - centre))), 2)
    _add_blob(frame, centre, rx, ry, (150, 180, 195), 0.35)


def _add_blob(
    frame: ByteArray,
    centre: FloatArray,
    rx: int,
    ry: int,
    colour: tuple[int, int, int],
    strength: float,
) -> None:
    if rx > 600 or ry > 600:
        return
    cx, cy = round(float(centre[0]) - 0.5), round(float(centre[1]) - 0.5)
    height, width = frame.shape[:2]
    x0, y0, x1, y1 = (
        max(cx - rx, 0),
        max(cy - ry, 0),
        min(cx + rx + 1, width),
        min(cy + ry + 1, height),
    )
    if x1 <= x0 or y1 <= y0:
        return
    u = ((np.arange(x0, x1) - cx) / rx).astype(np.float32)
    v = ((np.arange(y0, y1) - cy) / ry).astype(np.float32)
    r2 = u[None, :] ** 2 + v[:, None] ** 2
    shape = np.maximum(1 - r2, 0) ** 2 * strength
    add = shape[:, :, None] * np.array(colour, np.float32)
    target = frame[y0:y1, x0:x1]
    cv2.add(target, add.astype(np.uint8), dst=target)


class Sensor:
    """Noise and rain of one scene: tables drawn once, shifted by the frame's own draw."""

    def __init__(self, width: int, height: int, light: Weather, seed: int) -> None:
        rng = np.random.default_rng((seed, 5))
        shape = (height + NOISE_MARGIN, width + NOISE_MARGIN)
        grain = rng.normal(128, light.noise, (*shape, 1)) + rng.normal(
            0, light.noise * 0.4, (*shape, 3)
        )
        self._grain: ByteArray = np.clip(grain, 0, 255).astype(np.uint8)
        self._rain = _streaks(rng, shape) if light.rain else None
        self._seed = seed

    def apply(self, frame: ByteArray, index: int) -> None:
        """Add rain and noise of frame number index, in place."""
        rng = np.random.default_rng((self._seed, 9, index))
        height, width = frame.shape[:2]
        if self._rain is not None:
            dx, dy = rng.integers(0, NOISE_MARGIN, 2)
            cv2.add(frame, self._rain[dy : dy + height, dx : dx + width], dst=frame)
        dx, dy = rng.integers(0, NOISE_MARGIN, 2)
        grain = self._grain[dy : dy + height, dx : dx + width]
        cv2.addWeighted(frame, 1.0, grain, 1.0, -128.0, dst=frame)


def _streaks(rng: np.random.Generator, shape: tuple[int, int]) -> ByteArray:
    layer = np.zeros((*shape, 3), np.uint8)
    for _ in range(int(shape[0] * shape[1] / 2200)):
        x, y = int(rng.integers(0, shape[1])), int(rng.integers(0, shape[0]))
        length = int(rng.integers(shape[0] // 60 + 3, shape[0] // 18 + 6))
        grey = int(rng.integers(14, 46))
        cv2.line(layer, (x, y), (x + length // 5, y + length), (grey, grey, grey), 1, cv2.LINE_AA)
    soft: ByteArray = cv2.GaussianBlur(layer, (3, 3), 0)
    return soft
