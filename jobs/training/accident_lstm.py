"""An LSTM over a driver's last infractions on Ray Train, its few parameters by Ray Tune, as an ONNX file.

The only importer of torch among the risk models. It must not know where data or models are kept.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import ray
import torch
from numpy.typing import NDArray
from ray import train as ray_train
from ray import tune
from ray.train.torch import TorchTrainer, prepare_model

from adapters.risk_card import ModelKind
from adapters.risk_sequence_onnx import SequenceModel
from enforcement.risk_features import features
from enforcement.risk_sequence import (
    LENGTH,
    STATIC_NAMES,
    STEP_NAMES,
    Sequences,
    occlusions,
    sequences,
)
from jobs.training.lstm_onnx import as_onnx
from jobs.training.risk_data import TrainingSet
from jobs.training.risk_simpler import Fitted, calibrated, compare, run_name, simpler
from jobs.training.tuning import best

VERSION: Final = str(torch.__version__)
PARAMETERS: Final[Mapping[str, Any]] = {
    "hidden": 32,
    "learning_rate": 2e-3,
    "weight_decay": 1e-4,
    "batch": 256,
    "epochs": 30,
    "patience": 4,
}
_FILE: Final = "state.pt"


class AccidentNet(torch.nn.Module):  # type: ignore[misc]
    """Log-odds of an accident from the steps (n, LENGTH, c) and what else is known (n, s)."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.lstm = torch.nn.LSTM(len(STEP_NAMES), hidden, batch_first=True)
        self.inner = torch.nn.Linear(hidden + len(STATIC_NAMES), hidden)
        self.outer = torch.nn.Linear(hidden, 1)

    def forward(self, steps: torch.Tensor, static: torch.Tensor) -> torch.Tensor:
        """(n,) log-odds."""
        _, (last, _) = self.lstm(steps)
        together = torch.cat([last[0], static], dim=1)
        return self.outer(torch.relu(self.inner(together))).squeeze(1)


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
    given = sequences(made.record.history, made.instants)
    # Drivers without a record teach an order of infractions little; a fifth of them keeps the level.
    seen = (given.steps[:, -1, 0] > 0) | (np.arange(len(made)) % 5 == 0)
    train, stop = (_packed(made, given, rows & seen) for rows in (made.train, made.stop))
    parameters = {**PARAMETERS, "seed": seed}
    tick("tuning")
    if trials:
        parameters |= _tuned(train, stop, parameters, storage, trials, seed)
    tick("training")
    state, epochs = _trained(train, stop, parameters, storage, workers)
    content = as_onnx(state)
    network = SequenceModel(content)
    raw = 1.0 / (1.0 + np.exp(-network.log_odds(given)))
    tick("comparing")
    matrix = features(made.record.history, made.instants)
    plain = simpler(made, matrix)
    curve, ours = calibrated(made, raw)
    better, gap = compare(made, ours, plain.probability)
    if not better:
        return plain.instead(matrix, "the LSTM is", gap)
    parts = occlusions(given)
    return Fitted(
        kind=ModelKind.SEQUENCE,
        names=list(parts),
        content=content,
        calibration=curve,
        probability=ours,
        simpler=plain.probability,
        parameters={**parameters, "epochs_run": epochs},
        importance=_importance(network, given.take(made.judged())),
        columns=np.column_stack([value for _, value in parts.values()]).astype(np.float32),
        note=f"the LSTM is clearly above logistic regression: AUC-PR {gap}",
    )


def _importance(network: SequenceModel, given: Sequences) -> dict[str, float]:
    """Share of what leaving a part out changes, on average."""
    whole = network.log_odds(given)
    change = {
        name: float(np.abs(whole - network.log_odds(part)).mean())
        for name, (part, _) in occlusions(given).items()
    }
    total = sum(change.values()) or 1.0
    return {name: round(value / total, 4) for name, value in change.items()}


