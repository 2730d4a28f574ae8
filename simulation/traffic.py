"""Putting vehicles on the road without letting two of them share a piece of ground.

Each accepted vehicle's ground is sampled once on a common grid of time, so that trying a later start
is a shift of an index and thousands of passes are placed in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from enforcement.detections import FloatArray
from simulation.vehicles import Vehicle

GRID_S = 0.2
RETRY_STEPS = 2
SIDE_GAP_M = 0.25
REMEMBERED = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Ground that a vehicle covers from grid step `first` on: (N, 4) x, y, half extents along X, Y."""

    first: int
    rows: FloatArray


class Ground:
    """The ground already taken by accepted vehicles; gap_m is kept clear along the road."""

    def __init__(self, gap_m: float) -> None:
        self._gap = np.array([SIDE_GAP_M, gap_m])
        self._taken: list[Sweep] = []

    def take(self, vehicle: Vehicle) -> None:
        """Remember an accepted vehicle."""
        self._taken = [*self._taken[-(REMEMBERED - 1) :], sweep(vehicle)]

    def free_for(self, vehicle: Vehicle) -> bool:
        """Whether the vehicle meets nobody."""
        return self._free(sweep(vehicle), 0)

    def earliest(self, vehicle: Vehicle) -> Vehicle:
        """The vehicle, started as much later as it takes to meet nobody; taken."""
        steps, own = 0, sweep(vehicle)
        while not self._free(own, steps):
            steps += RETRY_STEPS
        placed = delayed(vehicle, steps * GRID_S) if steps else vehicle
        self._taken = [
            *self._taken[-(REMEMBERED - 1) :],
            Sweep(first=own.first + steps, rows=own.rows),
        ]
        return placed

    def _free(self, own: Sweep, later: int) -> bool:
        return not any(_meet(own, later, other, self._gap) for other in self._taken)


def sweep(vehicle: Vehicle) -> Sweep:
    """The ground a vehicle covers over its life."""
    first = int(np.ceil(vehicle.motion.enters_s / GRID_S))
    last = max(int(np.floor(vehicle.motion.leaves_s / GRID_S)), first)
    times = np.arange(first, last + 1, dtype=np.float64) * np.float64(GRID_S)
    x, y, heading = vehicle.motion.pose(times)
    c, s = np.abs(np.cos(heading)), np.abs(np.sin(heading))
    half_l, half_w = vehicle.body.length_m / 2, vehicle.body.width_m / 2
    rows = np.stack([x, y, s * half_l + c * half_w, c * half_l + s * half_w], axis=1)
    return Sweep(first=first, rows=rows)


def _meet(own: Sweep, later: int, other: Sweep, gap: FloatArray) -> bool:
    first = own.first + later
    start = max(first, other.first)
    end = min(first + len(own.rows), other.first + len(other.rows))
    if end <= start:
        return False
    a = own.rows[start - first : end - first]
    b = other.rows[start - other.first : end - other.first]
    near = np.abs(a[:, :2] - b[:, :2]) < a[:, 2:] + b[:, 2:] + gap
    return bool((near[:, 0] & near[:, 1]).any())


def collides(candidate: Vehicle, others: list[Vehicle], gap_m: float) -> bool:
    """Whether the candidate ever comes closer than gap_m along, or SIDE_GAP_M across, to another."""
    gap, own = np.array([SIDE_GAP_M, gap_m]), sweep(candidate)
    return any(_meet(own, 0, sweep(other), gap) for other in others)


def delayed(vehicle: Vehicle, by_s: float) -> Vehicle:
    """The same vehicle doing the same later."""
    motion = vehicle.motion
    later = replace(motion.profile, t_s=motion.profile.t_s + by_s)
    moved = replace(
        motion, profile=later, enters_s=motion.enters_s + by_s, leaves_s=motion.leaves_s + by_s
    )
    return replace(vehicle, motion=moved)
