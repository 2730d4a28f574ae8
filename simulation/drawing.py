"""A vehicle's pixels: faces filled far to near at twice the resolution, then laid over the frame.

The alpha of each vehicle is kept, so that what is visible of it is known exactly. It must not know
scenes, traffic or truth files.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from enforcement.detections import ByteArray, FloatArray, IntArray
from simulation.lens import Camera
from simulation.mesh import Mesh
from simulation.plates import worn_face
from simulation.vehicles import Vehicle, turn, world_points
from simulation.weather import Weather

SHIFT = 4
LARGE_PX = 420
SMALLEST_PLATE_PX = 5
Bounds = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A vehicle at an instant, projected: pixels (V, 2), pose, clipped bounds (x0, y0, x1, y1)."""

    vehicle: Vehicle
    x: float
    y: float
    heading: float
    world: FloatArray
    pixels: FloatArray
    bounds: Bounds
    distance: float


def place(camera: Camera, vehicle: Vehicle, t_s: float) -> Placed | None:
    """The vehicle at a time as the camera sees it; None when outside the picture."""
    x, y, heading = (float(v[0]) for v in vehicle.motion.pose(np.array([t_s])))
    world = world_points(vehicle.mesh.vertices, x, y, heading)
    pixels = camera.project(world)
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    x0, y0 = max(int(np.floor(low[0])) - 2, 0), max(int(np.floor(low[1])) - 2, 0)
    x1 = min(int(np.ceil(high[0])) + 2, camera.width)
    y1 = min(int(np.ceil(high[1])) + 2, camera.height)
    if x1 - x0 < 3 or y1 - y0 < 3 or float(np.median(camera.depth(world))) < 1.0:
        return None
    nearest = float(np.hypot(*(world[:, :2] - camera.centre[:2]).T).mean())
    return Placed(
        vehicle=vehicle,
        x=x,
        y=y,
        heading=heading,
        world=world,
        pixels=pixels,
        bounds=(x0, y0, x1, y1),
        distance=nearest,
    )


