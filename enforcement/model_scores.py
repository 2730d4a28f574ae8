"""How good probabilities are: AUC-PR, Brier score, calibration error. Weighted, so that a bootstrap can ask.

It must not know what is forecast.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_BINS: Final = 10


def auc_pr(outcome: Bools, probability: NDArray[Any], weight: Floats | None = None) -> Any:
    """Average precision: of one weighting, or (r,) of r weightings (r, n). NaN without a positive.

    outcome, probability: (n,). Equal probabilities are one threshold.
    """
    weights = np.ones((1, len(outcome))) if weight is None else np.atleast_2d(weight)
    order = np.argsort(-probability, kind="stable")
    last = np.append(np.diff(probability[order]) != 0, True)
    ordered = weights[:, order]
    hits = np.cumsum(ordered * outcome[order], axis=1)[:, last]
    told = np.cumsum(ordered, axis=1)[:, last]
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(told > 0, hits / told, 0.0)
        recall = hits / hits[:, -1:]
        found = (np.diff(recall, axis=1, prepend=0.0) * precision).sum(axis=1)
    return float(found[0]) if weight is None or np.ndim(weight) == 1 else found


def brier(outcome: Bools, probability: NDArray[Any], weight: Floats | None = None) -> Any:
    """Mean squared error of the probability; weightings as in auc_pr."""
    error = (probability.astype(np.float64) - outcome) ** 2
    if weight is None:
        return float(error.mean())
    weights = np.atleast_2d(weight)
    found = weights @ error / weights.sum(axis=1)
    return float(found[0]) if np.ndim(weight) == 1 else found


def calibration_error(outcome: Bools, probability: NDArray[Any]) -> float:
    """Expected calibration error: mean gap between what was said and what came, over ten equal groups."""
    gaps = [(abs(said - came), count) for said, came, count in reliability(outcome, probability)]
    total = sum(count for _, count in gaps)
    return float(sum(gap * count for gap, count in gaps) / total) if total else float("nan")


def reliability(outcome: Bools, probability: NDArray[Any]) -> list[tuple[float, float, int]]:
    """(mean probability, share of outcomes, number) of ten groups of equal size, lowest first."""
    order = np.argsort(probability, kind="stable")
    groups = [part for part in np.array_split(order, _BINS) if len(part)]
    return [
        (float(probability[part].mean()), float(outcome[part].mean()), len(part)) for part in groups
    ]


def auc_roc(outcome: Bools, probability: NDArray[Any]) -> float:
    """Chance that a positive is ranked above a negative; NaN with one class only."""
    values, place = np.unique(probability, return_inverse=True)
    positive = np.bincount(place[outcome], minlength=len(values)).astype(np.float64)
    negative = np.bincount(place[~outcome], minlength=len(values)).astype(np.float64)
    below = np.cumsum(negative) - negative
    pairs = positive.sum() * negative.sum()
    return float((positive * (below + negative / 2.0)).sum() / pairs) if pairs else float("nan")


def stability_index(expected: NDArray[Any], found: NDArray[Any]) -> float:
    """Population stability index of two lists of shares of the same groups; 0.2 and more is a shift."""
    floor = 1e-4
    a, b = np.maximum(expected, floor), np.maximum(found, floor)
    a, b = a / a.sum(), b / b.sum()
    return float(((b - a) * np.log(b / a)).sum())
