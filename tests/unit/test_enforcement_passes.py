"""A measured pass, the crowding of one frame, and the track that grows from frames."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from enforcement.detections import VehicleClass
from enforcement.frames import FrameStamp
from enforcement.passes import footprint_grid, same_direction
from enforcement.rules.lane_invasion import LaneInvasion
from enforcement.rules.red_light import RedLight
from enforcement.rules.speeding import Speeding
from enforcement.signals import SignalState
from enforcement.track_builder import STILL_EVERY_S, TrackBuilder
from enforcement.track_json import read_track_json, track_json
from enforcement.trajectory import trajectory
from enforcement.verdicts import Rule, Verdict, Violation
from tests.fixtures import roads

CAR, BUS, TRUCK, MOTORCYCLE = VehicleClass
EPOCH = datetime(2026, 3, 4, 2, 30, tzinfo=UTC)


# A pass.


def test_a_pass_knows_its_lane_heading_and_class() -> None:
    pass_ = roads.measured(roads.straight(50.0, x_m=1.75))
    assert pass_.lane_id == "BUS"
    assert pass_.heading_deg is not None
    assert same_direction(pass_.heading_deg, 0.0, 1.0)
    assert pass_.vehicle_class is CAR
    assert pass_.class_share == 1.0
    assert pass_.lane_shares.shape == (len(pass_.track), 2)
    assert np.allclose(pass_.lane_shares, [0.0, 1.0])


@pytest.mark.parametrize(
    ("x_m", "left", "right"),
    [
        (-1.75, 1.0, 0.0),
        (0.0, 0.5, 0.5),  # astride the line
        (-0.6, 5 / 6, 1 / 6),  # a sixth over it
        (-3.5, 0.5, 0.0),  # half beside the road
    ],
)
def test_shares_are_those_of_the_footprint(x_m: float, left: float, right: float) -> None:
    shares = roads.measured(roads.straight(50.0, x_m=x_m)).lane_shares
    assert np.allclose(shares.mean(axis=0), [left, right], atol=0.04)


def test_a_vehicle_off_every_lane_has_none() -> None:
    assert roads.measured(roads.straight(50.0, x_m=-5.5)).lane_id is None
    assert roads.measured(roads.straight(50.0), roads.scene(lanes=None)).lane_id is None


def test_without_a_calibration_the_lane_is_the_one_under_its_feet() -> None:
    pass_ = roads.measured(roads.straight(50.0, x_m=1.75), roads.scene(calibration=None))
    assert pass_.path is None
    assert pass_.heading_deg is None
    assert pass_.lane_id == "BUS"
    assert np.isnan(pass_.lane_shares).all()
    assert trajectory(pass_) == []


def test_the_class_is_the_one_with_the_most_confidence_not_the_most_frames() -> None:
    track = roads.straight(50.0)
    half = len(track) // 2 + 5
    track = roads.marked(track, slice(0, half), class_id=int(TRUCK), confidence=0.3)
    pass_ = roads.measured(track)
    assert pass_.vehicle_class is CAR
    votes = (len(track) - half) * 0.9
    assert pass_.class_share == pytest.approx(votes / (votes + half * 0.3), abs=1e-6)
    assert track.vehicle_class is CAR


def test_the_footprint_is_as_long_and_wide_as_the_vehicle() -> None:
    pass_ = roads.measured(roads.straight(50.0))
    assert pass_.path is not None
    grid = footprint_grid(pass_.path)
    assert grid.shape == (len(pass_.track), 60, 2)
    assert np.allclose(grid.mean(axis=1), pass_.path.centre)
    width, length = np.ptp(grid[10], axis=0)
    assert width == pytest.approx(1.8 * 5 / 6, abs=0.01)
    assert length == pytest.approx(4.4 * 9 / 10, abs=0.01)


@pytest.mark.parametrize(
    ("heading", "wanted", "agrees"),
    [
        (10.0, None, True),  # nobody asked
        (None, 10.0, False),  # nobody knows
        (350.0, 20.0, True),
        (330.0, 20.0, False),
    ],
)
def test_an_unset_direction_agrees_with_all_and_an_unknown_one_with_none(
    heading: float | None, wanted: float | None, agrees: bool
) -> None:
    assert same_direction(heading, wanted, 30.0) is agrees


RED = roads.lamps((SignalState.GREEN, -20, -4), (SignalState.RED, -4, 30))
TOLERANCE = roads.tolerance()


@pytest.mark.parametrize("rule", [Speeding(tolerance=TOLERANCE), RedLight(), LaneInvasion()])
@pytest.mark.parametrize("x_m", [-1.75, 1.75])
def test_from_its_own_file_a_pass_is_measured_and_judged_the_same(rule: Rule, x_m: float) -> None:
    track = roads.noisy(roads.straight(80.0, x_m=x_m), roads.box_error(), np.random.default_rng(9))
    scene = roads.scene()
    pass_ = roads.measured(track, scene)
    data = track_json(
        track=track,
        scene=scene,
        model=roads.model(),
        signals=RED,
        rule=rule,
        image_size=roads.SIZE,
    )
    again = read_track_json(data)
    repeated = roads.measured(again.track, again.scene, again.model)
    assert repeated.speed == pass_.speed
    first: Verdict | None = rule.judge(pass_, scene, RED)
    assert rule.judge(repeated, again.scene, again.signals) == first
    assert isinstance(first, Violation) or (isinstance(rule, LaneInvasion) and x_m < 0)


# A track that grows.


def stamp(index: int, *, fps: float = 25.0, **changes: Any) -> FrameStamp:
    t_s = index / fps
    made = FrameStamp(
        index=index,
        pts=index * 3600,
        t_s=t_s,
        sigma_t_s=0.001,
        captured_at=EPOCH + timedelta(seconds=t_s),
    )
    return replace(made, **changes)


def add(builder: TrackBuilder, at: FrameStamp, box: tuple[float, float, float, float]) -> None:
    builder.add(
        at,
        np.array(box, np.float32),
        confidence=0.8,
        class_id=int(BUS),
        occlusion=0.25,
        sides_hidden=0.125,
        contested=True,
    )


def test_what_was_seen_is_in_the_track() -> None:
    builder = TrackBuilder(track_id=4, image_size=(1280, 720))
    add(builder, stamp(10), (100, 100, 200, 200))
    add(builder, stamp(11, pts=None, concealed=True, regular=False), (110, 100, 210, 200))
    track = builder.build()
    assert track.track_id == 4
    assert track.frame_index.tolist() == [10, 11]
    assert track.pts.tolist() == [36000, -1]
    assert track.t_s.tolist() == [0.4, 0.44]
    assert track.concealed.tolist() == [False, True]
    assert track.regular.tolist() == [True, False]
    assert track.class_id.tolist() == [1, 1]
    assert track.contested.all()
    assert track.occlusion.tolist() == [0.25, 0.25]
    assert (builder.first_stamp, builder.last_seen_s) == ((10, 0.4), 0.44)
    assert builder.last_box.tolist() == [110, 100, 210, 200]


@pytest.mark.parametrize(
    ("box", "truncated"),
    [
        ((100, 100, 200, 200), False),
        ((1, 100, 200, 200), True),  # left
        ((4, 100, 204, 200), True),  # so near that its edge may err by as much
        ((9, 100, 209, 200), False),
        ((100, 0, 200, 200), False),  # top: a far bus stands where its box ends below
        ((1200, 100, 1279, 200), True),  # right
        ((100, 600, 200, 719), True),  # bottom: where tyres would be cut off
    ],
)
def test_a_box_that_touches_the_border_is_truncated(
    box: tuple[float, float, float, float], truncated: bool
) -> None:
    builder = TrackBuilder(track_id=1, image_size=(1280, 720))
    add(builder, stamp(0), box)
    assert builder.build().truncated.tolist() == [truncated]


def test_a_vehicle_that_waits_for_minutes_stays_small_in_memory() -> None:
    builder = TrackBuilder(track_id=1, image_size=(1280, 720))
    frames = 25 * 120
    for i in range(frames):
        wobble = 0.5 * (i % 2)
        add(builder, stamp(i), (100 + wobble, 100, 200, 200))
    assert len(builder) < 120 / STILL_EVERY_S + 60
    assert builder.last_seen_s == pytest.approx((frames - 1) / 25)
    assert builder.build().t_s.max() > 119.0


def test_a_vehicle_that_moves_is_kept_whole_also_after_it_waited() -> None:
    builder = TrackBuilder(track_id=1, image_size=(1280, 720))
    for i in range(250):
        moved = 4.0 * max(0, i - 150)
        add(builder, stamp(i), (100 + moved, 100, 200 + moved, 200))
    kept = set(builder.build().frame_index.tolist())
    assert set(range(152, 250)) <= kept
    assert len(kept) < 250


def test_a_slow_vehicle_is_not_taken_for_one_that_stands() -> None:
    builder = TrackBuilder(track_id=1, image_size=(1280, 720))
    for i in range(200):
        add(builder, stamp(i), (100 + 0.2 * i, 100, 200 + 0.2 * i, 200))
    assert len(builder) == 200


def pausing(box: tuple[float, float, float, float], pause_s: float) -> bool:
    """A vehicle 100 pixels wide that goes 5 pixels to the right a frame, and a box after a pause."""
    builder = TrackBuilder(track_id=1, image_size=(1280, 720))
    for i in range(20):
        add(builder, stamp(i), (100 + 5 * i, 100, 200 + 5 * i, 200))
    return builder.jumps(np.array(box, np.float32), 19 / 25 + pause_s)


@pytest.mark.parametrize(
    ("left", "pause_s", "jumps"),
    [
        (200.0, 0.04, False),  # the next frame
        (320.0, 1.0, False),  # where it was going: 125 pixels further
        (200.0, 1.0, False),  # it braked
        (600.0, 1.0, True),  # nothing takes a vehicle there
        (20.0, 1.0, True),  # nor backwards
        (600.0, 0.1, False),  # between near frames the tracker is trusted
    ],
)
def test_a_box_that_no_motion_explains_is_another_vehicle(
    left: float, pause_s: float, jumps: bool
) -> None:
    assert pausing((left, 100.0, left + 100.0, 200.0), pause_s) is jumps
