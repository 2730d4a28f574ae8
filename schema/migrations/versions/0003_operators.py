"""The operators' day: versions, transitions, rotating sessions, the audit's chain, the API's role.

Phase: pre = additive, before the new release runs.
"""

from __future__ import annotations

from alembic import op

from schema.sql_files import read_folder

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
phase = "pre"


def upgrade() -> None:
    """Run the frozen files of schema/sql/0003_operators in order."""
    for _, sql in read_folder("0003_operators"):
        op.execute(sql)
