"""What must be in a restored database: every row there was at an instant, column by column.

A row that changed after the instant is left out on both sides, since the copy rightly holds its older state;
where a table does not say when its rows change, the columns that never do are compared. Telemetry is not: its
time is the camera's, not that of its writing. It must not know how a database is restored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg import sql

from schema.job_runs import Connection

Keys = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A table: its key, when a row came and when it changed last; said: what of a row never changes."""

    name: str
    key: str = "id"
    born: str = "created_at"
    changed: str | None = "updated_at"
    said: str = "t::TEXT"


TABLES: Final = (
    Compared(name="users"),
    Compared(name="zones"),
    Compared(name="devices"),
    Compared(name="calibrations", changed=None),
    Compared(name="camera_credentials", key="device_id"),
    Compared(name="vehicles", key="plate"),
    Compared(name="drivers", key="dni"),
    Compared(name="infractions"),
    Compared(name="infraction_transitions", changed=None),
    Compared(name="second_reviews", changed=None, said="t.infraction_id::TEXT || t.first_verdict"),
    Compared(name="evidence"),
    Compared(name="accidents"),
    Compared(name="ml_models"),
    Compared(name="ml_predictions", born="predicted_at"),
    Compared(name="law_catalogue"),
    Compared(name="fine_discounts"),
    Compared(name="uit_values", key="year"),
    Compared(name="legal_holds", born="placed_at", changed=None, said="t.id::TEXT || t.reason"),
    Compared(name="audit_logs", born="timestamp", changed=None),
    Compared(name="archives", born="archived_at", changed=None, said="t.path || t.content_digest"),
)


def counted(
    session: Connection, until: datetime, *, but: Keys | None = None
) -> Iterator[tuple[str, tuple[int, str]]]:
    """Table by table: rows of until that have not changed since, and a sum over what they say.

    but: keys to leave out, those that changed on the other side.
    """
    for one in TABLES:
        query = sql.SQL(
            "SELECT count(*), COALESCE(sum(hashtextextended({said}, 0)), 0)::TEXT FROM {table} AS t"
            " WHERE {born} <= %(until)s AND {unchanged} AND {key}::TEXT <> ALL(%(but)s)"
        ).format(
            said=sql.SQL(one.said),
            table=sql.Identifier(one.name),
            born=sql.Identifier(one.born),
            key=sql.Identifier(one.key),
            unchanged=sql.SQL("TRUE")
            if one.changed is None
            else sql.SQL("COALESCE({0}, {1}) <= %(until)s").format(
                sql.Identifier(one.changed), sql.Identifier(one.born)
            ),
        )
        given = {"until": until, "but": (but or {}).get(one.name, [])}
        row = session.execute(query, given).fetchone()
        if row is None:
            raise RuntimeError("an aggregate gave no row")
        yield one.name, (int(row[0]), str(row[1]))


def changed_since(session: Connection, until: datetime) -> Keys:
    """Keys of the rows of until that have changed since, by table."""
    found = {}
    for one in TABLES:
        if one.changed is not None:
            query = sql.SQL("SELECT {0}::TEXT FROM {1} WHERE {2} <= %s AND {3} > %s").format(
                *map(sql.Identifier, (one.key, one.name, one.born, one.changed))
            )
            rows = session.execute(query, (until, until)).fetchall()
            found[one.name] = [str(row[0]) for row in rows]
    return found
