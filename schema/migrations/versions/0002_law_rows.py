"""The law by date, as rows.

Phase: pre = additive, before the new release runs.
"""

from __future__ import annotations

from alembic import op

from schema.sql_files import read_sql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
phase = "pre"


def upgrade() -> None:
    """Add rows; those already there by hand stay as they are."""
    op.execute(read_sql("0002_law_rows"))
