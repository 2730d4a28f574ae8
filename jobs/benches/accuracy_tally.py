"""What bench accuracy counts over scenes and seeds, and its figures of speed.

It must not know how scenes are made or seen.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np


@dataclass(slots=True)
class Tally:
    """Sums over scenes."""

    passes: int = 0
    found: int = 0
    true: int = 0
    false: int = 0
    plates: int = 0
    wrong_plates: int = 0
    measured: int = 0
    refused: int = 0
    errors_kmh: list[float] = field(default_factory=list)
    covered: list[bool] = field(default_factory=list)
    relative: list[float] = field(default_factory=list)
    refusals: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take another's sums along."""
        for part in fields(self):
            mine, theirs = getattr(self, part.name), getattr(other, part.name)
            together = (
                dict(Counter(mine) + Counter(theirs)) if isinstance(mine, dict) else mine + theirs
            )
            setattr(self, part.name, together)


def speed_figures(tally: Tally) -> dict[str, Any]:
    """The `speed` part of what the bench prints; km/h, shares of what was measured."""
    errors = np.array(tally.errors_kmh)
    size = np.abs(errors)
    total = tally.measured + tally.refused
    if not len(errors):
        return {"measured": 0, "refusal_rate": 1.0 if total else None, "refusals": tally.refusals}
    return {
        "measured": tally.measured,
        "mean_abs_kmh": round(float(size.mean()), 3),
        "p99_abs_kmh": round(float(np.percentile(size, 99)), 3),
        "max_abs_kmh": round(float(size.max()), 3),
        "max_abs_share": round(max(tally.relative), 4),
        "bias_kmh": round(float(errors.mean()), 3),
        "coverage_95": round(float(np.mean(tally.covered)), 4),
        "refusal_rate": round(tally.refused / total, 4),
        "refusals": tally.refusals,
    }
