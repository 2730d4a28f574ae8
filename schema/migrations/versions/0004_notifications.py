"""Notifications: preferences, what was sent when, and which events a consumer has taken.

Phase: pre = additive, before the new release runs.
"""

from __future__ import annotations

from alembic import op

from schema.sql_files import read_folder

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
phase = "pre"


def upgrade() -> None:
    """Run the frozen files of schema/sql/0004_notifications in order."""
    for _, sql in read_folder("0004_notifications"):
        op.execute(sql)
