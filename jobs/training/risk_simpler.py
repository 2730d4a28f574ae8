"""The simpler model beside every risk model, the calibration of both, and which of the two is to ship.

It must not know what the other model is.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from adapters.risk_card import MODEL_FILE, ModelKind
from enforcement.model_gate import Difference, clearly_better
from enforcement.risk_answers import Calibration
from enforcement.risk_features import NAMES, Matrix
from enforcement.risk_history import Floats
from enforcement.risk_linear import LinearModel
from jobs.training.risk_data import TrainingSet

Bools = NDArray[np.bool_]


_ENOUGH_FOR_STEPS: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What came out of a training. content: of the model's file. columns: (m, f) kept beside predictions.

    probability, simpler: (m,) calibrated, of the whole set, the second of logistic regression.
    """

    kind: ModelKind
    names: list[str]
    content: bytes
    calibration: Calibration
    probability: Floats
    simpler: Floats
    parameters: dict[str, Any]
    importance: dict[str, float]
    columns: Matrix
    note: str

    @property
    def file(self) -> str:
        """Name of the model's file."""
        return MODEL_FILE[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Simpler:
    """Logistic regression over the recidivism features, fitted and calibrated."""

    stored: dict[str, Any]
    calibration: Calibration
    probability: Floats

    def instead(self, matrix: Matrix, tried: str, gap: Difference) -> Fitted:
        """What ships when the other model, by the name `tried`, is not clearly above."""
        weights = np.abs(np.asarray(self.stored["weight"]))
        shares = (weights / weights.sum()).round(4).tolist()
        return Fitted(
            kind=ModelKind.LINEAR,
            names=list(NAMES),
            content=json.dumps(self.stored).encode(),
            calibration=self.calibration,
            probability=self.probability,
            simpler=self.probability,
            parameters={"model": "logistic regression", "C": 1.0},
            importance=dict(zip(NAMES, shares, strict=True)),
            columns=matrix,
            note=f"{tried} not clearly above logistic regression (AUC-PR {gap}): it ships instead",
        )


def simpler(made: TrainingSet, matrix: Matrix) -> Simpler:
    """Fit it on the same slices."""
    stored = _linear(made, matrix)
    calibration, probability = calibrated(made, LinearModel(stored, NAMES).probability(matrix))
    return Simpler(stored=stored, calibration=calibration, probability=probability)


def run_name(what: str) -> str:
    """A name no run had before: Ray Train takes one up again where a run of its name ended."""
    return f"{what}-{uuid.uuid4().hex[:12]}"


def calibrate(probability: Floats, outcome: Bools) -> Calibration:
    """A rising curve from raw to calibrated: isotonic where there is enough for its steps, else Platt's."""
    if len(probability) >= _ENOUGH_FOR_STEPS:
        fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
        fitted.fit(probability, outcome)
        raw, curve = fitted.X_thresholds_, fitted.y_thresholds_
    else:
        raw = 1.0 / (1.0 + np.exp(-np.linspace(-9.0, 9.0, 181)))
        platt = LogisticRegression(C=1e6).fit(_log_odds(probability)[:, None], outcome)
        curve = platt.predict_proba(_log_odds(raw)[:, None])[:, 1]
        # A model that knows nothing may come out falling; then nothing is what it is told to say.
        if platt.coef_[0, 0] <= 0.0:
            curve = np.full_like(raw, outcome.mean())
    return Calibration(raw=[float(x) for x in raw], calibrated=[float(y) for y in curve])


def _log_odds(probability: Floats) -> Floats:
    kept = np.clip(probability, 1e-6, 1.0 - 1e-6)
    return np.asarray(np.log(kept / (1.0 - kept)))


def calibrated(made: TrainingSet, raw: Floats) -> tuple[Calibration, Floats]:
    """(the curve of the calibration slice, all of the set by it)."""
    curve = calibrate(raw[made.calibrate], made.outcome[made.calibrate])
    return curve, curve.apply(raw)


def compare(made: TrainingSet, ours: Floats, theirs: Floats) -> tuple[bool, Difference]:
    """Whether ours is above theirs with confidence, on the test slice at infractions."""
    rows = made.judged()
    return clearly_better(
        made.outcome[rows], ours[rows], theirs[rows], subject=made.instants.subject[rows]
    )


def _linear(made: TrainingSet, matrix: Matrix) -> dict[str, Any]:
    """Logistic regression as LinearModel stores it: unknown values filled, and told by own columns."""
    rows = matrix[made.train].astype(np.float64)
    unknown = ~np.isfinite(rows)
    with np.errstate(all="ignore"):
        fill = np.nan_to_num(np.nanmedian(np.where(unknown, np.nan, rows), axis=0))
    filled = np.where(unknown, fill, rows)
    mean, scale = filled.mean(axis=0), np.maximum(filled.std(axis=0), 1e-9)
    wide = np.hstack([(filled - mean) / scale, unknown])
    fitted = LogisticRegression(C=1.0, max_iter=1000).fit(wide, made.outcome[made.train])
    weight, told = np.split(fitted.coef_[0], 2)
    return {
        "intercept": float(fitted.intercept_[0]),
        "fill": fill.tolist(),
        "mean": mean.tolist(),
        "scale": scale.tolist(),
        "weight": weight.tolist(),
        "unknown": told.tolist(),
    }
