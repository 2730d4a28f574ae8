"""The five questions the data model asks most, each a named file of SQL.

It must not know who asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import Connection, RowMapping, text

from schema.sql_files import read_sql


class Query(StrEnum):
    """Names of the files in schema/sql/queries; what each says and how is written there."""

    PENDING_INFRACTIONS = "pending_infractions"
    TOP_OFFENDERS_OF_MONTH = "top_offenders_of_month"
    ZONE_HOUR_STATISTICS = "zone_hour_statistics"
    CAMERA_PERFORMANCE = "camera_performance"
    RECIDIVISM = "recidivism"

    @property
    def sql(self) -> str:
        """Its text; takes no parameters."""
        return read_sql(f"queries/{self.value}")


def run(connection: Connection, query: Query) -> Sequence[RowMapping]:
    """All rows, by column name."""
    return connection.execute(text(query.sql)).mappings().all()
