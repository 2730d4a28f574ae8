"""Roads that accuracy is measured on: a mix of cameras, lenses, light and weather for every type.

Seeded: the same seed and number of passes give the same scenes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.scenarios import BUILDERS, Options
from simulation.scene import SimScene
from simulation.weather import Daylight

# What is measured of a camera and its light is common to a scene: coverage needs many of them.
PER_SCENE = {"pixels": 10, "detections": 50}
SCENARIOS = {
    "speed": ("speed",),
    "red_light": ("red_light", "red_light_front"),
    "lane_invasion": ("bus_lane",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """One way a scene may look; weight is how often."""

    weight: float
    daylight: Daylight
    rain: bool = False
    distortion: float = 0.0
    receding: bool = False


LOOKS = (
    _Look(weight=0.35, daylight=Daylight.DAY),
    _Look(weight=0.25, daylight=Daylight.DAY, distortion=0.8),
    _Look(weight=0.10, daylight=Daylight.DAY, receding=True),
    _Look(weight=0.10, daylight=Daylight.DUSK),
    _Look(weight=0.10, daylight=Daylight.DAY, rain=True),
    _Look(weight=0.10, daylight=Daylight.NIGHT),
)


def scenes_for(kind: str, *, passes: int, seed: int, level: str) -> list[SimScene]:
    """Scenes that hold so many passes together."""
    rng = np.random.default_rng((seed, 77))
    per_scene = PER_SCENE[level]
    weights = np.array([look.weight for look in LOOKS])
    scenes = []
    left = passes
    number = 0
    while left > 0:
        look = LOOKS[int(rng.choice(len(LOOKS), p=weights / weights.sum()))]
        names = SCENARIOS[kind]
        options = Options(
            seed=seed * 1000 + number,
            passes=min(per_scene, left),
            daylight=look.daylight,
            rain=look.rain,
            distortion=look.distortion,
            receding=look.receding,
            size=(1920, 1080) if level == "pixels" and number % 2 else None,
            close=level == "pixels" and number % 2 == 1,
            limit_kmh=float(rng.choice([50.0, 60.0, 80.0])),
            camera_id=f"sim-{kind}-{number}",
        )
        scenes.append(BUILDERS[names[number % len(names)]](options))
        left -= per_scene
        number += 1
    return scenes
