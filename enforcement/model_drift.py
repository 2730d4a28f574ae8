"""Whether a served model still sees what it was trained on, and whether what it says still comes true.

It must not know the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from enforcement.model_scores import auc_pr, calibration_error, stability_index

Floats = NDArray[np.float64]

SHIFTED: Final = 0.2
"""Population stability index from which a spread has shifted; the usual reading."""
LEAST_SEEN: Final = 200
LEAST_LABELLED: Final = 300
CALIBRATION_MOST: Final = 0.05
AUC_PR_LEAST: Final = 0.85
"""Of the share of AUC-PR above the base rate that the model had in its test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What a check found. data, concept: whether each has drifted; reasons: one line each."""

    data: bool
    concept: bool
    reasons: Sequence[str]
    figures: Mapping[str, Any]


def spread(column: NDArray[Any], edges: Sequence[float]) -> Floats:
    """(len(edges) + 2,) share of each group between the edges, and of what is unknown."""
    values = np.asarray(column, dtype=np.float64)
    known = np.isfinite(values)
    places = np.searchsorted(np.asarray(edges), values[known], side="right")
    counts = np.append(np.bincount(places, minlength=len(edges) + 1), (~known).sum())
    return np.asarray(counts / max(len(values), 1))


def check(
    *,
    names: Sequence[str],
    values: Floats,
    reference: Mapping[str, Mapping[str, Sequence[float]]],
    said: Floats,
    came: Floats,
    tested: Mapping[str, float],
    base_rate: float,
) -> Drift:
    """Weigh recent predictions. values: (n, f) inputs; said: (n,); came: (n,) 0, 1 or NaN while unknown.

    tested: the model's own test figures. Too few of either say nothing.
    """
    shifts: list[str] = []
    failures: list[str] = []
    figures: dict[str, Any] = {"predictions": len(said)}
    if len(said) >= LEAST_SEEN:
        figures["psi"] = _psi(names, values, reference)
        moved = {name: one for name, one in figures["psi"].items() if one >= SHIFTED}
        shifts = [f"{name} has shifted (PSI {one:.2f})" for name, one in moved.items()]
    known = np.isfinite(came)
    figures["labelled"] = int(known.sum())
    outcome = came[known] > 0.5
    if known.sum() >= LEAST_LABELLED and outcome.any() and not outcome.all():
        figures["ece"] = calibration_error(outcome, said[known])
        figures["auc_pr"] = auc_pr(outcome, said[known])
        failures = _concept(figures, tested, base_rate, float(outcome.mean()))
    return Drift(
        data=bool(shifts),
        concept=bool(failures),
        reasons=shifts + failures,
        figures=figures,
    )


def _psi(
    names: Sequence[str], values: Floats, reference: Mapping[str, Mapping[str, Sequence[float]]]
) -> dict[str, float]:
    found = {}
    for index, name in enumerate(names):
        known = reference.get(name)
        if known is not None:
            shares = spread(values[:, index], known["edges"])
            found[name] = round(stability_index(np.asarray(known["shares"]), shares), 4)
    return found


def _concept(
    figures: Mapping[str, Any], tested: Mapping[str, float], base_rate: float, rate: float
) -> list[str]:
    reasons = []
    if figures["ece"] > max(CALIBRATION_MOST, 2.0 * tested.get("ece", 0.0)):
        reasons.append(f"calibration error {figures['ece']:.3f}")
    # AUC-PR depends on the base rate: what counts is how much of the way above it is left.
    had = (tested.get("auc_pr", 1.0) - base_rate) / max(1.0 - base_rate, 1e-9)
    has = (figures["auc_pr"] - rate) / max(1.0 - rate, 1e-9)
    if has < AUC_PR_LEAST * had:
        reasons.append(f"AUC-PR {figures['auc_pr']:.3f} at a base rate of {rate:.3f}")
    return reasons
