"""Archive, retention, backup and batch jobs: their ledgers, kept roll-ups, indexes of the five questions.

Phase: pre = additive, before the new release runs.
"""

from __future__ import annotations

from alembic import context, op

from schema import timeseries
from schema.sql_files import read_folder

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
phase = "pre"


def upgrade() -> None:
    """Run the frozen files of schema/sql/0006_archive in order."""
    hypertables = not context.is_offline_mode() and timeseries.has_timescaledb(op.get_bind())
    for name, text in read_folder("0006_archive"):
        sql = timeseries.for_engine(name, text, hypertables=hypertables)
        if sql is not None:
            op.execute(sql)
