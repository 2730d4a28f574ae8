"""Unit conversions with names, so that no bare 3.6 stands in the code.

It must not hold any number of the law.
"""

from __future__ import annotations

KMH_PER_MS = 3.6


def kmh(metres_per_second: float) -> float:
    """Convert m/s to km/h."""
    return metres_per_second * KMH_PER_MS


def ms(kilometres_per_hour: float) -> float:
    """Convert km/h to m/s."""
    return kilometres_per_hour / KMH_PER_MS
