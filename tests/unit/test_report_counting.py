"""What a report counts: any cut of the rows adds up to the same, and each figure against plain Python."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from jobs.report import spans_of
from jobs.reporting.counting import STANDING, combine, part
from jobs.reporting.figures import figures, rate_ratio
from schema.archive_tables import Month

MONTH = Month.parse("2026-10")
SPANS = spans_of(
    MONTH,
    {"C1": datetime(2026, 10, 12, 5, tzinfo=UTC)},
    until=datetime(2026, 12, 1, tzinfo=UTC),
)
SCHEMA = pa.schema(
    [("type", pa.string()), ("status", pa.string()), ("device_id", pa.string()),
     ("zone_id", pa.string()), ("plate", pa.string()), ("speed_excess", pa.float64()),
     ("detected_at", pa.timestamp("us", "UTC")), ("hour_of_day", pa.int32()),
     ("day_of_week", pa.int32()), ("fine_amount", pa.decimal128(10, 2)),
     ("fine_issued", pa.bool_()), ("fine_paid", pa.bool_()),
     ("deleted_at", pa.timestamp("us", "UTC"))]
)  # fmt: skip


def draw(count: int) -> list[dict[str, Any]]:
    chance = random.Random(5)
    rows = []
    for _ in range(count):
        at = datetime(2025, 9, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(620_000))
        lima = at - timedelta(hours=5)
        status = chance.choice(
            ["pending", "validated", "rejected", "paid", "appealed", "cancelled"]
        )
        issued = status in STANDING
        rows.append(
            {
                "type": chance.choice(["SPEED_VIOLATION", "RED_LIGHT"]), "status": status,
                "device_id": chance.choice(["C1", "C2", None]), "zone_id": chance.choice(["Z1", "Z2"]),
                "plate": chance.choice([None, *(f"P{n}" for n in range(40))]),
                "speed_excess": chance.choice([None, 10.5, 31.0]), "detected_at": at,
                "hour_of_day": lima.hour, "day_of_week": (lima.weekday() + 1) % 7,
                "fine_amount": Decimal("1284.50") if issued else None, "fine_issued": issued,
                "fine_paid": status == "paid", "deleted_at": at if chance.random() < 0.02 else None,
            }
        )  # fmt: skip
    return rows


ROWS = draw(4000)
KEPT = [row for row in ROWS if row["deleted_at"] is None]
IN_MONTH = [row for row in KEPT if SPANS.month.low <= row["detected_at"] < SPANS.month.high]
WHOLE = combine([part(pa.Table.from_pylist(ROWS, SCHEMA), SPANS)])
REPORT = figures(WHOLE, SPANS, zones={"Z1": "Centro"}, cameras={"C1": "Uno"})


@pytest.mark.parametrize("size", [1, 7, 500])
def test_however_rows_are_cut_and_ordered_they_add_up_to_the_same(size: int) -> None:
    rows = ROWS[:600]
    shuffled = random.Random(1).sample(rows, len(rows))

    def summed(some: list[dict[str, Any]], step: int) -> set[tuple[Any, ...]]:
        parts = [
            part(pa.Table.from_pylist(some[n : n + step], SCHEMA), SPANS)
            for n in range(0, len(some), step)
        ]
        return {tuple(row.values()) for row in combine(parts).to_pylist()}

    assert summed(shuffled, size) == summed(rows, len(rows))


def test_infractions_are_those_of_the_month_in_lima_that_still_stand_in_the_table() -> None:
    assert REPORT.summary["infractions"] == len(IN_MONTH)
    assert REPORT.summary["standing"] == sum(row["status"] in STANDING for row in IN_MONTH)
    by_type = Counter(row["type"] for row in IN_MONTH)
    assert {row["type"]: row["infractions"] for row in REPORT.by_type} == by_type
    by_day = Counter(
        (row["detected_at"] - timedelta(hours=5)).strftime("%Y-%m-%d") for row in IN_MONTH
    )
    assert {row["day"]: row["infractions"] for row in REPORT.by_day} == by_day
    by_hour = Counter((row["hour_of_day"], row["day_of_week"]) for row in IN_MONTH)
    found = {(row["hour"], row["day_of_week"]): row["infractions"] for row in REPORT.by_hour}
    assert found == by_hour
    zones = {row["zone_id"]: row["name"] for row in REPORT.by_zone}
    assert zones == {"Z1": "Centro", "Z2": "Z2"}


def test_a_cameras_precision_is_of_what_people_judged() -> None:
    row = next(one for one in REPORT.cameras if one["device_id"] == "C1")
    own = [one for one in IN_MONTH if one["device_id"] == "C1"]
    stood = sum(one["status"] in STANDING for one in own)
    rejected = sum(one["status"] == "rejected" for one in own)
    assert row["precision"] == pytest.approx(stood / (stood + rejected))
    assert row["low"] < row["precision"] < row["high"]
    assert row["per_day"] == pytest.approx(len(own) / 31, abs=0.01)


def test_offenders_are_ranked_by_standing_infractions_with_their_greatest_excess() -> None:
    stood = [one for one in IN_MONTH if one["status"] in STANDING and one["plate"]]
    wanted = Counter(one["plate"] for one in stood)
    found = {row["plate"]: row["infractions"] for row in REPORT.offenders}
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert found == {plate: wanted[plate] for plate in found}
    assert min(found.values()) >= sorted(wanted.values(), reverse=True)[19]
    first = REPORT.offenders[0]
    excesses = [one["speed_excess"] or 0 for one in stood if one["plate"] == first["plate"]]
    assert (first["max_speed_excess_kmh"] or 0) == max(excesses)


def test_recidivists_had_a_standing_infraction_in_the_year_before_the_month() -> None:
    stood = [one for one in KEPT if one["status"] in STANDING and one["plate"]]
    month = {one["plate"] for one in stood if one in IN_MONTH}
    before = {
        one["plate"]
        for one in stood
        if SPANS.history.low <= one["detected_at"] < SPANS.history.high
    }
    assert REPORT.recidivism["vehicles"] == len(month)
    assert REPORT.recidivism["had_one_before"] == len(month & before)


def test_fines_issued_paid_and_appealed_are_counted_with_their_amounts() -> None:
    row = next(one for one in REPORT.fines if one["type"] == "RED_LIGHT")
    own = [one for one in IN_MONTH if one["type"] == "RED_LIGHT" and one["fine_issued"]]
    assert row["issued"] == len(own)
    assert row["issued_soles"] == pytest.approx(1284.5 * len(own))
    assert row["paid"] == sum(one["fine_paid"] for one in own)
    assert row["appealed"] == sum(one["status"] == "appealed" for one in own)


def test_before_and_after_are_the_weeks_around_a_change_or_the_two_months() -> None:
    found = {row["device_id"]: row for row in REPORT.before_after}
    stood = [one for one in KEPT if one["status"] in STANDING]
    change = datetime(2026, 10, 12, 5, tzinfo=UTC)
    window = timedelta(days=28)
    own = [one["detected_at"] for one in stood if one["device_id"] == "C1"]
    assert found["C1"]["before"] == sum(change - window <= at < change for at in own)
    assert found["C1"]["after"] == sum(change <= at < change + window for at in own)
    other = [one["detected_at"] for one in stood if one["device_id"] == "C2"]
    assert found["C2"]["before"] == sum(
        SPANS.previous.low <= at < SPANS.previous.high for at in other
    )
    assert (found["C2"]["before_days"], found["C2"]["after_days"]) == (30, 31)


@pytest.mark.parametrize(
    ("counts", "wanted"),
    [
        # Equal counts in equal time: 1, and the exact interval of 50 of 100 (Clopper and Pearson).
        ((50, 10, 50, 10), (1.0, 0.6608, 1.5132)),
        ((0, 10, 0, 10), (None, None, None)),
        ((0, 10, 5, 10), (None, 0.9165, None)),  # at least this much more; no upper bound
        ((5, 10, 0, 10), (0.0, 0.0, 1.0911)),
        ((10, 10, 40, 20), (2.0, 0.9813, 4.4849)),  # twice the time, four times the count
    ],
)
def test_a_ratio_of_rates_has_its_exact_interval(
    counts: tuple[int, float, int, float], wanted: tuple[float | None, ...]
) -> None:
    found = rate_ratio(*counts)
    for one, other in zip(found, wanted, strict=True):
        assert (one is None) == (other is None)
        assert one is None or one == pytest.approx(other, abs=5e-3)


def test_a_ratio_s_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    chance = random.Random(2)
    covered = 0
    for _ in range(400):
        before = sum(chance.random() < 0.05 for _ in range(600))
        after = sum(chance.random() < 0.10 for _ in range(600))
        _, low, high = rate_ratio(before, 1, after, 1)
        covered += (low or 0) <= 2 <= (high or 99)
    assert covered >= 375


def test_infractions_of_simulated_zones_and_cameras_are_counted_once_each() -> None:
    made_up = {"Z1", "C1"}
    expected = sum(bool({row["zone_id"], row["device_id"]} & made_up) for row in IN_MONTH)
    report = figures(WHOLE, SPANS, zones={}, cameras={}, simulated=made_up)
    assert 0 < expected < len(IN_MONTH)
    assert report.summary["simulated"] == expected
    assert REPORT.summary["simulated"] == 0
