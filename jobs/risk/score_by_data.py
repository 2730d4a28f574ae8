"""Scoring as Ray Data work: slices of subjects, each read, asked and written where there is a core free.

It stands beside the command because what Ray sends to workers must not belong to `__main__`. It must not
know the models.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
from sqlalchemy import Engine, text

from actors.wiring import Cluster
from adapters.risk_asking import Served
from adapters.settings import Settings
from enforcement.errors import BadInput
from jobs.batch_job import Job
from jobs.risk.champion import MODELS, TYPE_OF, load_champion
from jobs.risk.scoring import score_drivers, score_infractions
from schema.model_rows import active
from schema.risk_reading import SubjectKind
from schema.risk_writing import infractions_to_score
from schema.session import open_engine


def score(
    job: Job, *, only: str | None = None, days: int | None = None, size: int = 20_000
) -> dict[str, Any]:
    """Score what is asked for; returns what is printed. Starts Ray where it does not run."""
    import ray  # noqa: PLC0415 - a second that --help need not wait for

    served = champions(job.url, job.settings)
    if not served:
        raise BadInput("no model is served yet: run python -m jobs.retrain_recidivism first")
    begun = time.monotonic()
    slices = _slices(job, only, days, size)
    done = {"drivers": 0, "infractions": 0}
    with Cluster.connect(job.settings.ray_address, background=True):
        task = job.bar("scoring", total=sum(len(one["keys"]) for one in slices))
        quiet_data()
        rows = ray.data.from_items(slices, override_num_blocks=max(len(slices), 1)).map(
            _score_slice, fn_args=(job.url, job.settings)
        )
        for row in rows.iter_rows() if slices else ():
            done[row["what"]] += row["count"]
            job.advance(task, row["count"])
    seconds = time.monotonic() - begun
    versions = {one.prediction_type: one.model.card.version for one in served.values()}
    return {
        **done,
        "models": versions,
        "seconds": round(seconds, 1),
        "rows_per_s": round(sum(done.values()) / max(seconds, 1e-9)),
    }


def quiet_data() -> None:
    """Ray Data's own bars and lines would run through ours."""
    import ray  # noqa: PLC0415

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False


def champions(url: str, settings: Settings) -> dict[str, Served]:
    """What is served now, by prediction type. Raises BadModel for altered files."""
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            rows = {TYPE_OF[name]: active(connection, name) for name in MODELS}
    finally:
        engine.dispose()
    return {
        kind: Served(model_id=row.id, model=load_champion(settings, row))
        for kind, row in rows.items()
        if row is not None
    }


def _slices(job: Job, only: str | None, days: int | None, size: int) -> list[dict[str, Any]]:
    """What one task does: subjects, and for infractions their ids and instants."""
    found: list[dict[str, Any]] = []
    with job.engine.connect() as connection:
        if only != "infractions":
            query = text(
                'SELECT dni FROM drivers WHERE deleted_at IS NULL ORDER BY dni COLLATE "C"'
            )
            keys = list(connection.execute(query).scalars())
            found += [
                {"what": "drivers", "kind": "driver", "keys": part, "ids": [], "at_s": []}
                for part in _parts(keys, size)
            ]
        if only != "drivers":
            since = None if days is None else datetime.now(UTC) - timedelta(days=days)
            ids, keys, named, at_s = infractions_to_score(connection, since=since)
            for kind, rows in (
                ("driver", np.flatnonzero(named)),
                ("plate", np.flatnonzero(~named)),
            ):
                found += [
                    {
                        "what": "infractions",
                        "kind": kind,
                        "keys": [keys[n] for n in part],
                        "ids": [ids[n] for n in part],
                        "at_s": [float(at_s[n]) for n in part],
                    }
                    for part in _parts(rows.tolist(), size)
                ]
    return found


def _parts(items: list[Any], size: int) -> list[list[Any]]:
    return [items[begin : begin + size] for begin in range(0, len(items), size)]


def _score_slice(row: dict[str, Any], url: str, settings: Settings) -> dict[str, Any]:
    """In one of Ray Data's workers, which keeps its models and connections between slices."""
    engine, served = _worker(url, settings)
    with engine.begin() as connection:
        if row["what"] == "drivers":
            count = score_drivers(connection, served, list(row["keys"]), datetime.now(UTC))
        else:
            kind = SubjectKind(row["kind"])
            at_s = np.asarray(row["at_s"], dtype=np.float64)
            count = score_infractions(
                connection, served, kind, list(row["ids"]), list(row["keys"]), at_s
            )
    return {"what": row["what"], "count": count}


@cache
def _worker(url: str, settings: Settings) -> tuple[Engine, dict[str, Served]]:
    return open_engine(url, pool_size=1), champions(url, settings)
