"""The law's rows as the types that fines are computed with, and a fine as the API says it.

It must not compute anything: enforcement/fines does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from enforcement.fines import Article, DiscountRule, Fine, NoFine, Uit, fine_on
from schema.api_pool import Connection, Row
from schema.sql_files import read_sql

LIMA = ZoneInfo("America/Lima")


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """All rows that fines rest on, of all dates. known: what was computed from them already."""

    articles: Sequence[Article]
    uits: Sequence[Uit]
    discounts: Sequence[DiscountRule]
    known: dict[tuple[str, date, float | None], Fine | NoFine] = field(
        default_factory=dict, repr=False, compare=False
    )

    def fine(
        self, infraction_type: str, detected_at: datetime, excess_kmh: float | None
    ) -> Fine | NoFine:
        """The fine by the law of the infraction's day in Lima."""
        asked = infraction_type, detected_at.astimezone(LIMA).date(), excess_kmh
        found = self.known.get(asked)
        if found is None:
            found = fine_on(
                *asked, articles=self.articles, uits=self.uits, discounts=self.discounts
            )
            self.known[asked] = found
        return found


async def load_law(connection: Connection) -> Law:
    """One query; the rows are few."""
    row = await connection.fetchrow(read_sql("api/law"))
    return Law(
        articles=[_article(one) for one in row["articles"] or ()],
        uits=[
            Uit(
                year=one["year"],
                amount_soles=_decimal(one["amount_soles"]) or Decimal(0),
                source=one["source"],
                verified=one["verified"],
            )
            for one in row["uits"] or ()
        ],
        discounts=[_discount(one) for one in row["discounts"] or ()],
    )


def plain_fine(fine: Fine) -> Row:
    """A fine as JSON values, as it is kept with the infraction and shown; two decimals survive as numbers."""
    return {
        "code": fine.code,
        "description": fine.description,
        "severity": fine.severity,
        "uit_percent": float(fine.uit_percent),
        "uit_soles": float(fine.uit_soles),
        "uit_year": fine.uit_year,
        "amount_soles": float(fine.amount_soles),
        "points": fine.points,
        "discounts": [
            {
                "name": one.name,
                "percent": float(one.percent),
                "amount_soles": float(one.amount_soles),
                "within_working_days": one.within_working_days,
                "verified": one.verified,
            }
            for one in fine.discounts
        ],
        "verified": fine.verified,
        "source": fine.source,
        "note": fine.note,
    }


def plain_absence(absence: NoFine) -> Row:
    """Why there is no fine, as JSON values."""
    return {"absent": absence.reason.value, "detail": absence.detail}


def _article(one: Row) -> Article:
    return Article(
        code=one["code"],
        infraction_type=one["infraction_type"],
        description=one["description"],
        severity=one["severity"],
        excess_over_kmh=_decimal(one["excess_over_kmh"]),
        excess_up_to_kmh=_decimal(one["excess_up_to_kmh"]),
        uit_percent=_decimal(one["uit_percent"]),
        points=one["points"],
        tolerance_kmh=_decimal(one["tolerance_kmh"]),
        prompt_payment_discount=one["prompt_payment_discount"],
        valid_from=_day(one["valid_from"]),
        valid_to=_day(one["valid_to"]),
        source=one["source"],
        verified=one["verified"],
        note=one["note"],
    )


def _discount(one: Row) -> DiscountRule:
    return DiscountRule(
        name=one["name"],
        discount_percent=_decimal(one["discount_percent"]) or Decimal(0),
        within_working_days=one["within_working_days"],
        excluded_codes=tuple(one["excluded_codes"]),
        valid_from=_day(one["valid_from"]),
        valid_to=_day(one["valid_to"]),
        source=one["source"],
        verified=one["verified"],
    )


def _decimal(value: Any) -> Decimal | None:
    # Few digits: the shortest spelling of the float is the number that the column holds.
    return None if value is None else Decimal(str(value))


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)
