"""From a model's raw score to what people are shown: a calibrated probability, a class, and why.

A risk informs a person; no fine, verdict or order of cases depends on it. It must not know the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CATEGORIES: Final = ("low", "medium", "high", "critical")
MOST_FACTORS: Final = 5
LEAST_DOUBT: Final = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A rising curve from raw probability to calibrated: points (k,), straight between them."""

    raw: Sequence[float]
    calibrated: Sequence[float]

    def apply(self, probability: NDArray[Any]) -> Floats:
        """(n,) calibrated, never quite 0 or 1: a step of a curve is no certainty."""
        found = np.interp(probability, self.raw, self.calibrated)
        return np.asarray(np.clip(found, LEAST_DOUBT, 1.0 - LEAST_DOUBT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """(n,) probabilities, and (n, f) contributions to the log-odds of named inputs with their values."""

    probability: Floats
    contributions: Floats
    names: Sequence[str]
    values: NDArray[Any]


def categories(probability: Floats, base_rate: float) -> list[str]:
    """(n,) low, medium, high or critical: below the base rate, below two, below four times it in odds."""
    odds = probability / np.maximum(1.0 - probability, 1e-9)
    base = base_rate / max(1.0 - base_rate, 1e-9)
    reached = np.searchsorted([1.0, 2.0, 4.0], odds / base, side="right")
    return [CATEGORIES[index] for index in reached.tolist()]


def likelihood(probability: float) -> str:
    """A probability in whole percent, for people: rounding never makes a certainty of it."""
    if not 0.01 <= probability <= 0.99:
        return "> 99 %" if probability > 0.5 else "< 1 %"
    return f"{probability:.0%}".replace("%", " %")


def factor_rows(answers: Answers) -> list[dict[str, dict[str, Any]]]:
    """(n,) the data model's risk_factors: input → value and importance, the most important first.

    importance: share of all contributions, 0..1. effect: whether it raises or lowers the risk. value:
    null where unknown.
    """
    size = np.abs(answers.contributions)
    share = size / np.maximum(size.sum(axis=1, keepdims=True), 1e-12)
    order = np.argsort(-share, axis=1, kind="stable")[:, :MOST_FACTORS]
    picked = [
        np.take_along_axis(column, order, axis=1).tolist()
        for column in (share.round(4), answers.contributions, np.asarray(answers.values, float))
    ]
    names = answers.names
    return [
        {
            names[index]: {
                "value": round(value, 3) if isfinite(value) else None,
                "importance": importance,
                "effect": "raises" if contribution > 0 else "lowers",
            }
            for index, importance, contribution, value in zip(*row, strict=True)
            if contribution != 0.0
        }
        for row in zip(order.tolist(), *picked, strict=True)
    ]