def _packed(made: TrainingSet, given: Sequences, rows: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(r, steps + static + 1) one row per instant, the outcome last: one column for Ray Data."""
    some = given.take(rows)
    flat = some.steps.reshape(len(some), -1)
    return np.hstack([flat, some.static, made.outcome[rows, None].astype(np.float32)])


def _unpacked(rows: NDArray[np.float32]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    width = LENGTH * len(STEP_NAMES)
    flat = torch.from_numpy(np.ascontiguousarray(rows))
    steps = flat[:, :width].reshape(-1, LENGTH, len(STEP_NAMES))
    return steps, flat[:, width:-1], flat[:, -1]


def _tuned(
    train: NDArray[np.float32],
    stop: NDArray[np.float32],
    parameters: dict[str, Any],
    storage: str,
    trials: int,
    seed: int,
) -> dict[str, Any]:
    """The trial with the least loss on the slice that stops training early."""
    return best(
        _trial,
        {
            "hidden": tune.choice([16, 32, 64]),
            "learning_rate": tune.loguniform(1e-3, 1e-2),
            "weight_decay": tune.loguniform(1e-5, 1e-2),
        },
        metric="loss",
        data=(train, stop),
        fixed=parameters,
        storage=storage,
        trials=trials,
        seed=seed,
    )


def _trial(config: dict[str, Any], *, data: Any, fixed: dict[str, Any]) -> None:
    train, stop = data
    together = {**fixed, **config}
    _, loss, epochs = _epochs(AccidentNet(together["hidden"]), train, stop, together)
    tune.report({"loss": loss, "epochs": epochs})


def _trained(
    train: NDArray[np.float32],
    stop: NDArray[np.float32],
    parameters: dict[str, Any],
    storage: str,
    workers: int,
) -> tuple[dict[str, NDArray[np.float32]], int]:
    trainer = TorchTrainer(
        _train_worker,
        train_loop_config=parameters,
        scaling_config=ray_train.ScalingConfig(
            num_workers=workers, resources_per_worker={"CPU": 1}
        ),
        run_config=ray_train.RunConfig(storage_path=storage, name=run_name("train")),
        datasets={"train": ray.data.from_numpy(train), "stop": ray.data.from_numpy(stop)},
        # Every worker stops by the same rows, or they would not stop together.
        dataset_config=ray_train.DataConfig(datasets_to_split=["train"]),
    )
    result = trainer.fit()
    with result.checkpoint.as_directory() as folder:
        kept = torch.load(Path(folder) / _FILE, weights_only=True)
    return {name: value.numpy() for name, value in kept.items()}, int(result.metrics["epochs"])


def _train_worker(config: dict[str, Any]) -> None:
    """One of Ray Train's workers: its share of the rows; gradients are averaged over all."""
    train, stop = (
        np.concatenate(
            [
                batch["data"]
                for batch in ray_train.get_dataset_shard(name).iter_batches(
                    batch_size=None, batch_format="numpy"
                )
            ]
        )
        for name in ("train", "stop")
    )
    torch.manual_seed(config["seed"])
    net = prepare_model(AccidentNet(config["hidden"]))
    best, loss, epochs = _epochs(net, train, stop, config)
    metrics = {"loss": loss, "epochs": epochs}
    if ray_train.get_context().get_world_rank() > 0:
        ray_train.report(metrics)
        return
    with tempfile.TemporaryDirectory() as folder:
        torch.save(best, Path(folder) / _FILE)
        ray_train.report(metrics, checkpoint=ray_train.Checkpoint.from_directory(folder))


def _epochs(
    net: torch.nn.Module,
    train: NDArray[np.float32],
    stop: NDArray[np.float32],
    config: Mapping[str, Any],
) -> tuple[dict[str, torch.Tensor], float, int]:
    """(state of the best epoch, its loss on the stopping slice, epochs run)."""
    torch.manual_seed(config["seed"])
    steps, static, outcome = _unpacked(train)
    held = _unpacked(stop)
    loss_of = torch.nn.BCEWithLogitsLoss()
    optimizer = torch.optim.AdamW(
        net.parameters(), lr=config["learning_rate"], weight_decay=config["weight_decay"]
    )
    best, least, since, epoch = {}, float("inf"), 0, 0
    while epoch < config["epochs"] and since < config["patience"]:
        epoch += 1
        net.train()
        for rows in torch.randperm(len(outcome)).split(config["batch"]):
            optimizer.zero_grad()
            loss_of(net(steps[rows], static[rows]), outcome[rows]).backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            loss = float(loss_of(net(held[0], held[1]), held[2]))
        since += 1
        if loss < least:
            least, since = loss, 0
            plain = getattr(net, "module", net)
            best = {name: value.detach().clone() for name, value in plain.state_dict().items()}
    return best, least, epoch
