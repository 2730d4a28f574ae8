"""${message}

Phase: pre = additive, before the new release runs; post = after the old release has gone.
"""

from __future__ import annotations

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None
phase = "pre"


def upgrade() -> None:
    """Bring the schema up."""
