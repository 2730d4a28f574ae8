"""Practice scenes hold what the detector must learn to tell apart."""

from __future__ import annotations

import numpy as np

from enforcement.detections import VehicleClass
from jobs.training.simulated_set import HEAVY_SHARE, PRACTICE_SEED, varied_scene

HEAVY = {VehicleClass.BUS, VehicleClass.TRUCK}


def heavy_share(seed: int) -> float:
    vehicles = varied_scene(seed).vehicles
    return float(np.mean([v.body.vehicle_class in HEAVY for v in vehicles]))


def test_about_a_third_of_practice_scenes_are_mostly_buses_and_trucks() -> None:
    shares = np.array([heavy_share(PRACTICE_SEED + i) for i in range(40)])
    assert abs(float(np.mean(shares > 0.4)) - HEAVY_SHARE) < 0.2
    assert float(np.median(shares)) < 0.3
