"""A deployment's answers into ml_predictions: few at a time, waited for, so one statement and one round trip.

Whole tables of predictions go by `risk_writing`. It must not know how a risk was computed.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from psycopg import Connection as PsycopgConnection
from psycopg import sql

from schema.risk_writing import Predictions, counted
from schema.sql_files import read_sql

_TYPES = {
    "model_id": "UUID",
    "prediction_type": "TEXT",
    "mean_ms": "FLOAT",
    "at": "TIMESTAMPTZ",
    "count": "BIGINT",
    "answers": "JSON",
}


def keep_answers(driver: PsycopgConnection[Any], made: Predictions) -> None:
    """A row for each, counted on the model's row, all or none; the connection is on autocommit."""
    values = {
        "model_id": made.model_id,
        "prediction_type": made.prediction_type,
        "mean_ms": made.mean_ms,
        "at": made.at,
        "count": len(made),
        "answers": _document(made),
    }
    driver.execute(_statement(), values, prepare=True)


def _document(made: Predictions) -> str:
    """A JSON array around what is JSON already: arrays of such texts are ten times as dear to bind."""
    columns = (
        map(_text, made.infractions),
        map(_text, made.drivers),
        made.probability.tolist(),
        made.category,
        made.features,
        made.factors,
    )
    rows = (
        f'{{"infraction_id":{infraction},"driver_dni":{driver},"probability":{probability!r},'
        f'"category":"{category}","features":{features},"risk_factors":{factors}}}'
        for infraction, driver, probability, category, features, factors in zip(
            *columns, strict=True
        )
    )
    return f"[{','.join(rows)}]"


@cache
def _statement() -> bytes:
    """As text: composing it anew would take longer than binding it."""
    values = {
        name: sql.SQL("{}::{}").format(sql.Placeholder(name), sql.SQL(kind))
        for name, kind in _TYPES.items()
    }
    names = {name: values[name] for name in ("model_id", "count", "mean_ms")}
    whole = sql.SQL(read_sql("risk/keep_answers")).format(counted=counted(**names), **values)
    return whole.as_bytes()


def _text(key: str | None) -> str:
    return "null" if key is None else json.dumps(key)
