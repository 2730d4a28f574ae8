"""How an infraction came to its status, and who looked a second time; rows are only ever added."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from schema.base import Base, Created


class InfractionTransition(Created, Base):
    """One change of status. version: the infraction's, after it."""

    __tablename__ = "infraction_transitions"
    __table_args__ = (UniqueConstraint("infraction_id", "version"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    infraction_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("infractions.id", ondelete="RESTRICT")
    )
    from_status: Mapped[str] = mapped_column(String(50))
    to_status: Mapped[str] = mapped_column(String(50))
    reason: Mapped[str | None]
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    username: Mapped[str | None] = mapped_column(String(150))
    version: Mapped[int]


class SecondReview(Created, Base):
    """A verdict asked for again of another person; `verdict` is null until given."""

    __tablename__ = "second_reviews"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    infraction_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("infractions.id", ondelete="RESTRICT")
    )
    transition_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("infraction_transitions.id", ondelete="RESTRICT"), unique=True
    )
    first_verdict: Mapped[str] = mapped_column(String(50))
    first_user_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="RESTRICT")
    )
    verdict: Mapped[str | None] = mapped_column(String(50))
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    reason: Mapped[str | None]
    decided_at: Mapped[datetime | None]
