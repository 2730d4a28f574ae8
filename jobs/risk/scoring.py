"""Risks of many subjects at once: the record read, features made, the champions asked, rows written.

One slice of subjects at a time, so that slices can be worked on anywhere. It must not know who asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection

from adapters.risk_asking import Asked, Served, ask
from enforcement.risk_history import Floats
from schema.risk_reading import SubjectKind, read_record
from schema.risk_writing import (
    Predictions,
    write_driver_risks,
    write_infraction_risks,
    write_predictions,
)


def score_drivers(
    connection: Connection, served: Mapping[str, Served], keys: Sequence[str], at: datetime
) -> int:
    """The risks of drivers at an instant, written; returns how many drivers."""
    record = read_record(connection, SubjectKind.DRIVER, keys)
    subject = np.arange(len(record))
    at_s = np.full(len(record), at.timestamp())
    names = record.keys.tolist()
    for kind, one in served.items():
        asked = ask(one, record.history, record.instants(subject, at_s))
        categories = asked.categories
        write_predictions(
            connection, _predictions(asked, categories, names, [None] * len(names), at)
        )
        if kind == "recidivism":
            write_driver_risks(
                connection, drivers=names, risk=asked.probability, category=categories, at=at
            )
    return len(record)


def score_infractions(
    connection: Connection,
    served: Mapping[str, Served],
    kind: SubjectKind,
    ids: Sequence[str],
    keys: Sequence[str],
    at_s: Floats,
) -> int:
    """The risks of infractions at their own instant, written; returns how many."""
    record = read_record(connection, kind, sorted(set(keys)))
    place = {key: index for index, key in enumerate(record.keys.tolist())}
    known = np.array([key in place for key in keys], dtype=bool)
    subject = np.array([place[key] for key in keys if key in place], dtype=np.int64)
    instants = at_s[known]
    ids = [one for one, there in zip(ids, known, strict=True) if there]
    drivers: list[Any] = [
        record.keys[index].item() if kind is SubjectKind.DRIVER else None for index in subject
    ]
    now = datetime.now(UTC)
    found: dict[str, Asked] = {}
    for name, one in served.items():
        found[name] = asked = ask(one, record.history, record.instants(subject, instants))
        write_predictions(connection, _predictions(asked, asked.categories, drivers, ids, now))
    recidivism, accident = found.get("recidivism"), found.get("accident_risk")
    shown = recidivism or accident
    if shown is not None:
        write_infraction_risks(
            connection,
            ids=ids,
            recidivism=None if recidivism is None else recidivism.probability,
            accident=None if accident is None else accident.probability,
            factors=shown.factors(),
        )
    return len(ids)


def _predictions(
    asked: Asked,
    categories: Sequence[str],
    drivers: Sequence[str | None],
    infractions: Sequence[str | None],
    at: datetime,
) -> Predictions:
    return Predictions(
        model_id=asked.served.model_id,
        prediction_type=asked.served.prediction_type,
        probability=asked.probability,
        category=categories,
        features=asked.features(),
        factors=asked.factors(),
        drivers=drivers,
        infractions=infractions,
        at=at,
        mean_ms=asked.mean_ms,
    )
