"""A pass's path in the data model's `trajectory` shape, short enough for a row."""

from __future__ import annotations

import numpy as np

from enforcement.passes import VehiclePass


def trajectory(pass_: VehiclePass, *, points: int = 20) -> list[dict[str, float]]:
    """At most so many evenly spaced points: capture time (s) and road position (m)."""
    if pass_.path is None:
        return []
    chosen = np.flatnonzero(pass_.path.measurable)
    if len(chosen) > points:
        chosen = chosen[np.linspace(0, len(chosen) - 1, points).round().astype(int)]
    return [
        {
            "t_s": round(float(pass_.track.t_s[i]), 3),
            "x_m": round(float(pass_.path.centre[i, 0]), 2),
            "y_m": round(float(pass_.path.centre[i, 1]), 2),
        }
        for i in chosen
    ]
