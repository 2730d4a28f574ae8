"""Both risk models on simulated drivers, beside the generator's own probabilities: the best there can be.

No database: the record is handed over as it is made. Keys: recidivism, accident_risk, each with auc_pr,
truth_auc_pr, share (ours of the truth's), ece, simpler_auc_pr, base_rate, kind. accident_risk is null
without torch (make train-env).
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from typing import Any

import numpy as np

from actors.wiring import Cluster
from adapters.settings import read_settings
from enforcement.model_scores import auc_pr, brier, calibration_error
from enforcement.risk_history import Floats, Ints
from jobs import cli
from jobs.training.risk_data import TrainingSet, training_set
from jobs.training.risk_simpler import Fitted
from schema.risk_reading import Record, SubjectKind
from simulation import driver_truth
from simulation.driver_records import Records, record
from simulation.driving import Driven, drive

BEGIN_S = 1_577_836_800.0  # 2020-01-01


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `bench risk_truth`."""
    parser.add_argument("--drivers", type=int, default=60_000)
    parser.add_argument("--months", type=int, default=72)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trials", type=int, default=0, help="of Ray Tune")
    parser.add_argument("--only", choices=("recidivism", "accident_risk"))


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Make the drivers, train both, compare on the test slice."""
    weeks = round(args.months * 365.25 / 12 / 7)
    with cli.progress() as bar:
        task = bar.add_task("driving", total=weeks)
        driven = drive(
            count=args.drivers,
            weeks=weeks,
            begin_s=BEGIN_S,
            seed=args.seed,
            tick=lambda: bar.advance(task),
        )
    kept = record(driven, seed=args.seed)
    known = record_of(driven, kept)
    found: dict[str, Any] = {"drivers": args.drivers, "infractions": len(kept)}
    with (
        tempfile.TemporaryDirectory() as storage,
        Cluster.connect(read_settings().ray_address, background=True),
    ):
        for name, events, truth in _asked(known, kept, driven, args.seed):
            fit = _fit_of(name)
            if args.only not in (None, name) or fit is None:
                found[name] = None
                continue
            made = training_set(
                known, *events, as_of_s=BEGIN_S + weeks * 604_800.0, seed=args.seed, what=name
            )
            fitted = fit(made, storage=storage, workers=1, trials=args.trials, seed=args.seed)
            found[name] = beside_truth(made, fitted, kept, truth)
    return found


def record_of(driven: Driven, kept: Records) -> Record:
    """The simulated drivers' record, as the database would give it."""
    count = len(driven.drivers)
    history = kept.history()
    return Record(
        kind=SubjectKind.DRIVER,
        keys=np.array([f"SIM0-{n:07d}" for n in range(count)]),
        licensed_s=driven.drivers.licensed_s,
        licence=driven.drivers.licence,
        born_s=driven.drivers.born_s,
        sex=np.where(driven.drivers.female, "F", "M"),
        history=history,
        accident_subject=driven.accident_driver,
        accident_s=driven.accident_s,
        observed_since_s=float(history.detected_s.min()),
    )


def beside_truth(
    made: TrainingSet, fitted: Fitted, kept: Records, truth: Callable[[Ints], Floats]
) -> dict[str, Any]:
    """Figures at the true infractions of the test slice: false alarms have no truth of their own."""
    rows = np.flatnonzero(made.judged())
    rows = rows[kept.event[made.row[rows]] >= 0]
    best = truth(kept.event[made.row[rows]])
    outcome, said, simpler = made.outcome[rows], fitted.probability[rows], fitted.simpler[rows]
    ours, most = auc_pr(outcome, said), auc_pr(outcome, best)
    return {
        "kind": fitted.kind.value,
        "auc_pr": round(ours, 4),
        "truth_auc_pr": round(most, 4),
        "share": round(ours / most, 4),
        "ece": round(calibration_error(outcome, said), 4),
        "truth_ece": round(calibration_error(outcome, best), 4),
        "brier": round(brier(outcome, said), 4),
        "truth_brier": round(brier(outcome, best), 4),
        "simpler_auc_pr": round(auc_pr(outcome, simpler), 4),
        "base_rate": round(float(outcome.mean()), 4),
        "instants": len(rows),
        "note": fitted.note,
    }


def _asked(known: Record, kept: Records, driven: Driven, seed: int) -> list[tuple[str, Any, Any]]:
    history = known.history
    standing = history.subject[history.stands], history.detected_s[history.stands]
    return [
        ("recidivism", standing, lambda events: driver_truth.recidivism(driven, events)),
        (
            "accident_risk",
            (known.accident_subject, known.accident_s),
            lambda events: driver_truth.accidents(driven, events, seed=seed),
        ),
    ]


def _fit_of(name: str) -> Any:
    if name == "recidivism":
        from jobs.training.recidivism import fit  # noqa: PLC0415

        return fit
    try:
        from jobs.training import accident_lstm  # noqa: PLC0415
    except ModuleNotFoundError:
        return None
    return accident_lstm.fit
