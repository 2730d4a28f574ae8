"""Whether a challenger becomes champion: only when it is better with confidence, and worse for nobody.

Both say a probability for the same instants. Drivers are drawn again with replacement, all their instants
together, so that a driver with many does not count as many. It must not know what a model is made of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from enforcement.model_scores import auc_pr, brier

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DRAWS: Final = 400
CONFIDENCE: Final = 0.95
SEGMENT_LEAST: Final = 150
"""Instants, and a tenth of it outcomes, below which a segment says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Challenger less champion, positive when better, with the interval that holds CONFIDENCE of draws."""

    value: float
    low: float
    high: float

    @property
    def better(self) -> bool:
        """With confidence."""
        return self.low > 0.0

    @property
    def worse(self) -> bool:
        """With confidence."""
        return self.high < 0.0

    def __str__(self) -> str:
        return f"{self.value:+.4f} ({self.low:+.4f} to {self.high:+.4f})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the gate says. reason: one line for people. differences: by name of figure or segment."""

    promote: bool
    reason: str
    differences: Mapping[str, Difference]

    def as_json(self) -> dict[str, Any]:
        """For the model's row."""
        return {
            "promote": self.promote,
            "reason": self.reason,
            "differences": {
                name: {"value": one.value, "low": one.low, "high": one.high}
                for name, one in self.differences.items()
            },
        }


def judge(
    outcome: Bools,
    challenger: Floats,
    champion: Floats | None,
    *,
    subject: NDArray[np.int64],
    segments: Mapping[str, Bools],
    seed: int = 0,
) -> Verdict:
    """Weigh a challenger. champion: None when there is none, then the base rate stands in for it.

    outcome, challenger, champion, subject: (n,). segments: name → (n,) who belongs to it.
    """
    if outcome.all() or not outcome.any():
        return Verdict(promote=False, reason="the test slice has one class only", differences={})
    against = "the champion" if champion is not None else "the base rate"
    other = np.full(len(outcome), outcome.mean()) if champion is None else champion
    weights = _draws(subject, np.random.default_rng(seed))
    found = _differences(outcome, challenger, other, weights)
    precision, squared = found["auc_pr"], found["brier"]
    if precision.worse or squared.worse:
        worst = "AUC-PR" if precision.worse else "Brier score"
        return _no(f"clearly worse than {against} by {worst}", found)
    if not (precision.better or squared.better):
        words = f"AUC-PR {precision}, Brier {squared}"
        return _no(f"not better than {against} with confidence: {words}", found)
    for name, member in segments.items():
        if member.sum() < SEGMENT_LEAST or outcome[member].sum() < SEGMENT_LEAST / 10:
            continue
        part = _differences(outcome[member], challenger[member], other[member], weights[:, member])
        found[f"{name}: auc_pr"], found[f"{name}: brier"] = part["auc_pr"], part["brier"]
        if part["auc_pr"].worse or part["brier"].worse:
            return _no(f"better on the whole, clearly worse for {name}", found)
    words = f"better than {against}: AUC-PR {precision}, Brier {squared}; no segment clearly worse"
    return Verdict(promote=True, reason=words, differences=found)


def clearly_better(
    outcome: Bools, one: Floats, other: Floats, *, subject: NDArray[np.int64], seed: int = 0
) -> tuple[bool, Difference]:
    """(whether one's AUC-PR is above the other's with confidence, the difference)."""
    weights = _draws(subject, np.random.default_rng(seed))
    found = _differences(outcome, one, other, weights)["auc_pr"]
    return found.better, found


def _no(reason: str, found: Mapping[str, Difference]) -> Verdict:
    return Verdict(promote=False, reason=reason, differences=found)


def _draws(subject: NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """(DRAWS, n) how often each instant counts: as often as its driver was drawn."""
    drivers, place = np.unique(subject, return_inverse=True)
    count = len(drivers)
    drawn = np.stack(
        [np.bincount(rng.integers(0, count, count), minlength=count) for _ in range(DRAWS)]
    )
    return np.asarray(drawn[:, place], dtype=np.float64)


def _differences(
    outcome: Bools, one: Floats, other: Floats, weights: Floats
) -> dict[str, Difference]:
    return {
        "auc_pr": _difference(
            auc_pr(outcome, one) - auc_pr(outcome, other),
            auc_pr(outcome, one, weights) - auc_pr(outcome, other, weights),
        ),
        "brier": _difference(
            brier(outcome, other) - brier(outcome, one),
            brier(outcome, other, weights) - brier(outcome, one, weights),
        ),
    }


def _difference(value: float, drawn: Floats) -> Difference:
    tail = (1.0 - CONFIDENCE) / 2.0
    sound = drawn[np.isfinite(drawn)]
    low, high = np.quantile(sound, [tail, 1.0 - tail]) if len(sound) else (-np.inf, np.inf)
    return Difference(value=float(value), low=float(low), high=float(high))