def draw_vehicle(
    frame: ByteArray, camera: Camera, placed: Placed, light: Weather, smear: FloatArray
) -> ByteArray:
    """Draw one vehicle in place; smear (2,) pixels is its motion during the exposure.

    Returns its alpha (h, w) uint8 within placed.bounds.
    """
    x0, y0, x1, y1 = placed.bounds
    scale = 1 if max(x1 - x0, y1 - y0) > LARGE_PX else 2
    canvas = np.zeros(((y1 - y0) * scale, (x1 - x0) * scale, 4), np.uint8)
    pixels = (placed.pixels - (x0, y0)) * scale - 0.5
    _fill_faces(canvas, placed, camera, pixels, light)
    _draw_plates(canvas, camera, placed, scale, light)
    if scale > 1:
        canvas = cv2.resize(canvas, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
    length = float(np.hypot(*smear))
    if length > 2.0:
        canvas = _smeared(canvas, smear, length)
    return _compose(frame, canvas, placed.bounds)


def _fill_faces(
    canvas: ByteArray, placed: Placed, camera: Camera, pixels: FloatArray, light: Weather
) -> None:
    mesh = placed.vehicle.mesh
    rotation = turn(placed.heading)
    centres = mesh.centres @ rotation + (placed.x, placed.y, 0.0)
    to_camera = camera.centre - centres
    normals = mesh.normals @ rotation
    facing = np.nonzero((normals * to_camera).sum(axis=1) > 0)[0]
    colours = face_colours(mesh, normals, light)
    points = np.round(pixels * (1 << SHIFT)).astype(np.int32)
    for i in _draw_order(mesh, np.linalg.norm(to_camera, axis=1), facing):
        b, g, r = colours[i]
        cv2.fillConvexPoly(canvas, points[mesh.faces[i]], (b, g, r, 255.0), cv2.LINE_8, SHIFT)


def _draw_order(mesh: Mesh, distance: FloatArray, facing: IntArray) -> IntArray:
    part = mesh.part
    total = np.bincount(part, weights=distance)
    of_part = total / np.maximum(np.bincount(part), 1)
    key = (
        -distance[facing],
        mesh.decal[facing],
        part[facing],
        -of_part[part[facing]],
        mesh.layer[facing],
    )
    return np.asarray(facing[np.lexsort(key)], np.int64)


def face_colours(
    mesh: Mesh, normals: FloatArray, light: Weather
) -> list[tuple[float, float, float]]:
    """BGR of each face under the light: diffuse plus what its gloss mirrors of the sky."""
    bright = light.light(normals)[:, None]
    tilt = np.clip(normals[:, 2:3] * 0.8 + 0.2, 0, 1)
    mirror = np.array(light.sky_high) * mesh.gloss[:, None] * tilt * 0.45
    colour = np.clip(mesh.colour * bright * np.array(light.tint) + mirror, 0, 255)
    return [(float(b), float(g), float(r)) for b, g, r in colour]


def _draw_plates(
    canvas: ByteArray, camera: Camera, placed: Placed, scale: int, light: Weather
) -> None:
    mesh, vehicle = placed.vehicle.mesh, placed.vehicle
    for side, corners in zip((1.0, -1.0), mesh.plates, strict=True):
        if np.isnan(corners[0, 0]):
            continue
        world = world_points(corners, placed.x, placed.y, placed.heading)
        outward = np.array([np.sin(placed.heading), np.cos(placed.heading), 0.0]) * side
        slant = outward @ (camera.centre - world[0])
        if slant <= 0.5:
            continue
        quad = (camera.project(world) - placed.bounds[:2]) * scale - 0.5
        if np.ptp(quad[:, 0]) < SMALLEST_PLATE_PX:
            continue
        normal = outward[None]
        bright = float(light.light(normal)[0]) + 0.25 * light.lamps
        _paste_plate(canvas, vehicle, quad, min(bright, 1.15))


def _paste_plate(canvas: ByteArray, vehicle: Vehicle, quad: FloatArray, bright: float) -> None:
    stacked = vehicle.body.kind == "motorcycle"
    face = worn_face(vehicle.plate, vehicle.vehicle_id, stacked=stacked)
    low = np.maximum(np.floor(quad.min(axis=0)).astype(int) - 1, 0)
    high = np.minimum(np.ceil(quad.max(axis=0)).astype(int) + 2, (canvas.shape[1], canvas.shape[0]))
    if np.any(high - low < 2):
        return
    # The face is shrunk first, because warping alone would alias its letters.
    shrink = np.ptp(quad[:, 0]) * 1.6 / face.shape[1]
    if shrink < 1:
        face = cv2.resize(face, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    h, w = face.shape[:2]
    source = np.array(
        [[-0.5, -0.5], [w - 0.5, -0.5], [w - 0.5, h - 0.5], [-0.5, h - 0.5]], np.float32
    )
    matrix = cv2.getPerspectiveTransform(source, (quad - low).astype(np.float32))
    size = (int(high[0] - low[0]), int(high[1] - low[1]))
    lit = cv2.convertScaleAbs(face, alpha=bright)
    patch = cv2.warpPerspective(
        lit, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    mask = np.zeros((size[1], size[0]), np.uint8)
    points = np.round((quad - low) * (1 << SHIFT)).astype(np.int32)
    cv2.fillConvexPoly(mask, points, 255, cv2.LINE_AA, SHIFT)
    target = canvas[low[1] : high[1], low[0] : high[0], :3]
    share = (mask.astype(np.float32) / 255)[:, :, None]
    target[:] = (target * (1 - share) + patch * share).astype(np.uint8)


def _smeared(canvas: ByteArray, smear: FloatArray, length: float) -> ByteArray:
    """Motion blur; a box along one axis where the motion nearly is, because that costs least."""
    across, along = abs(float(smear[0])), abs(float(smear[1]))
    size = round(length) // 2 * 2 + 1
    if min(across, along) < 0.35 * max(across, along):
        return np.asarray(cv2.blur(canvas, (1, size) if along > across else (size, 1)), np.uint8)
    return np.asarray(cv2.filter2D(canvas, -1, _line_kernel(smear, length)), np.uint8)


def _line_kernel(smear: FloatArray, length: float) -> FloatArray:
    size = int(np.ceil(length)) // 2 * 2 + 3
    kernel = np.zeros((size, size), np.float32)
    middle = (size - 1) / 2
    half = smear / 2
    a = np.round((middle - half) * (1 << SHIFT)).astype(int)
    b = np.round((middle + half) * (1 << SHIFT)).astype(int)
    cv2.line(kernel, (int(a[0]), int(a[1])), (int(b[0]), int(b[1])), 1.0, 1, cv2.LINE_AA, SHIFT)
    return np.asarray(kernel / kernel.sum())


def _compose(frame: ByteArray, canvas: ByteArray, bounds: Bounds) -> ByteArray:
    x0, y0, x1, y1 = bounds
    alpha = canvas[:, :, 3]
    target = frame[y0:y1, x0:x1]
    behind = cv2.multiply(target, cv2.merge([255 - alpha] * 3), scale=1 / 255)
    cv2.add(behind, canvas[:, :, :3], dst=target)
    return np.asarray(alpha)
