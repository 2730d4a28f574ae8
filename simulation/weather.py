"""Light and weather as numbers the drawing uses: sun, sky, street lights, rain, sensor noise."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from enforcement.detections import FloatArray
from simulation.mesh import Colour


class Daylight(StrEnum):
    """Times of day with their own light."""

    DAY = "day"
    DUSK = "dusk"
    NIGHT = "night"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """sun: unit vector towards the sun. shadow: 0..1 darkness of cast shadows. ambient, direct: light on
    faces. exposure: factor on the whole picture. lamps: 0..1 how much lamps shine. noise: standard
    deviation of the sensor, grey levels. shutter_s: exposure time for motion blur."""

    daylight: Daylight
    rain: bool
    sun: FloatArray
    shadow: float
    ambient: float
    direct: float
    tint: Colour
    sky_low: Colour
    sky_high: Colour
    lamps: float
    noise: float
    haze: float
    shutter_s: float

    def light(self, normals: FloatArray) -> FloatArray:
        """(F,) brightness of faces with (F, 3) world normals."""
        direct = np.maximum(normals @ self.sun, 0.0) * self.direct
        sky = self.ambient * (0.72 + 0.28 * normals[:, 2])
        return np.asarray(direct + sky, np.float64)


def weather(daylight: Daylight, *, rain: bool, rng: np.random.Generator | None = None) -> Weather:
    """The light of a time of day; rng moves the sun and varies the rest."""
    azimuth, elevation, vary = 2.2, 0.9, 1.0
    if rng is not None:
        azimuth, elevation = float(rng.uniform(0, 2 * np.pi)), float(rng.uniform(0.5, 1.3))
        vary = float(rng.uniform(0.85, 1.12))
    sun = np.array(
        [
            np.sin(azimuth) * np.cos(elevation),
            np.cos(azimuth) * np.cos(elevation),
            np.sin(elevation),
        ]
    )
    overcast = rain or (rng is not None and bool(rng.random() < 0.35))
    if daylight is Daylight.DAY:
        ambient, direct, shadow = (0.86, 0.12, 0.12) if overcast else (0.58, 0.52, 0.48)
        return Weather(
            daylight=daylight,
            rain=rain,
            sun=sun,
            shadow=shadow,
            ambient=ambient * vary * (0.85 if rain else 1),
            direct=direct * vary,
            tint=(1.0, 1.0, 1.0),
            sky_low=(232, 228, 222) if overcast else (236, 226, 210),
            sky_high=(205, 200, 196) if overcast else (226, 190, 140),
            lamps=0.35 if rain else 0.0,
            noise=2.0,
            haze=0.45 if rain else 0.2,
            shutter_s=1 / 500,
        )
    if daylight is Daylight.DUSK:
        return Weather(
            daylight=daylight,
            rain=rain,
            sun=sun,
            shadow=0.08,
            ambient=0.50 * vary,
            direct=0.10,
            tint=(1.06, 0.97, 0.98),
            sky_low=(150, 150, 180),
            sky_high=(130, 96, 84),
            lamps=0.7,
            noise=4.0,
            haze=0.3,
            shutter_s=1 / 200,
        )
    return Weather(
        daylight=daylight,
        rain=rain,
        sun=sun,
        shadow=0.05,
        ambient=0.34 * vary,
        direct=0.05,
        tint=(0.82, 0.97, 1.12),
        sky_low=(34, 26, 24),
        sky_high=(20, 14, 12),
        lamps=1.0,
        noise=6.0,
        haze=0.15,
        shutter_s=1 / 120,
    )
