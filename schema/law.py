"""Numbers of the law, as rows by date; `verified` says whether a person read the source."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import BigInteger, Identity, Numeric, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from schema.base import Base, Stamped


class UitValue(Stamped, Base):
    """The tax unit of one year, in soles."""

    __tablename__ = "uit_values"

    year: Mapped[int] = mapped_column(primary_key=True)
    amount_soles: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    source: Mapped[str]
    verified: Mapped[bool] = mapped_column(server_default=text("false"))


class LawArticle(Stamped, Base):
    """What one article costs over a range of dates; null bounds of excess where not graduated."""

    __tablename__ = "law_catalogue"
    __table_args__ = (
        UniqueConstraint(
            "code", "excess_over_kmh", "valid_from", postgresql_nulls_not_distinct=True
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(String(50))
    infraction_type: Mapped[str] = mapped_column(String(50))
    description: Mapped[str]
    severity: Mapped[str] = mapped_column(String(20))
    excess_over_kmh: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    excess_up_to_kmh: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    uit_percent: Mapped[Decimal | None] = mapped_column(Numeric(6, 3))
    points: Mapped[int | None]
    tolerance_kmh: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    prompt_payment_discount: Mapped[bool] = mapped_column(server_default=text("true"))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    source: Mapped[str]
    verified: Mapped[bool] = mapped_column(server_default=text("false"))
    note: Mapped[str | None]


class SpeedLimit(Stamped, Base):
    """The legal limit of a class of road over a range of dates, km/h."""

    __tablename__ = "speed_limits"
    __table_args__ = (UniqueConstraint("road_class", "valid_from"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    road_class: Mapped[str] = mapped_column(String(50))
    limit_kmh: Mapped[int]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    source: Mapped[str]
    verified: Mapped[bool] = mapped_column(server_default=text("false"))


class PlateGrammar(Stamped, Base):
    """What a plate of some vehicle classes looks like over a range of dates.

    pattern: `L` letter, `N` digit, `A` either, as enforcement.plate_grammar reads it.
    """

    __tablename__ = "plate_grammars"
    __table_args__ = (
        UniqueConstraint(
            "pattern", "vehicle_classes", "valid_from", postgresql_nulls_not_distinct=True
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    pattern: Mapped[str] = mapped_column(String(20))
    vehicle_classes: Mapped[list[str]]
    letters: Mapped[str] = mapped_column(
        String(26), server_default=text("'ABCDEFGHIJKLMNOPQRSTUVWXYZ'")
    )
    line_count: Mapped[int | None]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    source: Mapped[str]
    verified: Mapped[bool] = mapped_column(server_default=text("false"))


class FineDiscount(Stamped, Base):
    """What prompt payment saves, and the articles it does not apply to."""

    __tablename__ = "fine_discounts"
    __table_args__ = (UniqueConstraint("name", "valid_from"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    discount_percent: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    within_working_days: Mapped[int | None]
    excluded_codes: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    source: Mapped[str]
    verified: Mapped[bool] = mapped_column(server_default=text("false"))
