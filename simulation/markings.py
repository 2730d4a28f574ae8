"""Paint on the road, per point of the ground: lines, stop line, zebra, words. Metres in, colours out."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from simulation.road import LaneType, Road

F32 = NDArray[np.float32]
Mask = NDArray[np.bool_]
WHITE = (215.0, 218.0, 218.0)
YELLOW = (70.0, 190.0, 225.0)


def smooth_noise(rng: np.random.Generator, gx: F32, gy: F32, cell_m: float) -> F32:
    """(N,) smooth noise in -1..1 with cells of cell_m metres, tiled."""
    table = rng.uniform(-1, 1, (256, 256)).astype(np.float32)
    u = (gx / np.float32(cell_m)) % 256
    v = (gy / np.float32(cell_m)) % 256
    # cv2.remap wants 2-D maps with sides below 32768.
    n = len(u)
    columns = 4096
    pad = -n % columns
    um = np.pad(u, (0, pad)).reshape(-1, columns)
    vm = np.pad(v, (0, pad)).reshape(-1, columns)
    out = cv2.remap(table, um, vm, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return np.asarray(out.reshape(-1)[:n], np.float32)


def paint_markings(
    colour: F32, gx: F32, gy: F32, road: Road, on_road: Mask, rng: np.random.Generator
) -> None:
    """Paint worn markings over colour (N, 3) at ground points gx, gy (N,), in place."""
    wear = 0.80 + 0.14 * smooth_noise(rng, gx, gy, 0.25)

    def put(mask: Mask, paint: tuple[float, float, float]) -> None:
        w = wear[mask][:, None]
        colour[mask] = colour[mask] * (1 - w) + np.array(paint, np.float32) * w

    for x, style in line_places(road):
        put(
            _line(gx, gy, road, x, style) & on_road, YELLOW if style in ("bus", "yellow") else WHITE
        )
    within = (gx > road.x_left) & (gx < road.x_right)
    if road.stop_line_y is not None:
        put(within & (np.abs(gy - np.float32(road.stop_line_y)) < 0.20), WHITE)
    if road.zebra_y is not None:
        zebra = within & (gy > road.zebra_y[0]) & (gy < road.zebra_y[1])
        put(zebra & (((gx - np.float32(road.x_left)) % 1.0) < 0.5), WHITE)
    for lane in road.lanes:
        if lane.lane_type is LaneType.EXCLUSIVE_BUS:
            put(_bus_word(gx, gy, lane.centre, lane.direction), WHITE)


def _line(gx: F32, gy: F32, road: Road, x: float, style: str) -> Mask:
    half = 0.10 if style == "bus" else 0.07
    near = np.abs(gx - np.float32(x)) < half
    if road.cross_road_y is not None:
        near &= (gy < road.cross_road_y[0]) | (gy > road.cross_road_y[1])
    if style == "dashed":
        near &= (gy % 8.0) < 3.2
    if style == "bus":
        for a, b in road.crossing_y:
            near &= ~((gy > a) & (gy < b) & ((gy % 2.0) > 1.0))
    return np.asarray(near, np.bool_)


def _bus_word(gx: F32, gy: F32, centre: float, direction: int) -> Mask:
    """BUS written along the lane, readable to its drivers, every 18 m."""
    tile = np.zeros((60, 44), np.uint8)
    cv2.putText(tile, "BUS", (1, 46), cv2.FONT_HERSHEY_SIMPLEX, 0.68, 255, 2)
    u = (gx - np.float32(centre)) * direction / 0.05 + 22
    v = 60 - ((gy * direction) % 18.0) / 0.06
    inside = (u >= 0) & (u < 44) & (v >= 0) & (v < 60)
    out = np.zeros(len(gx), np.bool_)
    out[inside] = tile[v[inside].astype(int), u[inside].astype(int)] > 127
    return out


def line_places(road: Road) -> list[tuple[float, str]]:
    """X and style of each line along the road: solid edges, dashes between lanes, solid bus lane."""
    lanes = sorted(road.lanes, key=lambda lane: lane.x_left)
    places = [(lanes[0].x_left + 0.1, "solid"), (lanes[-1].x_right - 0.1, "solid")]
    for a, b in pairwise(lanes):
        if LaneType.EXCLUSIVE_BUS in (a.lane_type, b.lane_type):
            places.append((a.x_right, "bus"))
        elif a.direction != b.direction:
            places += [(a.x_right - 0.12, "yellow"), (a.x_right + 0.12, "yellow")]
        else:
            places.append((a.x_right, "dashed"))
    return places
