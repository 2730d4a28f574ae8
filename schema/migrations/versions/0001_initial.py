"""Everything: tables, functions, triggers, views, partitions.

Phase: pre = additive, before the new release runs.
"""

from __future__ import annotations

from alembic import context, op

from schema import timeseries
from schema.sql_files import read_folder

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
phase = "pre"


def upgrade() -> None:
    """Run the frozen files of schema/sql/0001_initial in order."""
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    hypertables = not context.is_offline_mode() and timeseries.enable_timescaledb(op.get_bind())
    for name, text in read_folder("0001_initial"):
        sql = timeseries.for_engine(name, text, hypertables=hypertables)
        if sql is not None:
            op.execute(sql)
