"""Latitude and longitude to metres on the ground beside an origin, and back.

East is +X and north +Y, so that a heading on the road is a compass heading. Good to a millimetre over the
few hundred metres that one camera sees. It must not know cameras.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin, sqrt

from enforcement.errors import BadInput

# WGS 84: NIMA TR8350.2, table 3.1 and §3.
_SEMI_MAJOR_M = 6_378_137.0
_ECCENTRICITY_SQUARED = 6.694379990141e-3
FARTHEST_M = 5_000.0
"""Farther from the origin than this is a slip of the pen, not a road that one camera sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where X = Y = 0 is; degrees, WGS 84."""

    latitude: float
    longitude: float

    def to_metres(self, latitude: float, longitude: float) -> tuple[float, float]:
        """(east, north), metres. Raises BadInput for a place that is not near."""
        east_m, north_m = self._metres_per_degree
        turned = (longitude - self.longitude + 180.0) % 360.0 - 180.0
        x, y = turned * east_m, (latitude - self.latitude) * north_m
        if x * x + y * y > FARTHEST_M**2:
            raise BadInput(
                f"gps: [{latitude:g}, {longitude:g}] lies more than {FARTHEST_M / 1000:g} km"
                " from the first place given"
            )
        return x, y

    def to_degrees(self, x_m: float, y_m: float) -> tuple[float, float]:
        """(latitude, longitude) of (east, north)."""
        east_m, north_m = self._metres_per_degree
        return self.latitude + y_m / north_m, self.longitude + x_m / east_m

    @property
    def _metres_per_degree(self) -> tuple[float, float]:
        latitude = radians(self.latitude)
        bent = 1.0 - _ECCENTRICITY_SQUARED * sin(latitude) ** 2
        prime_vertical = _SEMI_MAJOR_M / sqrt(bent)
        meridian = prime_vertical * (1.0 - _ECCENTRICITY_SQUARED) / bent
        return radians(prime_vertical * cos(latitude)), radians(meridian)
