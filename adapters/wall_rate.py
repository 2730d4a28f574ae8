"""Compares a stream's rate with the host's clock from arrival times alone.

Packets arrive late, never early, so only the promptest of each stretch speaks. It must not
read a clock itself: both times are given to it.
"""

from __future__ import annotations

import math

import numpy as np

_STRETCH_S = 10.0
_STRETCHES = 360
_ENOUGH_S = 60.0
# A host disciplined by NTP; its own rate is not better known than this.
_HOST_RATE_SIGMA = 2e-5


class WallRate:
    """Least delay per stretch of ten seconds, at most an hour of them."""

    def __init__(self) -> None:
        self._stretches: dict[int, tuple[float, float]] = {}

    def add(self, t_s: float, arrival_s: float) -> None:
        """One picture: stream time and the host's monotonic time at arrival, seconds."""
        key = int(arrival_s // _STRETCH_S)
        delay = arrival_s - t_s
        best = self._stretches.get(key)
        if best is None or delay < best[1]:
            self._stretches[key] = (arrival_s, delay)
        if len(self._stretches) > _STRETCHES:
            del self._stretches[min(self._stretches)]

    def rate(self) -> tuple[float, float] | None:
        """(stream rate - 1, its standard uncertainty), None before a minute was seen.

        The uncertainty contains the deviation itself, because times are not corrected by it.
        """
        # The newest stretch is still filling; its least delay is not yet the least.
        points = np.asarray(list(self._stretches.values())[:-1], dtype=np.float64)
        if len(points) < 4 or points[-1, 0] - points[0, 0] < _ENOUGH_S:
            return None
        x = points[:, 0] - points[:, 0].mean()
        y = points[:, 1] - points[:, 1].mean()
        slope = float(x @ y) / float(x @ x)
        residual = y - slope * x
        scatter = math.sqrt(float(residual @ residual) / (len(x) - 2))
        fit = scatter / math.sqrt(float(x @ x))
        return -slope, math.hypot(slope, fit, _HOST_RATE_SIGMA)
