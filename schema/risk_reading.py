"""The record that risk models learn from and score, read as columns.

A subject is a driver, or a vehicle where no one has identified the driver. It must not know any model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from psycopg import sql
from sqlalchemy import Connection, text

from enforcement.risk_history import TYPES, Floats, History, Instants, Ints, night_of
from schema.bulk import read_columns
from schema.sql_files import read_sql


class SubjectKind(StrEnum):
    """What a risk is said of."""

    DRIVER = "driver"
    PLATE = "plate"


_COLUMN = {SubjectKind.DRIVER: "driver_dni", SubjectKind.PLATE: "plate"}
_HISTORY = {
    "key": pa.string(),
    "detected_s": pa.float64(),
    "known_s": pa.float64(),
    "ended_s": pa.float64(),
    "type": pa.string(),
    "severity": pa.int64(),
    "excess_kmh": pa.float64(),
    "limit_kmh": pa.float64(),
}
MEASURED = ("detected_s", "known_s", "ended_s", "excess_kmh", "limit_kmh")
_DRIVERS = {
    "key": pa.string(),
    "licensed_s": pa.float64(),
    "licence": pa.int64(),
    "born_s": pa.float64(),
    "sex": pa.string(),
}
_ACCIDENTS = {"key": pa.string(), "at_s": pa.float64()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a model may see of some subjects. keys: (n,) their names, in order of bytes.

    licensed_s: (n,) seconds since 1970, NaN unknown. licence: (n,) index in LICENCES, -1 unknown.
    history: of these subjects, by index. observed_since_s: the first detection of all.
    """

    kind: SubjectKind
    keys: NDArray[np.str_]
    licensed_s: Floats
    licence: Ints
    history: History
    observed_since_s: float

    def __len__(self) -> int:
        return int(self.keys.shape[0])

    def instants(self, subject: Ints, at_s: Floats) -> Instants:
        """Predictions of these subjects at these instants."""
        return Instants(
            subject=subject,
            at_s=at_s,
            licensed_s=self.licensed_s[subject],
            licence=self.licence[subject],
            observed_since_s=self.observed_since_s,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Seen):
    """And everything else on record of them, by which models are taught and judged.

    born_s: (n,) seconds since 1970, NaN unknown. sex: (n,) as registered, '' unknown. accident_*: of these
    subjects, by index.
    """

    born_s: Floats
    sex: NDArray[np.str_]
    accident_subject: Ints
    accident_s: Floats


def statement(name: str, kind: SubjectKind, keys: sql.Composable | None) -> sql.Composed:
    """`history`, `accidents` or `drivers` of the given keys, of all when None; no drivers of vehicles."""
    column = sql.Identifier("dni" if name == "drivers" else _COLUMN[kind])
    asked: sql.Composable = sql.SQL("TRUE")
    if name == "drivers" and kind is SubjectKind.PLATE:
        asked = sql.SQL("FALSE")
    elif keys is not None:
        asked = sql.SQL("{} = ANY({}::TEXT[])").format(column, keys)
    return sql.SQL(read_sql(f"risk/{name}")).format(subject=column, asked=asked)


def read_record(
    connection: Connection,
    kind: SubjectKind = SubjectKind.DRIVER,
    keys: Sequence[str] | None = None,
) -> Record:
    """The record of the given subjects, of all when None. A key without any row is left out."""
    asked = None if keys is None else sql.Literal(list(keys))
    rows = read_columns(connection, statement("history", kind, asked), _HISTORY)
    accidents = read_columns(connection, statement("accidents", kind, asked), _ACCIDENTS)
    people = read_columns(connection, statement("drivers", kind, asked), _DRIVERS)
    if kind is SubjectKind.PLATE:
        people = _nobody(rows)
    names = people["key"]
    subject, known = _indices(rows["key"], names)
    rows = rows.filter(known)
    hurt, hurt_known = _indices(accidents["key"], names)
    types = pc.index_in(rows["type"], value_set=pa.array(TYPES))
    return Record(
        kind=kind,
        keys=np.asarray(names.to_pylist(), dtype=np.str_),
        licensed_s=_floats(people["licensed_s"]),
        licence=people["licence"].to_numpy(),
        born_s=_floats(people["born_s"]),
        sex=np.asarray(people["sex"].to_pylist(), dtype=np.str_),
        history=history(
            subject=subject,
            kind=types.to_numpy().astype(np.int64),
            severity=rows["severity"].to_numpy(),
            **{name: _floats(rows[name]) for name in MEASURED},
        ),
        accident_subject=hurt,
        accident_s=_floats(accidents.filter(hurt_known)["at_s"]),
        observed_since_s=observed_since(connection),
    )


def observed_since(connection: Connection) -> float:
    """When the first infraction of all was detected, seconds since 1970; NaN in an empty database."""
    first: datetime | None = connection.execute(
        text("SELECT MIN(detected_at) FROM infractions WHERE deleted_at IS NULL")
    ).scalar_one()
    return float("nan") if first is None else first.timestamp()


def history(
    *, subject: Ints, kind: Ints, severity: Ints, detected_s: Floats, known_s: Floats,
    ended_s: Floats, excess_kmh: Floats, limit_kmh: Floats,
) -> History:  # fmt: skip
    """(n,) columns as the statement gives them, NaN where null."""
    return History(
        subject=subject,
        detected_s=detected_s,
        # A verdict of a minute before, by another machine's clock, is one of the same instant.
        known_s=np.maximum(np.nan_to_num(known_s, nan=np.inf), detected_s),
        ended_s=np.maximum(np.nan_to_num(ended_s, nan=np.inf), detected_s),
        kind=kind,
        severity=severity,
        excess_kmh=excess_kmh,
        limit_kmh=limit_kmh,
        night=night_of(detected_s),
    )


def _nobody(rows: pa.Table) -> pa.Table:
    """Vehicles of the rows, with nothing known of who drives them."""
    keys = pc.unique(rows["key"])
    unknown = pa.nulls(len(keys), pa.float64())
    return pa.table(
        {
            "key": keys,
            "licensed_s": unknown,
            "licence": pa.array(np.full(len(keys), -1)),
            "born_s": unknown,
            "sex": pa.array([""] * len(keys)),
        }
    )


def _indices(keys: pa.ChunkedArray, names: pa.ChunkedArray) -> tuple[Ints, pa.Array]:
    """(index of each key that is among names, which are)."""
    flat = names.combine_chunks() if isinstance(names, pa.ChunkedArray) else names
    found = pc.index_in(keys, value_set=flat)
    return pc.drop_null(found).to_numpy().astype(np.int64), pc.is_valid(found)


def _floats(column: Any) -> Floats:
    return np.asarray(pc.fill_null(column, float("nan")).to_numpy(), dtype=np.float64)
