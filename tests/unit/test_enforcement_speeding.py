"""SPEED_VIOLATION: only the lower end of the interval accuses, and the law's numbers are rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from enforcement.catalogue import DEFAULT_TOLERANCES, Tolerance, tolerance_on
from enforcement.errors import BadInput
from enforcement.passes import VehiclePass
from enforcement.rules import rules_on
from enforcement.rules.lane_invasion import LaneInvasion
from enforcement.rules.red_light import RedLight
from enforcement.rules.speeding import Speeding
from enforcement.signals import SignalHistory
from enforcement.speed import Speed, refused
from enforcement.verdicts import Abstention, InfractionType, Reason, Verdict, Violation
from tests.fixtures import roads

RULE = Speeding(tolerance=DEFAULT_TOLERANCES[0])
PASS = roads.measured(roads.straight(60.0))


def row(kmh: float, valid_from: date, valid_to: date | None = None) -> Tolerance:
    return Tolerance(
        kmh=kmh, valid_from=valid_from, valid_to=valid_to, source="a norm", verified=True
    )


def at_speed(speed_kmh: float, sigma_kmh: float) -> VehiclePass:
    speed = Speed(
        speed_kmh=speed_kmh,
        sigma_kmh=sigma_kmh,
        refusal=None,
        base_m=40.0,
        observations=60,
        from_s=1.0,
        to_s=3.0,
    )
    return replace(PASS, speed=speed)


def judge(
    pass_: VehiclePass, limit_kmh: float | None = 60.0, rule: Speeding = RULE
) -> Verdict | None:
    scene = roads.scene()
    scene = replace(scene, zone=replace(scene.zone, speed_limit_kmh=limit_kmh))
    return rule.judge(pass_, scene, SignalHistory())


@pytest.mark.parametrize(
    ("speed_kmh", "sigma_kmh", "said"),
    [
        (40.0, 0.3, None),
        (60.0, 0.3, None),  # at the limit
        (60.1, 0.3, Reason.WITHIN_TOLERANCE),
        (65.0, 0.3, Reason.WITHIN_TOLERANCE),  # limit and tolerance, to the digit
        (65.3, 0.3, Reason.UNCERTAIN_SPEED),  # above, but not beyond doubt
        (65.58, 0.3, Reason.UNCERTAIN_SPEED),  # lower end 64.992
        (65.60, 0.3, "accused"),  # lower end 65.012
        (65.60, 0.5, Reason.UNCERTAIN_SPEED),  # the same speed, less well known
        (90.0, 0.9, "accused"),
    ],
)
def test_the_lower_end_of_the_interval_must_exceed_limit_and_tolerance(
    speed_kmh: float, sigma_kmh: float, said: Reason | str | None
) -> None:
    verdict = judge(at_speed(speed_kmh, sigma_kmh))
    if said == "accused":
        assert isinstance(verdict, Violation)
    elif said is None:
        assert verdict is None
    else:
        assert isinstance(verdict, Abstention)
        assert verdict.reason is said
        assert verdict.details["speed_limit_kmh"] == 60.0


def test_confidence_is_the_probability_of_being_over_limit_and_tolerance() -> None:
    verdict = judge(at_speed(66.0, 0.5))
    assert isinstance(verdict, Violation)
    # Two standard errors above 65 km/h: Φ(2).
    assert verdict.confidence == pytest.approx(0.97725, abs=1e-4)
    assert verdict.window_s == (1.0, 3.0)
    assert verdict.at_s == 3.0


def test_a_violation_says_what_it_rests_on() -> None:
    pass_ = roads.measured(roads.straight(90.0))
    verdict = judge(pass_)
    assert isinstance(verdict, Violation)
    assert verdict.type is InfractionType.SPEED_VIOLATION
    details = verdict.details
    assert details["speed_kmh"] == pytest.approx(90.0, abs=0.05)
    assert details["tolerance_kmh"] == 5.0
    assert details["tolerance_source"] == DEFAULT_TOLERANCES[0].source
    assert details["interval_kmh"][0] > 65.0
    assert details["distance_traveled"] > 20.0
    assert details["budget_kmh"] == dict(pass_.speed.budget_kmh)
    first, *_, last = details["trajectory"]
    assert len(details["trajectory"]) == 20
    moved = np.hypot(last["x_m"] - first["x_m"], last["y_m"] - first["y_m"])
    assert moved / (last["t_s"] - first["t_s"]) * 3.6 == pytest.approx(90.0, abs=0.2)


@pytest.mark.parametrize(
    "refusal", [Reason.SHORT_BASE, Reason.IRREGULAR_TIME, Reason.AMBIGUOUS_VEHICLE]
)
def test_a_speed_that_was_refused_accuses_nobody_and_says_why(refusal: Reason) -> None:
    verdict = judge(replace(PASS, speed=refused(refusal)))
    assert isinstance(verdict, Abstention)
    assert verdict.reason is refusal
    assert "speed_kmh" not in verdict.details


def test_without_a_limit_there_is_nothing_to_exceed() -> None:
    assert judge(at_speed(150.0, 0.5), limit_kmh=None) is None
    zone = {"id": "Z", "name": "Z"}
    assert RULE.missing(roads.scene(zone=zone)) == "zone.speed_limit_kmh"
    assert RULE.missing(roads.scene(calibration=None)) == "calibration"
    assert RULE.missing(roads.scene()) is None


def test_another_days_tolerance_is_another_threshold() -> None:
    pass_ = at_speed(66.0, 0.2)
    assert isinstance(judge(pass_), Violation)
    wider = Speeding(tolerance=row(10.0, date(2030, 1, 1)))
    verdict = judge(pass_, rule=wider)
    assert isinstance(verdict, Abstention)
    assert verdict.reason is Reason.WITHIN_TOLERANCE


ROWS = (row(3.0, date(2020, 1, 1), date(2021, 12, 31)), row(5.0, date(2022, 1, 1)))


@pytest.mark.parametrize(
    ("day", "kmh"),
    [
        (date(2020, 1, 1), 3.0),  # the first day
        (date(2021, 12, 31), 3.0),  # the last day
        (date(2022, 1, 1), 5.0),  # the day after
        (date(2040, 6, 1), 5.0),  # still in force
        (None, 5.0),  # date unknown: the newest
    ],
)
def test_the_tolerance_is_that_of_the_day(day: date | None, kmh: float) -> None:
    assert tolerance_on(day, ROWS).kmh == kmh


def test_a_day_without_a_law_is_refused() -> None:
    with pytest.raises(BadInput, match="2019-12-31"):
        tolerance_on(date(2019, 12, 31), ROWS)


def test_every_number_of_the_law_names_its_source() -> None:
    assert all(row.source for row in DEFAULT_TOLERANCES)


def test_the_rules_of_a_day_are_these_with_that_days_tolerance() -> None:
    speeding, red, lane = rules_on(date(2025, 5, 1))
    assert isinstance(speeding, Speeding)
    assert speeding.tolerance is DEFAULT_TOLERANCES[0]
    assert isinstance(red, RedLight)
    assert isinstance(lane, LaneInvasion)
    with pytest.raises(BadInput):
        rules_on(date(1999, 1, 1))
