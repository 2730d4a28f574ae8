"""LANE_INVASION: who may not use a lane, drives in it, long enough and with most of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from enforcement.detections import VehicleClass
from enforcement.path import BoxError
from enforcement.rules.lane_invasion import LaneInvasion
from enforcement.scene import Scene
from enforcement.signals import SignalHistory
from enforcement.tracks import Track
from enforcement.verdicts import InfractionType, Reason, Verdict, Violation
from tests.fixtures import roads

CAR, BUS, TRUCK, MOTORCYCLE = VehicleClass
RULE = LaneInvasion()
IN_BUS_LANE = roads.straight(50.0, x_m=1.75)


def judge(
    track: Track, on: Scene | None = None, *, error: BoxError | None = None
) -> Verdict | None:
    on = on or roads.scene()
    return RULE.judge(roads.measured(track, on, roads.model(error)), on, SignalHistory())


def reason(verdict: Verdict | None) -> Reason | None:
    assert not isinstance(verdict, Violation), verdict
    return None if verdict is None else verdict.reason


def bus_lane(**changes: Any) -> Scene:
    """The bus lane alone, with other properties."""
    lane = roads.site()["lanes"][1]
    return roads.scene(lanes=[lane | changes])


def swerve(points: Sequence[tuple[float, float, float]]) -> Track:
    """A car at (time s, X m, Y m), heading where it goes."""
    at, x, y = np.array(points, dtype=np.float64).T
    t = np.arange(at[0], at[-1], 1 / roads.FPS)
    centre = np.stack([np.interp(t, at, x), np.interp(t, at, y)], axis=1)
    step = np.gradient(centre, axis=0)
    return roads.drive(centre, step / np.linalg.norm(step, axis=1, keepdims=True), t)


def votes(track: Track, vehicle_class: VehicleClass, share: float) -> Track:
    """So large a share of the frames say another class."""
    rows = slice(0, round(share * len(track)))
    return roads.marked(track, rows, class_id=int(vehicle_class))


def test_a_car_in_the_bus_lane_is_accused() -> None:
    verdict = judge(IN_BUS_LANE)
    assert isinstance(verdict, Violation)
    assert verdict.type is InfractionType.LANE_INVASION
    assert verdict.confidence > 0.99
    details = verdict.details
    assert details["invaded_lane_id"] == "BUS"
    assert details["invaded_lane_type"] == "exclusive_bus"
    assert details["mean_share"] == 1.0
    seconds = details["invasion_duration_seconds"]
    assert details["distance_m"] == pytest.approx(seconds * 50 / 3.6, rel=0.02)
    assert verdict.window_s[1] - verdict.window_s[0] == pytest.approx(seconds, abs=0.01)
    assert all(abs(x - 1.75) < 0.05 for x, _ in details["invasion_points"])


def test_a_car_in_its_own_lane_is_not_looked_at() -> None:
    assert judge(roads.straight(50.0, x_m=-1.75)) is None


@pytest.mark.parametrize(
    "x_m",
    [
        -0.85,  # the mirror over the line
        -0.5,  # a wheel on it
        0.0,  # astride
        0.1,  # a little more than half
    ],
)
def test_a_touch_of_the_line_is_not_an_invasion(x_m: float) -> None:
    assert judge(roads.straight(50.0, x_m=x_m)) is None


def test_a_share_that_the_lateral_doubt_could_turn_is_not_accused() -> None:
    astride = roads.straight(50.0, x_m=0.3)
    vague = roads.box_error(sigma_px=6.0, sigma_frac=0.1)
    assert reason(judge(astride, error=vague)) is Reason.LANE_UNCERTAIN


def test_a_bus_may_use_the_bus_lane() -> None:
    assert judge(roads.straight(50.0, x_m=1.75, vehicle_class=BUS)) is None


@pytest.mark.parametrize("vehicle_class", [TRUCK, MOTORCYCLE])
def test_who_is_no_bus_may_not(vehicle_class: VehicleClass) -> None:
    verdict = judge(roads.straight(50.0, x_m=1.75, vehicle_class=vehicle_class))
    assert isinstance(verdict, Violation)
    assert verdict.details["vehicle_class"] == vehicle_class.label


def test_a_vehicle_that_might_be_a_bus_is_not_accused() -> None:
    assert reason(judge(votes(IN_BUS_LANE, BUS, 0.3))) is Reason.CLASS_UNCERTAIN


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, None),  # a truck in every frame: accused
        (0.1, Reason.CLASS_UNCERTAIN),  # a bus for a while: the detector mixes those two up
        (0.4, Reason.CLASS_UNCERTAIN),
    ],
)
def test_a_truck_that_was_called_a_bus_for_a_while_is_not_accused(
    share: float, said: Reason | None
) -> None:
    truck = roads.straight(50.0, x_m=1.75, vehicle_class=TRUCK)
    verdict = judge(votes(truck, BUS, share))
    if said is None:
        assert isinstance(verdict, Violation)
    else:
        assert reason(verdict) is said


def test_a_few_votes_for_a_bus_lower_the_confidence() -> None:
    verdict = judge(votes(IN_BUS_LANE, BUS, 0.1))
    assert isinstance(verdict, Violation)
    assert verdict.confidence == pytest.approx(0.9, abs=0.02)


def test_doubt_between_two_classes_that_both_may_not_protects_nobody() -> None:
    assert isinstance(judge(votes(IN_BUS_LANE, TRUCK, 0.4)), Violation)


def test_the_site_says_who_may() -> None:
    with_taxis = bus_lane(type="exclusive_high_occupancy", allowed=["bus", "car"])
    assert judge(IN_BUS_LANE, with_taxis) is None
    trucks_only = bus_lane(type="exclusive_truck", allowed=["truck"])
    assert isinstance(judge(IN_BUS_LANE, trucks_only), Violation)


def test_a_normal_lane_is_everyones() -> None:
    assert judge(IN_BUS_LANE, roads.scene(lanes=roads.site()["lanes"][:1])) is None


@pytest.mark.parametrize(
    ("angle_deg", "accused"),
    [
        (0.0, True),
        (15.0, True),  # a bend, or a slow change of lanes
        (40.0, False),  # across to a driveway
        (70.0, False),
    ],
)
def test_turning_across_is_not_an_invasion(angle_deg: float, accused: bool) -> None:
    # A broad bus bay, so that a vehicle across it stays inside for long; only the angle differs.
    bay = roads.POSE.ground((-9, 14), (9, 14), (9, 60), (-9, 60))
    verdict = judge(IN_BUS_LANE, bus_lane(polygon=bay, heading_deg=angle_deg))
    assert isinstance(verdict, Violation) is accused
    assert accused or verdict is None


def test_turning_across_where_allowed_is_not_an_invasion() -> None:
    # Into the bus lane at a flat angle for a driveway, where the marking allows it.
    driveway = roads.POSE.ground((-1.0, 20.0), (4.0, 20.0), (4.0, 62.0), (-1.0, 62.0))
    turns = swerve([(0.0, -1.75, 16.0), (0.8, -1.75, 24.0), (1.6, 1.9, 34.0), (3.5, 1.9, 54.0)])
    assert isinstance(judge(turns), Violation)
    assert judge(turns, bus_lane(crossing_zones=[driveway])) is None


def test_a_short_swerve_is_not_an_invasion() -> None:
    # Round something in the way: most of it inside for under a second.
    avoids = swerve(
        [
            (0.0, -1.75, 16.0),
            (0.8, -1.75, 26.0),
            (1.3, 1.2, 33.0),
            (1.7, 1.2, 38.0),
            (2.2, -1.75, 45.0),
            (3.0, -1.75, 56.0),
        ]
    )
    assert judge(avoids) is None


def test_a_car_that_hardly_moves_in_the_lane_is_not_accused_of_driving_in_it() -> None:
    assert judge(roads.route((0.0, 30.0), (4.0, 36.0), x_m=1.75)) is None


def test_two_short_visits_are_not_added_up() -> None:
    x = [-1.75, 1.75, 1.75, -1.75, -1.75, 1.75, 1.75, -1.75]
    at = [0.0, 0.3, 1.0, 1.3, 2.2, 2.5, 3.2, 3.5]
    visits = swerve([(t, where, 16.0 + 11.0 * t) for t, where in zip(at, x, strict=True)])
    assert judge(visits) is None


def test_a_car_against_the_lanes_direction_is_a_matter_for_a_person() -> None:
    against = roads.straight(50.0, x_m=1.75, heading_deg=180.0)
    assert reason(judge(against)) is Reason.LANE_UNCERTAIN


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("contested", True, {Reason.AMBIGUOUS_VEHICLE, Reason.OCCLUDED}),
        ("sides_hidden", 0.9, {Reason.OCCLUDED}),
        ("concealed", True, {None}),  # nothing was seen at all
    ],
)
def test_a_vehicle_that_was_not_plainly_seen_is_not_accused(
    column: str, value: object, said: set[Reason | None]
) -> None:
    hidden = roads.marked(IN_BUS_LANE, slice(3, None), **{column: value})
    assert reason(judge(hidden)) in said


def test_a_site_without_its_parts_is_told_which() -> None:
    assert RULE.missing(roads.scene(calibration=None)) == "calibration"
    assert RULE.missing(roads.scene(lanes=roads.site()["lanes"][:1])) == "lanes with `allowed`"
    assert RULE.missing(roads.scene(lanes=None)) == "lanes with `allowed`"
    assert RULE.missing(roads.scene()) is None


def test_a_vehicle_without_a_path_is_not_judged() -> None:
    pass_ = replace(roads.measured(IN_BUS_LANE), path=None)
    assert RULE.judge(pass_, roads.scene(), SignalHistory()) is None


def test_the_same_pass_is_always_judged_the_same() -> None:
    track = roads.noisy(IN_BUS_LANE, roads.box_error(), np.random.default_rng(6))
    before = track.xyxy.copy()
    assert judge(track) == judge(track)
    assert np.array_equal(track.xyxy, before)


def test_a_vehicle_close_behind_another_in_the_lane_is_accused_by_its_sides() -> None:
    follows = roads.marked(IN_BUS_LANE, slice(None), occlusion=0.8, sides_hidden=0.4)
    assert isinstance(judge(follows), Violation)


def test_what_a_hidden_foot_could_move_across_the_road_is_doubt() -> None:
    # A third of a metre inside, seen from the side: where it ends below decides.
    astride = roads.straight(50.0, x_m=0.45)
    rule = LaneInvasion(hidden_foot=1.5)
    on = roads.scene()
    hidden = roads.marked(astride, slice(None), occlusion=1.0)

    def said(track: Track) -> Verdict | None:
        return rule.judge(roads.measured(track, on), on, SignalHistory())

    assert isinstance(said(astride), Violation)
    assert reason(said(hidden)) is Reason.LANE_UNCERTAIN


def test_a_side_that_may_be_missing_is_doubt_of_where_the_vehicle_is() -> None:
    astride = roads.straight(50.0, x_m=0.45)
    beside_another = roads.marked(astride, slice(None), sides_hidden=0.7)
    assert isinstance(judge(astride), Violation)
    assert reason(judge(beside_another)) is Reason.LANE_UNCERTAIN
