"""Scoring by Ray Data, as jobs.score_drivers does it, beside a bare XGBoost loop on the same matrix.

Both give probabilities and SHAP contributions of every row, in the same batches, on all cores; ours also
calibrates and picks the factors. No database on either side. Keys: ratio, ours_rows_per_s, bare_rows_per_s,
rows.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from functools import cache
from typing import Any

import numpy as np
import ray
import xgboost

from actors.wiring import Cluster
from adapters.risk_card import CARD, MODEL_FILE, ModelKind, RiskCard
from adapters.risk_model import load_model
from adapters.settings import read_settings
from enforcement.errors import BadInput
from enforcement.risk_answers import Calibration, factor_rows
from enforcement.risk_features import NAMES, Matrix
from jobs.risk.score_by_data import quiet_data

_BATCH = 20_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `bench risk_scoring`."""
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--trees", type=int, default=120)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """One matrix, a bare loop over it, then Ray Data over it."""
    if args.rows < 1 or args.trees < 1:
        raise BadInput("--rows and --trees must be at least 1")
    matrix, content = _made(args.rows, args.trees)
    with Cluster.connect(read_settings().ray_address, background=True):
        quiet_data()
        blocks = [matrix[n : n + _BATCH] for n in range(0, args.rows, _BATCH)]
        given = ray.data.from_numpy(blocks)
        files = {MODEL_FILE[ModelKind.TREES]: content, CARD: _card().as_bytes()}
        # Workers start once in a job of minutes; they are not what is compared.
        _through(given.limit(_BATCH), files)
        bare_s = _bare(blocks, content)
        begun = time.perf_counter()
        done = _through(given, files)
        ours_s = time.perf_counter() - begun
    if done != args.rows:
        raise RuntimeError(f"{done} rows came out of {args.rows}")
    return {
        "ratio": round(bare_s / ours_s, 3),
        "ours_rows_per_s": round(args.rows / ours_s),
        "bare_rows_per_s": round(args.rows / bare_s),
        "rows": args.rows,
    }


def _bare(blocks: list[Matrix], content: bytes) -> float:
    booster = xgboost.Booster({"nthread": os.cpu_count() or 1}, model_file=bytearray(content))
    begun = time.perf_counter()
    for block in blocks:
        booster.inplace_predict(block)
        booster.predict(xgboost.DMatrix(block), pred_contribs=True)
    return time.perf_counter() - begun


def _through(given: Any, files: dict[str, bytes]) -> int:
    stored = tuple(sorted(files.items()))
    answered = given.map_batches(
        _answer, batch_size=_BATCH, batch_format="numpy", fn_kwargs={"files": stored}
    )
    return int(sum(len(batch["probability"]) for batch in answered.iter_batches(batch_size=None)))


def _answer(batch: dict[str, Any], *, files: tuple[tuple[str, bytes], ...]) -> dict[str, Any]:
    answers = _model(files).answers(np.ascontiguousarray(batch["data"]))
    factors = [json.dumps(row) for row in factor_rows(answers)]
    return {"probability": answers.probability, "factors": np.array(factors)}


@cache
def _model(files: tuple[tuple[str, bytes], ...]) -> Any:
    return load_model(dict(files), threads=1)


def _made(rows: int, trees: int) -> tuple[Matrix, bytes]:
    """A matrix with the features' shape and gaps, and trees that use it."""
    rng = np.random.default_rng(1)
    matrix = rng.gamma(1.0, 2.0, (rows, len(NAMES))).astype(np.float32)
    matrix[rng.random(matrix.shape) < 0.2] = np.nan
    few = matrix[:50_000]
    odds = np.nan_to_num(few[:, :8]).sum(axis=1) / 4.0 - 3.0
    outcome = rng.random(len(few)) < 1.0 / (1.0 + np.exp(-odds))
    shape = {"objective": "binary:logistic", "max_depth": 4, "eta": 0.05, "min_child_weight": 30}
    booster = xgboost.train(shape, xgboost.DMatrix(few, label=outcome), trees)
    return matrix, bytes(booster.save_raw("ubj"))


def _card() -> RiskCard:
    return RiskCard(
        name="bench",
        version="bench",
        prediction_type="recidivism",
        kind=ModelKind.TREES,
        inputs=list(NAMES),
        calibration=Calibration(raw=[0.0, 1.0], calibrated=[0.0, 1.0]),
        base_rate=0.3,
        trained_until="2026-01-01T00:00:00+00:00",
        simulated=True,
    )
