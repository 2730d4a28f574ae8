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
    "kind": pa.string(),
    "severity": pa.int64(),
    "excess_kmh": pa.float64(),
    "limit_kmh": pa.float64(),
}
_DRIVERS = {
    "key": pa.string(),
    "licensed_s": pa.float64(),
    "licence": pa.int64(),
    "born_s": pa.float64(),
    "sex": pa.string(),
}
_ACCIDENTS = {"key": pa.string(), "at_s": pa.float64()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Everything on record of some subjects. keys: (n,) their names, in order of bytes.

    licensed_s, born_s: (n,) seconds since 1970, NaN unknown. licence: (n,) index in LICENCES, -1 unknown.
    sex: (n,) as registered, '' unknown. history, accident_*: of these subjects, by index.
    observed_since_s: the first detection of all.
    """

    kind: SubjectKind
    keys: NDArray[np.str_]
    licensed_s: Floats
    licence: Ints
    born_s: Floats
    sex: NDArray[np.str_]
    history: History
    accident_subject: Ints
    accident_s: Floats
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


def read_record(
    connection: Connection,
    kind: SubjectKind = SubjectKind.DRIVER,
    keys: Sequence[str] | None = None,
) -> Record:
    """The record of the given subjects, of all when None. A key without any row is left out."""
    asked: dict[str, Any] = {"names": {"subject": _COLUMN[kind]}, "keys": _list(keys)}
    rows = read_columns(connection, read_sql("risk/history"), _HISTORY, **asked)
    accidents = read_columns(connection, read_sql("risk/accidents"), _ACCIDENTS, **asked)
    if kind is SubjectKind.DRIVER:
        people = read_columns(connection, read_sql("risk/drivers"), _DRIVERS, keys=_list(keys))
    else:
        people = _nobody(rows)
    names = people["key"]
    subject, known = _indices(rows["key"], names)
    rows = rows.filter(known)
    hurt, hurt_known = _indices(accidents["key"], names)
    return Record(
        kind=kind,
        keys=np.asarray(names.to_pylist(), dtype=np.str_),
        licensed_s=_floats(people["licensed_s"]),
        licence=people["licence"].to_numpy(),
        born_s=_floats(people["born_s"]),
        sex=np.asarray(people["sex"].to_pylist(), dtype=np.str_),
        history=_history(rows, subject),
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


def _history(rows: pa.Table, subject: Ints) -> History:
    kind = pc.index_in(rows["kind"], value_set=pa.array(TYPES))
    detected = _floats(rows["detected_s"])
    known = np.nan_to_num(_floats(rows["known_s"]), nan=np.inf)
    ended = np.nan_to_num(_floats(rows["ended_s"]), nan=np.inf)
    return History(
        subject=subject,
        detected_s=detected,
        # A verdict of a minute before, by another machine's clock, is one of the same instant.
        known_s=np.maximum(known, detected),
        ended_s=np.maximum(ended, detected),
        kind=kind.to_numpy().astype(np.int64),
        severity=rows["severity"].to_numpy(),
        excess_kmh=_floats(rows["excess_kmh"]),
        limit_kmh=_floats(rows["limit_kmh"]),
        night=night_of(detected),
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


def _list(keys: Sequence[str] | None) -> list[str] | None:
    return None if keys is None else list(keys)
