"""Predictions against what came of them, and whether a model has drifted.

It must not know how drift is judged.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Connection, func, literal, text, update
from sqlalchemy.dialects.postgresql import insert

from schema.bulk import read_columns
from schema.ml import MlModel
from schema.outbox import OutboxEvent
from schema.sql_files import read_sql

_MOST = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """(n,) what was said and came (NaN while unknown); values: (n, f) inputs in the order asked for."""

    said: NDArray[np.float64]
    came: NDArray[np.float64]
    values: NDArray[np.float64]


def label(connection: Connection, prediction_type: str, *, verdict_days: int) -> int:
    """Fill in what came of predictions of a type; returns how many."""
    done = connection.execute(
        text(read_sql(f"risk/label_{prediction_type}")), {"verdict_days": verdict_days}
    )
    return int(done.rowcount)


def watched(
    connection: Connection, model_id: uuid.UUID, inputs: list[str], *, since_s: float
) -> Watched:
    """A model's newest predictions since an instant (seconds since 1970), 200 000 at most."""
    rows = read_columns(
        connection,
        read_sql("risk/watched_predictions"),
        {"said": pa.float64(), "came": pa.float64(), "features": pa.string()},
        model_id=str(model_id),
        since_s=since_s,
        most=_MOST,
    )
    parsed = [json.loads(one) for one in rows["features"].to_pylist()]
    values = np.array(
        [[np.nan if one.get(name) is None else one[name] for name in inputs] for one in parsed],
        dtype=np.float64,
    ).reshape(len(parsed), len(inputs))
    return Watched(
        said=rows["said"].to_numpy(),
        came=pc.fill_null(rows["came"], float("nan")).to_numpy(),
        values=values,
    )


def note_drift(
    connection: Connection, model_id: uuid.UUID, *, data: bool, concept: bool, told: dict[str, Any]
) -> None:
    """Write what a check found on the model's row."""
    connection.execute(
        update(MlModel)
        .where(MlModel.id == model_id)
        .values(
            data_drift_detected=data,
            concept_drift_detected=concept,
            drift_check_at=func.clock_timestamp(),
            metadata_=func.jsonb_set(
                func.coalesce(MlModel.metadata_, text("'{}'::JSONB")),
                text("'{drift}'"),
                literal(told, MlModel.metadata_.type),
            ),
        )
    )


def tell_drift(connection: Connection, key: str, payload: dict[str, Any]) -> bool:
    """Put the event into the outbox, once for each key; returns whether it is new."""
    event_id = uuid.uuid5(uuid.NAMESPACE_URL, f"vigia:{key}")
    made = connection.execute(
        insert(OutboxEvent)
        .values(
            event_id=event_id,
            idempotency_key=key,
            topic="model.drifted",
            payload={"event_id": str(event_id), **payload},
        )
        .on_conflict_do_nothing()
        .returning(OutboxEvent.event_id)
    )
    return made.first() is not None
