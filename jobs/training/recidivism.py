"""Boosted trees on Ray Train for recidivism, parameters by Ray Tune, and logistic regression beside.

Whichever is better with confidence is what comes out. It must not know where data or models are kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import ray
import xgboost
from numpy.typing import NDArray
from ray import train as ray_train
from ray import tune
from ray.train.xgboost import RayTrainReportCallback, XGBoostTrainer
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from adapters.risk_card import MODEL_FILE, ModelKind
from adapters.risk_trees import TreesModel
from enforcement.model_gate import clearly_better
from enforcement.risk_answers import Calibration
from enforcement.risk_features import NAMES, Matrix, features
from enforcement.risk_history import Floats
from enforcement.risk_linear import LinearModel
from jobs.training.risk_data import TrainingSet

Bools = NDArray[np.bool_]

PARAMETERS: Final[Mapping[str, Any]] = {
    "objective": "binary:logistic",
    "eval_metric": "logloss",
    "tree_method": "hist",
    "eta": 0.05,
    "max_depth": 4,
    "min_child_weight": 30.0,
    "subsample": 0.8,
    "colsample_bytree": 0.6,
    "seed": 1,
}
_SPACE: Final = {
    "max_depth": [3, 4, 5],
    "min_child_weight": (5.0, 120.0),
    "colsample_bytree": (0.4, 0.9),
    "eta": (0.02, 0.08),
}
_ROUNDS, _PATIENCE = 1500, 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What came out. content: of the model's file. probability, simpler: (m,) calibrated, of the set."""

    kind: ModelKind
    content: bytes
    calibration: Calibration
    probability: Floats
    simpler: Floats
    parameters: dict[str, Any]
    importance: dict[str, float]
    columns: Matrix
    note: str

    @property
    def names(self) -> list[str]:
        """Of the columns."""
        return list(NAMES)

    @property
    def file(self) -> str:
        """Name of the model's file."""
        return MODEL_FILE[self.kind]


def fit(
    made: TrainingSet,
    *,
    storage: str,
    workers: int,
    trials: int,
    seed: int,
    tick: Callable[[str], None] = lambda _: None,
) -> Fitted:
    """Tune, train, calibrate and compare. Ray must be running; storage: a place all its nodes reach."""
    matrix = features(made.record.history, made.instants)
    tick("tuning")
    parameters = {**PARAMETERS, "seed": seed}
    if trials:
        parameters |= _tuned(made, matrix, parameters, storage, trials, seed)
    tick("training")
    booster, rounds = _trained(made, matrix, parameters, storage, workers)
    content = bytes(booster.save_raw("ubj"))
    trees = TreesModel(content, list(NAMES))
    tick("comparing")
    stored = _linear(made, matrix)
    linear = LinearModel(stored, NAMES)
    both = [_calibrated(made, model.probability(matrix)) for model in (trees, linear)]
    (curve, ours), (plain_curve, simpler) = both
    better, gap = _compare(made, ours, simpler)
    if better:
        note = f"boosted trees are clearly above logistic regression: AUC-PR {gap}"
        return Fitted(
            kind=ModelKind.TREES,
            content=content,
            calibration=curve,
            probability=ours,
            simpler=simpler,
            parameters={**parameters, "rounds": rounds},
            importance=trees.gain(list(NAMES)),
            columns=matrix,
            note=note,
        )
    weights = np.abs(np.asarray(stored["weight"]))
    return Fitted(
        kind=ModelKind.LINEAR,
        content=json.dumps(stored).encode(),
        calibration=plain_curve,
        probability=simpler,
        simpler=simpler,
        parameters={"model": "logistic regression", "C": 1.0, "trees_tried": rounds},
        importance=dict(zip(NAMES, (weights / weights.sum()).round(4).tolist(), strict=True)),
        columns=matrix,
        note=f"boosted trees are not clearly above logistic regression (AUC-PR {gap}): it ships instead",
    )


def calibrate(probability: Floats, outcome: Bools) -> Calibration:
    """The rising curve that fits best (isotonic), thinned to what its steps need."""
    fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    fitted.fit(probability, outcome)
    return Calibration(
        raw=[float(x) for x in fitted.X_thresholds_],
        calibrated=[float(y) for y in fitted.y_thresholds_],
    )


