"""What the models may see of a few subjects, read in one round trip: what a deployment answers from.

Whole tables are read by `risk_reading`, by the same statements. It must not know any model.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from psycopg import Connection as PsycopgConnection
from psycopg import sql

from enforcement.risk_history import TYPES
from schema.risk_reading import MEASURED, Seen, SubjectKind, history, statement
from schema.sql_files import read_sql

_INDEX = {name: index for index, name in enumerate(TYPES)}


def read_seen(driver: PsycopgConnection[Any], kind: SubjectKind, keys: Sequence[str]) -> Seen:
    """Of the given subjects, each once; one without any row is left out."""
    with driver.cursor(binary=True) as cursor:
        # Prepared: planning would take longer than looking.
        cursor.execute(_statement(kind), {"keys": list(keys)}, prepare=True)
        row = cursor.fetchone() or (None,) * 12
    *columns, since = row
    named, detected, known, ended, types, severity, excess, limit, *people = (
        one or [] for one in columns
    )
    if kind is SubjectKind.PLATE:
        names = list(dict.fromkeys(named))
        people = [names, [None] * len(names), [-1] * len(names)]
    names, licensed, licence = people
    place = {name: index for index, name in enumerate(names)}
    rows = np.array([name in place for name in named], dtype=bool)
    measured = zip(MEASURED, (detected, known, ended, excess, limit), strict=True)
    return Seen(
        kind=kind,
        keys=np.asarray(names, dtype=np.str_),
        licensed_s=np.array(licensed, dtype=np.float64),
        licence=np.array(licence, dtype=np.int64),
        history=history(
            subject=np.array([place[one] for one in named if one in place], dtype=np.int64),
            kind=np.array([_INDEX[one] for one in types], dtype=np.int64)[rows],
            severity=np.array(severity, dtype=np.int64)[rows],
            **{name: np.array(values, dtype=np.float64)[rows] for name, values in measured},
        ),
        observed_since_s=float("nan") if since is None else since,
    )


@cache
def _statement(kind: SubjectKind) -> bytes:
    """As text: composing it anew would take longer than binding it."""
    parts = {
        name: statement(name, kind, sql.Placeholder("keys")) for name in ("history", "drivers")
    }
    return sql.SQL(read_sql("risk/seen")).format(**parts).as_bytes()
