"""Figures of a trained risk model on the test slice, beside the simpler model, and by group.

It must not know how a model was trained.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from enforcement.model_gate import Verdict, judge
from enforcement.model_scores import auc_pr, auc_roc, brier, calibration_error, reliability
from enforcement.risk_history import Floats
from jobs.training.risk_data import TrainingSet, segments

Bools = NDArray[np.bool_]


def figures(made: TrainingSet, probability: Floats, simpler: Floats) -> dict[str, Any]:
    """Everything the card says, as plain values; `scores` are those at infractions."""
    rows = made.judged()
    outcome, said = made.outcome[rows], probability[rows]
    elsewhere = made.test & ~made.at_infraction
    return {
        "scores": scores(outcome, said),
        "base_rate": float(outcome.mean()),
        "simpler": scores(outcome, simpler[rows]),
        "at_random_instants": scores(made.outcome[elsewhere], probability[elsewhere]),
        "reliability": [list(group) for group in reliability(outcome, said)],
        "fairness": fairness(made, rows, probability),
        "confusion_matrix": _confusion(outcome, said),
        "slices": {
            name: {"rows": int(member.sum()), "outcomes": int(made.outcome[member].sum())}
            for name, member in _slices(made).items()
        },
    }


def scores(outcome: Bools, probability: Floats) -> dict[str, float]:
    """AUC-PR, AUC-ROC, Brier, calibration error, and what a cut at one half gives."""
    cut = probability >= 0.5
    hit = int((cut & outcome).sum())
    precision = hit / max(int(cut.sum()), 1)
    recall = hit / max(int(outcome.sum()), 1)
    return {
        "auc_pr": auc_pr(outcome, probability),
        "auc_roc": auc_roc(outcome, probability),
        "brier": brier(outcome, probability),
        "ece": calibration_error(outcome, probability),
        "accuracy": float((cut == outcome).mean()),
        "precision": precision,
        "recall": recall,
        "f1_score": 2 * precision * recall / max(precision + recall, 1e-9),
    }


def fairness(made: TrainingSet, rows: Bools, probability: Floats) -> dict[str, dict[str, float]]:
    """Group → what was said and what came, on the same instants. Such attributes are no features."""
    outcome, said = made.outcome[rows], probability[rows]
    found: dict[str, dict[str, float]] = {}
    for name, member in segments(made, rows).items():
        if member.sum() < 30 or outcome[member].all() or not outcome[member].any():
            continue
        found[name] = {
            "instants": int(member.sum()),
            "mean_probability": float(said[member].mean()),
            "outcome_rate": float(outcome[member].mean()),
            "auc_pr": auc_pr(outcome[member], said[member]),
            "ece": calibration_error(outcome[member], said[member]),
        }
    return found


def gate(made: TrainingSet, challenger: Floats, champion: Floats | None, *, seed: int) -> Verdict:
    """The gate's verdict on the test slice at infractions. champion: (m,) of the same set, None for none."""
    rows = made.judged()
    return judge(
        made.outcome[rows],
        challenger[rows],
        None if champion is None else champion[rows],
        subject=made.instants.subject[rows],
        segments=segments(made, rows),
        seed=seed,
    )


def _confusion(outcome: Bools, probability: Floats) -> list[list[int]]:
    cut = probability >= 0.5
    return [
        [int((~outcome & ~cut).sum()), int((~outcome & cut).sum())],
        [int((outcome & ~cut).sum()), int((outcome & cut).sum())],
    ]


def _slices(made: TrainingSet) -> dict[str, Bools]:
    return {
        "train": made.train,
        "stop": made.stop,
        "calibrate": made.calibrate,
        "test": made.test,
        "test at infractions": made.judged(),
    }