def _calibrated(made: TrainingSet, raw: Floats) -> tuple[Calibration, Floats]:
    curve = calibrate(raw[made.calibrate], made.outcome[made.calibrate])
    return curve, curve.apply(raw)


def _compare(made: TrainingSet, ours: Floats, simpler: Floats) -> tuple[bool, Any]:
    rows = made.judged()
    return clearly_better(
        made.outcome[rows], ours[rows], simpler[rows], subject=made.instants.subject[rows]
    )


def _tuned(
    made: TrainingSet,
    matrix: Matrix,
    parameters: dict[str, Any],
    storage: str,
    trials: int,
    seed: int,
) -> dict[str, Any]:
    """The trial with the least log-loss on the slice that stops training early."""
    low_high = {name: value for name, value in _SPACE.items() if isinstance(value, tuple)}
    space = {name: tune.loguniform(*bounds) for name, bounds in low_high.items()}
    space["max_depth"] = tune.choice(_SPACE["max_depth"])
    data = ray.put(
        (matrix[made.train], made.outcome[made.train], matrix[made.stop], made.outcome[made.stop])
    )
    tuner = tune.Tuner(
        tune.with_resources(tune.with_parameters(_trial, data=data, fixed=parameters), {"cpu": 1}),
        param_space=space,
        tune_config=tune.TuneConfig(
            metric="logloss",
            mode="min",
            num_samples=trials,
            search_alg=tune.search.BasicVariantGenerator(random_state=seed),
        ),
        run_config=tune.RunConfig(storage_path=storage, name="tune", verbose=0),
    )
    return dict(tuner.fit().get_best_result().config)


def _trial(config: dict[str, Any], *, data: Any, fixed: dict[str, Any]) -> None:
    x, y, x_stop, y_stop = ray.get(data)
    booster = xgboost.train(
        {**fixed, **config, "nthread": 1},
        xgboost.DMatrix(x, label=y),
        _ROUNDS,
        evals=[(xgboost.DMatrix(x_stop, label=y_stop), "stop")],
        early_stopping_rounds=_PATIENCE,
        verbose_eval=False,
    )
    tune.report({"logloss": booster.best_score, "rounds": booster.best_iteration + 1})


def _trained(
    made: TrainingSet, matrix: Matrix, parameters: dict[str, Any], storage: str, workers: int
) -> tuple[xgboost.Booster, int]:
    trainer = XGBoostTrainer(
        _train_worker,
        train_loop_config={"parameters": parameters},
        scaling_config=ray_train.ScalingConfig(
            num_workers=workers, resources_per_worker={"CPU": 1}
        ),
        run_config=ray_train.RunConfig(storage_path=storage, name="train"),
        datasets={
            "train": _dataset(matrix, made.outcome, made.train),
            "stop": _dataset(matrix, made.outcome, made.stop),
        },
    )
    result = trainer.fit()
    booster = RayTrainReportCallback.get_model(result.checkpoint)
    best = int(booster.attr("best_iteration") or booster.num_boosted_rounds() - 1)
    return booster[: best + 1], best + 1


def _dataset(matrix: Matrix, outcome: Bools, rows: Bools) -> Any:
    columns = {name: matrix[rows, index] for index, name in enumerate(NAMES)}
    return ray.data.from_arrow(pa.table({**columns, "outcome": outcome[rows].astype(np.float32)}))


def _train_worker(config: dict[str, Any]) -> None:
    """One of Ray Train's workers: its shard of the rows; XGBoost adds the workers' histograms up."""
    matrices = []
    for name in ("train", "stop"):
        shard = ray_train.get_dataset_shard(name)
        batches = list(shard.iter_batches(batch_size=None, batch_format="numpy"))
        rows = {key: np.concatenate([one[key] for one in batches]) for key in (*NAMES, "outcome")}
        matrix = np.column_stack([rows[key] for key in NAMES])
        matrices.append(xgboost.DMatrix(matrix, label=rows["outcome"]))
    xgboost.train(
        {**config["parameters"], "nthread": 1},
        matrices[0],
        _ROUNDS,
        evals=[(matrices[1], "stop")],
        early_stopping_rounds=_PATIENCE,
        verbose_eval=False,
        callbacks=[RayTrainReportCallback(frequency=0, checkpoint_at_end=True)],
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
