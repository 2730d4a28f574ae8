"""`python -m jobs.check_drift`: whether the served models still see and say what they were trained for.

It must not know how drift is judged (enforcement/model_drift.py).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from enforcement.errors import BadInput
from enforcement.model_drift import Drift, check
from jobs import batch_job, cli
from jobs.batch_job import Job
from jobs.risk.score_by_data import champions
from schema.risk_watch import note_drift, tell_drift, watched

RETRAIN = {"recidivism": "retrain_recidivism", "accident_risk": "retrain_accident_risk"}
EPILOG = """\
Population stability index of every input against training, and over labelled predictions (see
jobs.label_outcomes) calibration and AUC-PR. Sets data_drift_detected and concept_drift_detected on the
model's row; on drift it notifies whoever reads models, once a day, and names the retraining to run. It
retrains nothing itself.

Examples:
  python -m jobs.check_drift
  python -m jobs.check_drift --days 90

Prints one JSON object. Exit codes: 0 no drift, 1 drift (reasons on stderr), 2 bad input (no champion).
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    parser = cli.parser("check_drift", "Look for drift of the served models.", EPILOG)
    batch_job.add_arguments(parser)
    parser.add_argument("--days", type=int, default=30, help="of predictions to look at (30)")
    options = parser.parse_args(arguments)
    if options.days < 1:
        raise BadInput("--days must be at least 1")
    with batch_job.run("check_drift", options, parameters={"days": options.days}) as job:
        found = look(job, days=options.days)
        job.figures.update({kind: _plain(one) for kind, one in found.items()})
    for kind, drift in found.items():
        for reason in drift.reasons:
            sys.stderr.write(f"check_drift: {kind}: {reason}; run jobs.{RETRAIN[kind]}\n")
    done = job.finish()
    return cli.NO if any(one.reasons for one in found.values()) else done


def look(job: Job, *, days: int) -> dict[str, Drift]:
    """Check each served model, write what was found and tell of drift; by prediction type."""
    served = champions(job.url, job.settings)
    if not served:
        raise BadInput("no model is served yet: run python -m jobs.retrain_recidivism first")
    now = datetime.now(UTC)
    since_s = (now - timedelta(days=days)).timestamp()
    found = {}
    task = job.bar("checking", total=len(served))
    for kind, one in served.items():
        card = one.model.card
        with job.engine.begin() as connection:
            seen = watched(connection, one.model_id, list(card.inputs), since_s=since_s)
            found[kind] = drift = check(
                names=card.inputs,
                values=seen.values,
                reference=card.reference,
                said=seen.said,
                came=seen.came,
                tested=card.metrics,
                base_rate=card.base_rate,
            )
            note_drift(
                connection,
                one.model_id,
                data=drift.data,
                concept=drift.concept,
                told=_plain(drift),
            )
            if drift.reasons:
                key = f"drift|{one.model_id}|{now.date().isoformat()}"
                tell_drift(connection, key, _event(card.name, card.version, kind, drift))
        job.advance(task)
    return found


def _event(name: str, version: str, kind: str, drift: Drift) -> dict[str, Any]:
    return {
        "model": name,
        "version": version,
        "reasons": list(drift.reasons),
        "proposed": f"jobs.{RETRAIN[kind]}",
    }


def _plain(drift: Drift) -> dict[str, Any]:
    return {
        "data": drift.data,
        "concept": drift.concept,
        "reasons": list(drift.reasons),
        "figures": dict(drift.figures),
    }


if __name__ == "__main__":
    sys.exit(cli.run(main, "check_drift"))
