"""Risks into the tables: a row for every prediction, and the latest on drivers and infractions.

It must not know how a risk was computed.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from psycopg import sql
from sqlalchemy import Connection, text

from schema.bulk import psycopg_of, read_columns, write_columns
from schema.sql_files import read_sql

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """(n,) answers of one model. features, factors: JSON text. drivers: their dni, None for a vehicle.

    infractions: ids, None for a risk of the driver at large. at: when it was said, aware.
    """

    model_id: uuid.UUID
    prediction_type: str
    probability: Floats
    category: Sequence[str]
    features: Sequence[str]
    factors: Sequence[str]
    drivers: Sequence[str | None]
    infractions: Sequence[str | None]
    at: datetime
    mean_ms: float

    def __len__(self) -> int:
        return len(self.category)


def write_predictions(connection: Connection, made: Predictions) -> int:
    """A row in ml_predictions for each, counted on the model's row."""
    count = len(made)
    columns = pa.table(
        {
            "model_id": [str(made.model_id)] * count,
            "infraction_id": pa.array(made.infractions, pa.string()),
            "driver_dni": pa.array(made.drivers, pa.string()),
            "prediction_type": [made.prediction_type] * count,
            "prediction_value": made.probability,
            "prediction_class": pa.array(list(made.category), pa.string()),
            "features": pa.array(made.features, pa.string()),
            "prediction_time_ms": np.full(count, made.mean_ms),
            "predicted_at": pa.array([made.at] * count, pa.timestamp("us", tz="UTC")),
            "metadata": pa.array(
                [f'{{"risk_factors": {one}}}' for one in made.factors], pa.string()
            ),
        }
    )
    written = write_columns(connection, "ml_predictions", columns)
    if count:
        asked = counted(
            model_id=sql.Literal(made.model_id),
            count=sql.Literal(count),
            mean_ms=sql.Literal(made.mean_ms),
        )
        psycopg_of(connection).execute(asked)
    return written


def counted(**values: sql.Composable) -> sql.Composed:
    """The statement that counts predictions on their model's row: model_id, count, mean_ms."""
    return sql.SQL(read_sql("risk/count_predictions")).format(**values)


def write_driver_risks(
    connection: Connection,
    *,
    drivers: Sequence[str],
    risk: Floats,
    category: Sequence[str],
    at: datetime,
) -> None:
    """The latest risk on the drivers' rows."""
    _stage(
        connection,
        "key TEXT, risk FLOAT, category TEXT, at TIMESTAMPTZ",
        {
            "key": list(drivers),
            "risk": risk,
            "category": list(category),
            "at": pa.array([at] * len(drivers), pa.timestamp("us", tz="UTC")),
        },
    )
    connection.execute(text(read_sql("risk/driver_risks")))


def write_infraction_risks(
    connection: Connection,
    *,
    ids: Sequence[str],
    recidivism: Floats | None,
    accident: Floats | None,
    factors: Sequence[str | None],
) -> None:
    """The risks on the infractions' rows; what is None stays as it is."""
    nothing = pa.nulls(len(ids), pa.float64())
    _stage(
        connection,
        "id UUID, recidivism FLOAT, accident FLOAT, factors JSONB",
        {
            "id": list(ids),
            "recidivism": nothing if recidivism is None else recidivism,
            "accident": nothing if accident is None else accident,
            "factors": pa.array(factors, pa.string()),
        },
    )
    connection.execute(text(read_sql("risk/infraction_risks")))


def infractions_to_score(
    connection: Connection, *, since: datetime | None
) -> tuple[list[str], list[str], NDArray[np.bool_], Floats]:
    """(ids, subjects, whether the subject is a driver, detected: seconds since 1970), by subject.

    since: None for those that wait for a verdict.
    """
    rows = read_columns(
        connection,
        read_sql("risk/infractions_to_score"),
        {"id": pa.string(), "key": pa.string(), "driver": pa.string(), "at_s": pa.float64()},
        pending=since is None,
        since_s=0.0 if since is None else since.timestamp(),
    )
    named = np.asarray([one == "t" for one in rows["driver"].to_pylist()], dtype=bool)
    return rows["id"].to_pylist(), rows["key"].to_pylist(), named, rows["at_s"].to_numpy()


def _stage(connection: Connection, columns: str, values: dict[str, Any]) -> None:
    connection.execute(text("DROP TABLE IF EXISTS risk_staged"))
    connection.execute(text(f"CREATE TEMPORARY TABLE risk_staged ({columns}) ON COMMIT DROP"))
    write_columns(connection, "risk_staged", pa.table(values))
