"""The still part of the picture: ground, lines, sky, buildings, trees; drawn once per scene.

Every pixel of the ground is looked up in metres through the lens, so that lines are where the
calibration says, distortion included. It must not know vehicles.
"""

from __future__ import annotations

import cv2
import numpy as np

from enforcement.detections import ByteArray, FloatArray
from simulation.lens import Camera
from simulation.markings import F32, paint_markings, smooth_noise
from simulation.road import Road
from simulation.scenery import draw_scenery
from simulation.weather import Daylight, Weather


def render_background(
    camera: Camera, road: Road, light: Weather, seed: int, oversample: int = 2
) -> ByteArray:
    """(H, W, 3) uint8 BGR of the empty scene."""
    rng = np.random.default_rng((seed, 77))
    x, y, up = _ground_lookup(camera, oversample)
    picture = _sky(up, light)
    ground = np.isfinite(x)
    gx, gy = x[ground], y[ground]
    colour = _ground_colours(gx, gy, road, rng)
    distance = np.hypot(gx - camera.centre[0], gy - camera.centre[1])
    brightness = _ground_light(gx, gy, light)
    lit = colour * brightness[:, None] * np.array(light.tint, np.float32)
    haze = np.clip(distance / 400, 0, 1)[:, None] * np.float32(light.haze * 2)
    haze = np.clip(haze, 0, 0.9)
    picture[ground] = lit * (1 - haze) + np.array(light.sky_low, np.float32) * haze
    full = cv2.resize(picture, (camera.width, camera.height), interpolation=cv2.INTER_AREA)
    still: ByteArray = np.clip(full, 0, 255).astype(np.uint8)
    draw_scenery(still, camera, road, light, rng)
    return still


def _ground_lookup(camera: Camera, oversample: int) -> tuple[F32, F32, F32]:
    """World X, Y of each sub-pixel (NaN off the ground) and the elevation of its ray."""
    w, h = camera.width * oversample, camera.height * oversample
    # The inverse lens is smooth: it is evaluated on a coarse grid and interpolated.
    gw, gh = max(w // 16, 2), max(h // 16, 2)
    us = (np.linspace(0, w - 1, gw) + 0.5) / oversample
    vs = (np.linspace(0, h - 1, gh) + 0.5) / oversample
    grid = np.stack(np.meshgrid(us, vs), axis=-1).reshape(-1, 2)
    ray = camera.rays(grid)
    ray = (ray / np.linalg.norm(ray, axis=1, keepdims=True)).reshape(gh, gw, 3).astype(np.float32)
    columns = np.linspace(0, gw - 1, w, dtype=np.float32)
    rows = np.linspace(0, gh - 1, h, dtype=np.float32)
    maps = np.meshgrid(columns, rows)
    dense = cv2.remap(ray, maps[0], maps[1], cv2.INTER_LINEAR)
    up = dense[:, :, 2]
    down = up < -0.004
    scale = np.where(down, -camera.centre[2] / np.where(down, up, -1), np.nan).astype(np.float32)
    x = np.float32(camera.centre[0]) + dense[:, :, 0] * scale
    y = np.float32(camera.centre[1]) + dense[:, :, 1] * scale
    return x.astype(np.float32), y.astype(np.float32), up


def _sky(up: F32, light: Weather) -> F32:
    share = np.clip(up / 0.35, 0, 1)[:, :, None]
    low, high = np.array(light.sky_low, np.float32), np.array(light.sky_high, np.float32)
    return np.asarray(low * (1 - share) + high * share, np.float32)


def _ground_colours(gx: F32, gy: F32, road: Road, rng: np.random.Generator) -> F32:
    left, right = np.float32(road.x_left - 0.5), np.float32(road.x_right + 0.5)
    on_road = (gx > left) & (gx < right)
    if road.side_road_y is not None:
        beyond = gx > right - 1 if road.side_road_side > 0 else gx < left + 1
        on_road |= (gy > road.side_road_y[0]) & (gy < road.side_road_y[1]) & beyond
    if road.cross_road_y is not None:
        on_road |= (gy > road.cross_road_y[0]) & (gy < road.cross_road_y[1])
    grass = bool(rng.random() < 0.5)
    far = np.array([70, 118, 104] if grass else [134, 142, 150], np.float32) * rng.uniform(0.8, 1.1)
    colour = np.repeat(far[None].astype(np.float32), len(gx), axis=0)
    colour *= (1 + 0.10 * smooth_noise(rng, gx, gy, 0.7) + 0.10 * smooth_noise(rng, gx, gy, 6.0))[
        :, None
    ]
    walk = (gx > left - 2.6) & (gx < right + 2.6) & ~on_road
    colour[walk] = np.array([158, 162, 164], np.float32) * (
        1 + 0.05 * smooth_noise(rng, gx[walk], gy[walk], 0.3)[:, None]
    )
    joints = walk & (((gy % 1.5) < 0.04) | ((np.abs(gx) % 1.3) < 0.03))
    colour[joints] *= 0.82
    kerb = walk & ((gx > left - 0.22) & (gx < right + 0.22))
    colour[kerb] = (186, 190, 190)
    asphalt = np.array([96, 96, 98], np.float32) * rng.uniform(0.8, 1.25)
    colour[on_road] = asphalt
    ax, ay = gx[on_road], gy[on_road]
    texture = (
        1
        + 0.05 * smooth_noise(rng, ax, ay, 0.06)
        + 0.04 * smooth_noise(rng, ax, ay, 0.5)
        + 0.07 * smooth_noise(rng, ax * 3, ay * 0.25, 2.0)
        + 0.05 * _wheel_tracks(ax, road)
    )
    colour[on_road] *= texture[:, None]
    paint_markings(colour, gx, gy, road, on_road, rng)
    return colour


def _wheel_tracks(x: F32, road: Road) -> F32:
    tracks = np.zeros_like(x)
    for lane in road.lanes:
        tracks -= np.exp(-(((x - lane.centre) / 0.5) ** 2)).astype(np.float32)
    return tracks


def _ground_light(gx: F32, gy: F32, light: Weather) -> F32:
    normal: FloatArray = np.array([[0.0, 0.0, 1.0]])
    base = np.full(len(gx), float(light.light(normal)[0]), np.float32)
    if light.rain:
        base *= 0.80
    if light.daylight is not Daylight.DAY:
        strength = 0.35 if light.daylight is Daylight.NIGHT else 0.12
        for side in (-1, 1):
            offset = np.float32(15.0 if side > 0 else 0.0)
            dy = (gy + offset) % 30.0 - 15.0
            base += np.float32(strength) * np.exp(-((dy / 9) ** 2) - ((gx - side * 7) / 8) ** 2)
    return base
