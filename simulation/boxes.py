"""Where vehicles are in the picture, exactly, without drawing: full boxes, plates, visible shares.

It must not know colours, weather or files.
"""

from __future__ import annotations

import cv2
import numpy as np

from enforcement.detections import FloatArray
from simulation.lens import NEAREST_DEPTH_M, Camera
from simulation.vehicles import Vehicle

SHARE_RASTER_PX = 480


def projected_hulls(
    camera: Camera, vehicle: Vehicle, t: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Pixels (N, H, 2) of a body's outermost points at N times, and their least depth (N,)."""
    points = vehicle.body.mesh.hull
    x, y, heading = vehicle.motion.pose(t)
    c, s = np.cos(heading)[:, None], np.sin(heading)[:, None]
    world = np.empty((len(t), len(points), 3))
    world[:, :, 0] = points[:, 0] * c + points[:, 1] * s + x[:, None]
    world[:, :, 1] = -points[:, 0] * s + points[:, 1] * c + y[:, None]
    world[:, :, 2] = points[:, 2]
    flat = world.reshape(-1, 3)
    depth = camera.depth(flat).reshape(len(t), len(points)).min(axis=1)
    return camera.project(flat).reshape(len(t), len(points), 2), depth


def full_boxes(camera: Camera, vehicle: Vehicle, t: FloatArray) -> FloatArray:
    """(N, 4) unclipped boxes at times t, pixels; NaN where the body reaches behind the lens."""
    pixels, depth = projected_hulls(camera, vehicle, t)
    boxes = np.concatenate([pixels.min(axis=1), pixels.max(axis=1)], axis=1)
    boxes[depth < NEAREST_DEPTH_M * 1.5] = np.nan
    return boxes


def clipped(camera: Camera, boxes: FloatArray, smallest_px: float = 4.0) -> FloatArray:
    """(N, 4) boxes cut to the picture; NaN where less than smallest_px is left."""
    cut = boxes.copy()
    cut[:, 0::2] = np.clip(cut[:, 0::2], 0, camera.width)
    cut[:, 1::2] = np.clip(cut[:, 1::2], 0, camera.height)
    small = (cut[:, 2] - cut[:, 0] < smallest_px) | (cut[:, 3] - cut[:, 1] < smallest_px)
    cut[small] = np.nan
    return cut


def visible_boxes(camera: Camera, vehicle: Vehicle, t: FloatArray) -> FloatArray:
    """(N, 4) projected extent cut to the picture at times t, NaN where not in it."""
    return clipped(camera, full_boxes(camera, vehicle, t))


def plate_boxes(camera: Camera, vehicle: Vehicle, t: FloatArray) -> FloatArray:
    """(N, 4) box of the plate that faces the camera at times t; NaN where none is seen whole."""
    x, y, heading = vehicle.motion.pose(t)
    ahead = np.stack([np.sin(heading), np.cos(heading)], axis=1)
    towards = camera.centre[:2] - np.stack([x, y], axis=1)
    front = (ahead * towards).sum(axis=1) > 0
    c, s = np.cos(heading)[:, None], np.sin(heading)[:, None]
    corners = vehicle.mesh.plates[np.where(front, 0, 1)]
    world = np.stack(
        [
            corners[:, :, 0] * c + corners[:, :, 1] * s + x[:, None],
            -corners[:, :, 0] * s + corners[:, :, 1] * c + y[:, None],
            corners[:, :, 2],
        ],
        axis=2,
    )
    pixels = camera.project(np.nan_to_num(world.reshape(-1, 3))).reshape(-1, 4, 2)
    boxes = np.concatenate([pixels.min(axis=1), pixels.max(axis=1)], axis=1)
    outside = (
        (boxes[:, :2].min(axis=1) < 0)
        | (boxes[:, 2] > camera.width)
        | (boxes[:, 3] > camera.height)
    )
    boxes[outside | np.isnan(corners[:, 0, 0])] = np.nan
    return boxes


def visible_shares(camera: Camera, hulls: list[FloatArray], distances: list[float]) -> list[float]:
    """Share of each vehicle's whole silhouette (hull pixels, (H, 2) each) that nothing hides or cuts."""
    scale = SHARE_RASTER_PX / camera.width
    size = (SHARE_RASTER_PX, max(int(camera.height * scale), 1))
    order = np.argsort([-d for d in distances])
    raster = np.zeros((size[1], size[0]), np.uint8)
    areas = np.zeros(len(hulls))
    for number in order:
        hull = cv2.convexHull((hulls[number] * scale).astype(np.float32))
        areas[number] = max(float(cv2.contourArea(hull)), 1.0)
        points = np.clip(np.round((hull - 0.5) * 16), -500000, 500000).astype(np.int32)
        cv2.fillConvexPoly(raster, points, int(number) + 1, cv2.LINE_8, 4)
    seen = np.bincount(raster.reshape(-1), minlength=len(hulls) + 1)[1 : len(hulls) + 1]
    return [float(min(s / a, 1.0)) for s, a in zip(seen, areas, strict=True)]
