"""Where a vehicle was against a line, and whose box it was."""

from __future__ import annotations

import numpy as np
import pytest

from enforcement.approach import strays
from enforcement.rules.red_light import RedLight
from enforcement.signals import SignalState
from enforcement.tracks import Track
from enforcement.verdicts import Abstention, Reason, Violation
from tests.fixtures import roads
from tests.fixtures.roads import LINE_M, lamps, route

SIGMA_M = np.full(60, 0.2)
T_S = np.arange(60) / 25
STANDS_THEN_GOES = np.where(T_S < 1.2, 0.0, 1.5 * (T_S - 1.2) ** 2)


def test_a_box_of_the_vehicle_behind_is_a_stray() -> None:
    along = 12.0 * T_S
    along[30] -= 9.0
    assert np.flatnonzero(strays(T_S, along, SIGMA_M)).tolist() == [30]


@pytest.mark.parametrize("rows", [[0], [59], [30, 31]])
def test_wherever_in_the_track_it_lies(rows: list[int]) -> None:
    along = 12.0 * T_S
    along[rows] -= 9.0
    assert np.flatnonzero(strays(T_S, along, SIGMA_M)).tolist() == rows


def test_a_vehicle_that_starts_or_brakes_is_no_stray() -> None:
    noise = np.random.default_rng(3).normal(0.0, 0.2, 60)
    for along in (STANDS_THEN_GOES, STANDS_THEN_GOES[::-1], 20.0 * T_S - 3.5 * T_S**2):
        assert not strays(T_S, along + noise, SIGMA_M).any()


def test_a_vehicle_kept_twice_a_second_while_it_stood_is_no_stray() -> None:
    kept = np.r_[0:25:12, 25:60]
    assert not strays(T_S[kept], STANDS_THEN_GOES[kept], SIGMA_M[kept]).any()


def test_too_few_observations_say_nothing() -> None:
    assert not strays(T_S[:4], np.array([0.0, 9.0, 1.0, 40.0]), SIGMA_M[:4]).any()


# Over the line in amber, its boxes after red on the far side but for one.
CROSSED_IN_AMBER = route((0.0, 18.0), (3.0, 54.0))
RED_FROM_S = 1.3
SIGNALS = lamps(
    (SignalState.GREEN, -9.0, -2.0),
    (SignalState.AMBER, -2.0, RED_FROM_S),
    (SignalState.RED, RED_FROM_S, 20.0),
)


def with_another_vehicles_boxes(count: int) -> Track:
    """From 0.6 s after red, so many boxes are those of a vehicle that waits 10 m before the line."""
    waits = route((0.0, LINE_M - 10.0), (0.1, LINE_M - 10.0))
    boxes = CROSSED_IN_AMBER.xyxy.copy()
    first = int(np.searchsorted(CROSSED_IN_AMBER.t_s, RED_FROM_S + 0.6))
    boxes[first : first + count] = waits.xyxy[0]
    return roads.marked(CROSSED_IN_AMBER, slice(None), xyxy=boxes)


@pytest.mark.parametrize("count", [1, 2])
def test_another_vehicles_box_is_not_a_crossing_in_red(count: int) -> None:
    on = roads.scene()
    pass_ = roads.measured(with_another_vehicles_boxes(count), on)
    # One witness would do: it is the jump that gives the box away.
    for rule in (RedLight(), RedLight(witnesses=1)):
        assert not isinstance(rule.judge(pass_, on, SIGNALS), Violation)


def test_each_witness_must_have_seen_it_behind_the_line() -> None:
    on = roads.scene()
    pass_ = roads.measured(route((0.0, 44.0), (2.5, 16.0), heading_deg=180.0), on)
    for rule, reason in ((RedLight(), None), (RedLight(witnesses=40), Reason.NOT_WHOLLY_BEHIND)):
        said = rule.judge(pass_, on, lamps((SignalState.RED, -4.0, 20.0)))
        if reason is None:
            assert isinstance(said, Violation)
        else:
            assert isinstance(said, Abstention)
            assert said.reason is reason
