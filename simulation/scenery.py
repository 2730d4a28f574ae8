"""Buildings, trees and lamp posts beside the road, so that the background is not flat."""

from __future__ import annotations

import cv2
import numpy as np

from enforcement.detections import ByteArray, FloatArray
from simulation.lens import Camera
from simulation.mesh import Colour
from simulation.road import Road
from simulation.weather import Daylight, Weather

SHIFT = 4
FACADES: list[Colour] = [
    (150, 170, 190),
    (170, 172, 176),
    (120, 140, 175),
    (180, 165, 150),
    (110, 120, 150),
]


def draw_scenery(
    picture: ByteArray, camera: Camera, road: Road, light: Weather, rng: np.random.Generator
) -> None:
    """Draw far to near on the picture, in place."""
    things = _roadside(road, -1.0, rng) + _roadside(road, 1.0, rng)
    for y, kind, side in sorted(things, reverse=True):
        edge = road.x_right if side > 0 else road.x_left
        if kind == "building":
            _building(picture, camera, edge + side * 7.0, y, side, light, rng)
        elif kind == "tree":
            _tree(picture, camera, edge + side * float(rng.uniform(2.5, 6)), y, light, rng)
        else:
            _post(picture, camera, edge + side * 1.2, y, side, light)


def _roadside(road: Road, side: float, rng: np.random.Generator) -> list[tuple[float, str, float]]:
    """(y, kind, side) of what stands on one side, clear of road mouths."""
    mouths = (road.cross_road_y, road.side_road_y if side == road.side_road_side else None)
    first = float(rng.uniform(30, 50))
    things = [
        (float(y), "building", side)
        for y in np.arange(first, 170, 14)
        if not any(m is not None and m[0] - 14 < y < m[1] + 3 for m in mouths)
    ]
    for y_tree in np.arange(22, 120, 11):
        y_at = float(y_tree + rng.uniform(-4, 4))
        if rng.random() < 0.5 and not _in_mouth(road, y_at):
            things.append((y_at, "tree", side))
    posts = range(30 if side > 0 else 15, 150, 30)
    return things + [(float(y), "post", side) for y in posts if not _in_mouth(road, y)]


def _in_mouth(road: Road, y: float) -> bool:
    mouths = (road.cross_road_y, road.side_road_y)
    return any(m is not None and m[0] - 1 < y < m[1] + 1 for m in mouths)


def _fill(picture: ByteArray, camera: Camera, corners: FloatArray, colour: FloatArray) -> None:
    if np.any(camera.depth(corners) < 1.0):
        return
    pixels = camera.project(corners)
    if np.abs(pixels).max() > 30000:
        return
    points = np.round((pixels - 0.5) * (1 << SHIFT)).astype(np.int32)
    cv2.fillPoly(picture, [points], tuple(float(c) for c in colour), cv2.LINE_AA, SHIFT)


def _building(
    picture: ByteArray,
    camera: Camera,
    x: float,
    y: float,
    side: float,
    light: Weather,
    rng: np.random.Generator,
) -> None:
    height, depth = float(rng.uniform(5, 16)), float(rng.uniform(9, 13.5))
    base = np.array(FACADES[int(rng.integers(len(FACADES)))], float) * rng.uniform(0.75, 1.1)
    far_x = x + side * 14
    haze = min(y / 300, 0.7) * light.haze
    sky = np.array(light.sky_low)
    faces = (
        (
            np.array([[x, y, 0], [far_x, y, 0], [far_x, y, height], [x, y, height]], float),
            (0, -1, 0),
        ),
        (
            np.array([[x, y, 0], [x, y + depth, 0], [x, y + depth, height], [x, y, height]], float),
            (-side, 0, 0),
        ),
    )
    for corners, normal in faces:
        bright = float(light.light(np.array([normal], float))[0])
        _fill(picture, camera, corners, _mixed(base * bright, sky, haze))
        for window in _windows(corners, height):
            lit = light.daylight is not Daylight.DAY and rng.random() < 0.3
            glass = np.array([60, 130, 150]) if lit else np.array([70, 64, 58]) * bright
            _fill(picture, camera, window, _mixed(glass, sky, haze))


def _mixed(colour: FloatArray, sky: FloatArray, haze: float) -> FloatArray:
    return np.asarray(np.clip(colour * (1 - haze) + sky * haze, 0, 255), np.float64)


def _windows(wall: FloatArray, height: float) -> list[FloatArray]:
    a, b, _, d = wall
    floors, bays = max(int(height / 3), 1), max(int(np.linalg.norm(b - a) / 2.4), 1)
    out = []
    for i in range(bays):
        for j in range(floors):
            u0, u1 = (i + 0.25) / bays, (i + 0.75) / bays
            v0, v1 = (j + 0.35) / floors, (j + 0.8) / floors
            out.append(
                np.array(
                    [
                        a + (b - a) * u + (d - a) * v
                        for u, v in ((u0, v0), (u1, v0), (u1, v1), (u0, v1))
                    ]
                )
            )
    return out


def _tree(
    picture: ByteArray, camera: Camera, x: float, y: float, light: Weather, rng: np.random.Generator
) -> None:
    height = float(rng.uniform(3.5, 7))
    bright = float(light.light(np.array([[0.0, 0.0, 1.0]]))[0])
    trunk = np.array(
        [[x - 0.12, y, 0], [x + 0.12, y, 0], [x + 0.1, y, height * 0.6], [x - 0.1, y, height * 0.6]]
    )
    _fill(picture, camera, trunk, np.array([50, 62, 78]) * bright)
    for _ in range(26):
        at = np.array([[x, y, height * 0.72]]) + rng.normal(0, 1, (1, 3)) * (height * 0.16)
        if camera.depth(at)[0] < 2:
            return
        radius = height * 0.12 * camera.lens.fx / float(camera.depth(at)[0])
        centre = camera.project(at)[0]
        if np.abs(centre).max() > 20000:
            return
        leaf = np.array([44, 92, 66]) * bright * rng.uniform(0.6, 1.2)
        cv2.circle(
            picture,
            (int(centre[0]), int(centre[1])),
            max(int(radius), 1),
            tuple(float(c) for c in leaf),
            -1,
            cv2.LINE_AA,
        )


def _post(
    picture: ByteArray, camera: Camera, x: float, y: float, side: float, light: Weather
) -> None:
    grey = np.array([110, 112, 112]) * float(light.light(np.array([[0.0, -1.0, 0.0]]))[0])
    reach = x - side * 2.4
    _fill(
        picture,
        camera,
        np.array([[x - 0.08, y, 0], [x + 0.08, y, 0], [x + 0.06, y, 8], [x - 0.06, y, 8]]),
        grey,
    )
    _fill(
        picture,
        camera,
        np.array([[x, y, 7.9], [x, y, 8.05], [reach, y, 8.25], [reach, y, 8.1]]),
        grey,
    )
    lamp = (
        np.array([150, 220, 250])
        if light.daylight is not Daylight.DAY
        else np.array([190, 190, 190])
    )
    _fill(
        picture,
        camera,
        np.array(
            [
                [reach, y, 8.0],
                [reach + side * 0.7, y, 8.0],
                [reach + side * 0.7, y, 8.2],
                [reach, y, 8.2],
            ]
        ),
        lamp,
    )
