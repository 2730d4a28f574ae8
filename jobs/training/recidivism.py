"""Boosted trees on Ray Train for recidivism, parameters by Ray Tune, and logistic regression beside.

Whichever is better with confidence is what comes out. It must not know where data or models are kept.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import ray
import xgboost
from numpy.typing import NDArray
from ray import train as ray_train
from ray import tune
from ray.train.xgboost import XGBoostTrainer

from adapters.risk_card import ModelKind
from adapters.risk_trees import TreesModel
from enforcement.risk_features import NAMES, Matrix, features
from jobs.training.risk_data import TrainingSet
from jobs.training.risk_simpler import Fitted, calibrated, compare, run_name, simpler
from jobs.training.tuning import best

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
_FILE: Final = "model.ubj"


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
    plain = simpler(made, matrix)
    curve, ours = calibrated(made, trees.probability(matrix))
    better, gap = compare(made, ours, plain.probability)
    if not better:
        return plain.instead(matrix, "boosted trees are", gap)
    return Fitted(
        kind=ModelKind.TREES,
        names=list(NAMES),
        content=content,
        calibration=curve,
        probability=ours,
        simpler=plain.probability,
        parameters={**parameters, "rounds": rounds},
        importance=trees.gain(list(NAMES)),
        columns=matrix,
        note=f"boosted trees are clearly above logistic regression: AUC-PR {gap}",
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
    data = matrix[made.train], made.outcome[made.train], matrix[made.stop], made.outcome[made.stop]
    return best(
        _trial,
        space,
        metric="logloss",
        data=data,
        fixed=parameters,
        storage=storage,
        trials=trials,
        seed=seed,
    )


def _trial(config: dict[str, Any], *, data: Any, fixed: dict[str, Any]) -> None:
    x, y, x_stop, y_stop = data
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
        run_config=ray_train.RunConfig(storage_path=storage, name=run_name("train")),
        datasets={
            "train": _dataset(matrix, made.outcome, made.train),
            "stop": _dataset(matrix, made.outcome, made.stop),
        },
    )
    result = trainer.fit()
    with result.checkpoint.as_directory() as folder:
        booster = xgboost.Booster(model_file=str(Path(folder) / _FILE))
    rounds = int(result.metrics["rounds"])
    return booster[:rounds], rounds


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
    booster = xgboost.train(
        {**config["parameters"], "nthread": 1},
        matrices[0],
        _ROUNDS,
        evals=[(matrices[1], "stop")],
        early_stopping_rounds=_PATIENCE,
        verbose_eval=False,
    )
    # Once, at the end: Ray Train looks for reports once a second, and a round takes a hundredth of it.
    metrics = {"logloss": booster.best_score, "rounds": booster.best_iteration + 1}
    if ray_train.get_context().get_world_rank() > 0:
        ray_train.report(metrics)
        return
    with tempfile.TemporaryDirectory() as folder:
        booster.save_model(Path(folder) / _FILE)
        ray_train.report(metrics, checkpoint=ray_train.Checkpoint.from_directory(folder))
