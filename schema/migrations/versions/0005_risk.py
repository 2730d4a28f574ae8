"""Risk: accidents, and the search for predictions that wait for their outcome.

Phase: pre = additive, before the new release runs.
"""

from __future__ import annotations

from alembic import op

from schema.sql_files import read_sql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
phase = "pre"


def upgrade() -> None:
    """Run the frozen file schema/sql/0005_risk.sql."""
    op.execute(read_sql("0005_risk"))
