"""What an infraction costs by the law of its date, or the reason why that cannot be said.

Every number comes from rows with validity, source and standing; none is here. A fine is as verified as
the least verified row it rests on. It must not know where rows are kept or who pays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from enforcement.catalogue import in_force

_CENT = Decimal("0.01")
_MEASURED = Decimal("0.001")  # km/h
SPEEDING = "SPEED_VIOLATION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What one article costs over a range of dates.

    Excess in (excess_over_kmh, excess_up_to_kmh], both None where the article is not graduated;
    excess_up_to_kmh alone None where there is no upper bound. valid_from, valid_to: first and last day.
    """

    code: str
    infraction_type: str
    description: str
    severity: str
    excess_over_kmh: Decimal | None = None
    excess_up_to_kmh: Decimal | None = None
    uit_percent: Decimal | None = None
    points: int | None = None
    tolerance_kmh: Decimal | None = None
    prompt_payment_discount: bool = True
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    verified: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Uit:
    """The tax unit of one year, soles."""

    year: int
    amount_soles: Decimal
    source: str
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountRule:
    """What prompt payment saves, percent. within_working_days: None until the resolution."""

    name: str
    discount_percent: Decimal
    within_working_days: int | None = None
    excluded_codes: Sequence[str] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """A discount that applies. amount_soles: what is then to pay."""

    name: str
    percent: Decimal
    amount_soles: Decimal
    within_working_days: int | None
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fine:
    """What is to pay in soles, of which percentage of which UIT, and the points on the licence."""

    code: str
    description: str
    severity: str
    uit_percent: Decimal
    uit_soles: Decimal
    uit_year: int
    amount_soles: Decimal
    points: int | None
    discounts: Sequence[Discount]
    verified: bool
    source: str
    note: str | None


class NoFineReason(StrEnum):
    """Why there is no amount."""

    NO_ARTICLE = "no_article"
    NO_UIT = "no_uit"
    NO_PERCENTAGE = "no_percentage"
    EXCESS_UNKNOWN = "excess_unknown"
    WITHIN_TOLERANCE = "within_tolerance"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoFine:
    """There is no amount, and why; detail is one line for a person."""

    reason: NoFineReason
    detail: str


def fine_on(
    infraction_type: str,
    day: date,
    excess_kmh: float | Decimal | None,
    *,
    articles: Sequence[Article],
    uits: Sequence[Uit],
    discounts: Sequence[DiscountRule] = (),
) -> Fine | NoFine:
    """The fine of an infraction of that type on that day (of Lima).

    excess_kmh: measured speed minus limit; only graduated articles look at it. Where two rows are in
    force, the one that began last counts.
    """
    holding = [
        a
        for a in articles
        if a.infraction_type == infraction_type and in_force(a.valid_from, a.valid_to, day)
    ]
    if not holding:
        return _no(NoFineReason.NO_ARTICLE, f"no article for {infraction_type} in force on {day}")
    article = _article_for(holding, excess_kmh)
    if isinstance(article, NoFine):
        return article
    if article.uit_percent is None:
        return _no(NoFineReason.NO_PERCENTAGE, f"{article.code}: percentage of the UIT not known")
    uit = next((u for u in uits if u.year == day.year), None)
    if uit is None:
        return _no(NoFineReason.NO_UIT, f"the UIT of {day.year} is not in the catalogue")
    amount = _soles(article.uit_percent * uit.amount_soles / 100)
    return Fine(
        code=article.code,
        description=article.description,
        severity=article.severity,
        uit_percent=article.uit_percent,
        uit_soles=uit.amount_soles,
        uit_year=uit.year,
        amount_soles=amount,
        points=article.points,
        discounts=_discounts(article, amount, day, discounts),
        verified=article.verified and uit.verified,
        source=f"{article.source}; {uit.source}",
        note=article.note,
    )


def _article_for(
    holding: Sequence[Article], excess_kmh: float | Decimal | None
) -> Article | NoFine:
    graduated = [a for a in holding if a.excess_over_kmh is not None]
    if not graduated:
        return _newest(holding)
    if excess_kmh is None:
        return _no(
            NoFineReason.EXCESS_UNKNOWN, "the article is graduated and no speed was measured"
        )
    # A difference of floats: 10 km/h over must not become 10.000000000000002.
    excess = Decimal(repr(float(excess_kmh))).quantize(_MEASURED)
    tolerance = max((a.tolerance_kmh or Decimal(0) for a in graduated), default=Decimal(0))
    if excess <= tolerance:
        return _no(
            NoFineReason.WITHIN_TOLERANCE,
            f"{excess.normalize():f} km/h over the limit; sanctioned only above {tolerance.normalize():f}",
        )
    fitting = [a for a in graduated if _covers(a, excess)]
    if not fitting:
        return _no(NoFineReason.NO_ARTICLE, f"no class of excess covers {excess} km/h")
    return _newest(fitting)


def _covers(article: Article, excess: Decimal) -> bool:
    over, up_to = article.excess_over_kmh, article.excess_up_to_kmh
    return (over is None or over < excess) and (up_to is None or excess <= up_to)


def _newest(articles: Sequence[Article]) -> Article:
    return max(articles, key=lambda a: a.valid_from or date.min)


def _discounts(
    article: Article, amount: Decimal, day: date, rules: Sequence[DiscountRule]
) -> tuple[Discount, ...]:
    if not article.prompt_payment_discount:
        return ()
    return tuple(
        Discount(
            name=rule.name,
            percent=rule.discount_percent,
            amount_soles=_soles(amount * (100 - rule.discount_percent) / 100),
            within_working_days=rule.within_working_days,
            verified=rule.verified,
        )
        for rule in rules
        if in_force(rule.valid_from, rule.valid_to, day) and article.code not in rule.excluded_codes
    )


def _soles(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)


def _no(reason: NoFineReason, detail: str) -> NoFine:
    return NoFine(reason=reason, detail=detail)
