"""Putting vehicles on the road without letting two of them share a piece of ground."""

from __future__ import annotations

import numpy as np

from enforcement.detections import FloatArray
from simulation.vehicles import Vehicle

CHECK_STEP_S = 0.2
SAFE_GAP_M = 1.0
SIDE_GAP_M = 0.25


def collides(candidate: Vehicle, others: list[Vehicle], gap_m: float = SAFE_GAP_M) -> bool:
    """Whether the candidate ever comes closer than gap_m along, or SIDE_GAP_M across, to another."""
    return any(_meets(candidate, other, gap_m) for other in others)


def _meets(a: Vehicle, b: Vehicle, gap_m: float) -> bool:
    start = max(a.motion.enters_s, b.motion.enters_s)
    end = min(a.motion.leaves_s, b.motion.leaves_s)
    if end <= start:
        return False
    t = np.arange(start, end + CHECK_STEP_S, CHECK_STEP_S)
    reach_y, reach_x = _reach(a, t), _reach(b, t)
    ax, ay, _ = a.motion.pose(t)
    bx, by, _ = b.motion.pose(t)
    along = np.abs(ay - by) < reach_y[1] + reach_x[1] + gap_m
    across = np.abs(ax - bx) < reach_y[0] + reach_x[0] + SIDE_GAP_M
    return bool(np.any(along & across))


def _reach(v: Vehicle, t: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Half extents of the footprint along X and Y at times t."""
    _, _, heading = v.motion.pose(t)
    c, s = np.abs(np.cos(heading)), np.abs(np.sin(heading))
    half_l, half_w = v.body.length_m / 2, v.body.width_m / 2
    return s * half_l + c * half_w, c * half_l + s * half_w
