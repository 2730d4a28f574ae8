"""What an infraction costs by the law of its date."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforcement.fines import Article, DiscountRule, Fine, NoFine, NoFineReason, Uit, fine_on

SINCE = date(2022, 7, 18)


def m20(over: int, up_to: int | None, percent: int, points: int, verified: bool = True) -> Article:
    return Article(
        code="M20",
        infraction_type="SPEED_VIOLATION",
        description=f"más de {over}",
        severity="muy_grave",
        excess_over_kmh=Decimal(over),
        excess_up_to_kmh=None if up_to is None else Decimal(up_to),
        uit_percent=Decimal(percent),
        points=points,
        tolerance_kmh=Decimal(5),
        prompt_payment_discount=False,
        valid_from=SINCE,
        source="DS 025-2021-MTC",
        verified=verified,
    )


ARTICLES = (
    m20(0, 10, 18, 50),
    m20(10, 30, 24, 60),
    m20(30, None, 50, 70, verified=False),
    Article(
        code="M17",
        infraction_type="RED_LIGHT",
        description="Cruzar con luz roja",
        severity="muy_grave",
        uit_percent=Decimal(12),
        points=50,
        source="RNT",
    ),
    Article(code="X", infraction_type="OTHER", description="", severity="leve"),
)
UITS = tuple(
    Uit(year=year, amount_soles=Decimal(amount), source=f"DS {year}", verified=True)
    for year, amount in ((2023, 4950), (2024, 5150), (2025, 5350), (2026, 5500))
)
DISCOUNTS = (
    DiscountRule(
        name="Pronto pago",
        discount_percent=Decimal(83),
        within_working_days=5,
        excluded_codes=("M20",),
        valid_from=SINCE,
    ),
    DiscountRule(
        name="Hasta la resolución",
        discount_percent=Decimal(67),
        excluded_codes=("M20",),
        valid_from=SINCE,
    ),
)


def fine(kind: str, day: date, excess: float | Decimal | None) -> Fine | NoFine:
    return fine_on(kind, day, excess, articles=ARTICLES, uits=UITS, discounts=DISCOUNTS)


def speeding(excess: float | Decimal | None, day: date = date(2025, 6, 1)) -> Fine | NoFine:
    return fine("SPEED_VIOLATION", day, excess)


def amount(found: Fine | NoFine) -> Decimal:
    assert isinstance(found, Fine)
    return found.amount_soles


@pytest.mark.parametrize(
    ("excess", "year", "soles", "points"),
    [
        (18.5, 2025, "1284.00", 60),  # the data model's example, which says S/ 396
        (18.5, 2023, "1188.00", 60),  # the same by the UIT of the infraction's year
        (18.5, 2026, "1320.00", 60),
        (5.1, 2025, "963.00", 50),
        (10.0, 2025, "963.00", 50),  # up to 10 belongs to the first class
        (10.1, 2025, "1284.00", 60),
        (30.0, 2024, "1236.00", 60),
        (30.1, 2024, "2575.00", 70),
        (140.0, 2026, "2750.00", 70),
    ],
)
def test_speeding_costs_by_excess_and_year(
    excess: float, year: int, soles: str, points: int
) -> None:
    found = speeding(excess, date(year, 3, 3))
    assert isinstance(found, Fine)
    assert (found.code, found.amount_soles, found.points) == ("M20", Decimal(soles), points)
    assert found.uit_year == year


@pytest.mark.parametrize("excess", [-3.0, 0.0, 4.9, 5.0])
def test_up_to_five_over_the_limit_is_not_sanctioned(excess: float) -> None:
    found = speeding(excess)
    assert isinstance(found, NoFine)
    assert found.reason is NoFineReason.WITHIN_TOLERANCE


def test_a_difference_of_floats_does_not_change_the_class() -> None:
    assert 70.1 - 60.1 != 10  # what the database subtracts
    for excess in (70.1 - 60.1, 10.000000000000002, Decimal("10")):
        assert amount(speeding(excess)) == Decimal("963.00")
    assert isinstance(speeding(5.000000000000001), NoFine)


def test_speeding_has_no_prompt_payment_discount() -> None:
    found = speeding(18.5)
    assert isinstance(found, Fine)
    assert found.discounts == ()


def test_a_red_light_has_both_discounts_in_soles_to_pay() -> None:
    found = fine("RED_LIGHT", date(2025, 1, 1), None)
    assert isinstance(found, Fine)
    assert found.amount_soles == Decimal("642.00")
    assert [(d.name, d.amount_soles, d.within_working_days) for d in found.discounts] == [
        ("Pronto pago", Decimal("109.14"), 5),
        ("Hasta la resolución", Decimal("211.86"), None),
    ]


def test_a_fine_is_as_verified_as_its_least_verified_row() -> None:
    found = [speeding(18.5), speeding(40.0), fine("RED_LIGHT", date(2025, 1, 1), None)]
    assert [one.verified for one in found if isinstance(one, Fine)] == [True, False, False]
    unsure = [Uit(year=2025, amount_soles=Decimal(5350), source="de memoria", verified=False)]
    from_memory = fine_on("SPEED_VIOLATION", date(2025, 1, 1), 18.5, articles=ARTICLES, uits=unsure)
    assert isinstance(from_memory, Fine)
    assert not from_memory.verified


@pytest.mark.parametrize(
    ("kind", "day", "excess", "reason"),
    [
        ("SPEED_VIOLATION", date(2022, 7, 17), 18.5, NoFineReason.NO_ARTICLE),  # the day before
        ("SPEED_VIOLATION", date(2022, 7, 18), 18.5, NoFineReason.NO_UIT),  # 2022 is not known
        ("SPEED_VIOLATION", date(2027, 1, 1), 18.5, NoFineReason.NO_UIT),
        ("SPEED_VIOLATION", date(2025, 1, 1), None, NoFineReason.EXCESS_UNKNOWN),
        ("OTHER", date(2025, 1, 1), None, NoFineReason.NO_PERCENTAGE),
        ("NOTHING", date(2025, 1, 1), None, NoFineReason.NO_ARTICLE),
    ],
)
def test_where_the_law_is_not_known_nothing_is_invented(
    kind: str, day: date, excess: float | None, reason: NoFineReason
) -> None:
    found = fine(kind, day, excess)
    assert isinstance(found, NoFine)
    assert found.reason is reason


def test_a_later_law_counts_from_its_first_day() -> None:
    new = Article(
        code="M17",
        infraction_type="RED_LIGHT",
        description="",
        severity="muy_grave",
        uit_percent=Decimal(20),
        valid_from=date(2026, 4, 1),
    )
    both = (*ARTICLES, new)
    days = (date(2026, 3, 31), date(2026, 4, 1))
    found = [fine_on("RED_LIGHT", day, None, articles=both, uits=UITS) for day in days]
    assert [amount(one) for one in found] == [Decimal("660.00"), Decimal("1100.00")]


@given(st.decimals(min_value=6, max_value=200, places=1))
def test_faster_never_costs_less(excess: Decimal) -> None:
    assert amount(speeding(excess)) <= amount(speeding(excess + 1))
