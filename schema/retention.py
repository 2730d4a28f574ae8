"""How long each table keeps its rows."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Interval, String, text
from sqlalchemy.orm import Mapped, mapped_column

from schema.base import Base, Stamped


class RetentionPolicy(Stamped, Base):
    """How long a table keeps rows, and whether they are archived first."""

    __tablename__ = "retention_policies"

    table_name: Mapped[str] = mapped_column(String(100), primary_key=True)
    keep: Mapped[timedelta] = mapped_column(Interval)
    archive_first: Mapped[bool]
    drop_rows: Mapped[bool] = mapped_column(server_default=text("true"))
    note: Mapped[str | None]
    freeze_after: Mapped[timedelta | None] = mapped_column(Interval)
