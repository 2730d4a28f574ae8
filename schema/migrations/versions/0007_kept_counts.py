"""Kept counts of speeding by zone and hour, and indexes in the order in which the five questions group.

Phase: pre = additive, before the new release runs.
"""

from __future__ import annotations

from alembic import context, op

from schema import timeseries
from schema.sql_files import read_folder, read_sql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None
phase = "pre"


def upgrade() -> None:
    """Run the frozen files of schema/sql/0007_kept_counts in order."""
    hypertables = not context.is_offline_mode() and timeseries.has_timescaledb(op.get_bind())
    for name, text in read_folder("0007_kept_counts"):
        sql = timeseries.for_engine(name, text, hypertables=hypertables)
        if sql is not None:
            op.execute(sql)


def downgrade() -> None:
    """Take it back, losing nothing: the counts are only kept of what is in `infractions`."""
    op.execute(read_sql("0007_kept_counts_down"))
