"""What real clips taught: a bus called a truck is not accused, a box near the border may be cut."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from enforcement.detections import IntArray, VehicleClass
from enforcement.frames import FrameStamp
from enforcement.rules.lane_invasion import LaneInvasion
from enforcement.signals import SignalHistory
from enforcement.track_builder import TrackBuilder
from enforcement.tracks import Track
from enforcement.verdicts import Abstention, Reason, Verdict, Violation
from tests.fixtures import roads

BUS, TRUCK = VehicleClass.BUS, VehicleClass.TRUCK
SIZE = (1280, 720)


def with_votes(main: VehicleClass, other: VehicleClass, share: float) -> Verdict | None:
    """A vehicle in the bus lane whose every frame says `main`, but for a share that says `other`."""
    track = roads.straight(50.0, x_m=1.75, vehicle_class=main)
    return verdict_on(track, np.arange(round(share * len(track))), other)


def verdict_on(
    track: Track, rows: IntArray, other: VehicleClass = BUS, rule: LaneInvasion | None = None
) -> Verdict | None:
    """The verdict when those rows say another class."""
    class_id = track.class_id.copy()
    class_id[rows] = int(other)
    scene = roads.scene()
    pass_ = roads.measured(replace(track, class_id=class_id), scene)
    return (rule or LaneInvasion()).judge(pass_, scene, SignalHistory())


def test_a_bus_called_a_truck_in_most_frames_is_not_accused() -> None:
    """The clip's bus was called a truck in four frames of five, and accused."""
    verdict = with_votes(TRUCK, BUS, 0.19)
    assert isinstance(verdict, Abstention)
    assert verdict.reason is Reason.CLASS_UNCERTAIN


def test_far_frames_that_say_bus_do_not_save_a_truck_that_near_ones_know() -> None:
    """`roads.straight` comes nearer or goes away; the far end is where its boxes are small."""
    track = roads.straight(50.0, x_m=1.75, vehicle_class=TRUCK)
    far = np.argsort(track.xyxy[:, 3] - track.xyxy[:, 1])[: round(0.08 * len(track))]
    assert isinstance(verdict_on(track, far), Violation)
    near = np.argsort(track.xyxy[:, 1] - track.xyxy[:, 3])[: round(0.08 * len(track))]
    assert isinstance(verdict_on(track, near), Abstention)


def test_a_bus_taken_for_a_truck_when_near_is_still_not_accused() -> None:
    """A fifth of the frames, all of them far and small, say what it is: that is enough by itself."""
    track = roads.straight(50.0, x_m=1.75, vehicle_class=TRUCK)
    far = np.argsort(track.xyxy[:, 3] - track.xyxy[:, 1])[: round(0.19 * len(track))]
    assert isinstance(verdict_on(track, far), Abstention)
    by_frames_alone = LaneInvasion(max_lookalike_near=1.0)
    assert isinstance(verdict_on(track, far, rule=by_frames_alone), Abstention)


def test_a_truck_that_was_never_taken_for_a_bus_is_accused() -> None:
    assert isinstance(with_votes(TRUCK, BUS, 0.0), Violation)


def test_a_car_is_not_saved_by_a_stray_vote_for_a_bus() -> None:
    assert isinstance(with_votes(VehicleClass.CAR, BUS, 0.1), Violation)


def built(box: list[float]) -> Track:
    builder = TrackBuilder(track_id=1, image_size=SIZE)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    stamp = FrameStamp(index=0, pts=0, t_s=0.0, sigma_t_s=0.001, captured_at=at)
    builder.add(
        stamp,
        np.array(box, np.float32),
        confidence=0.9,
        class_id=0,
        occlusion=0.0,
        sides_hidden=0.0,
        contested=False,
    )
    return builder.build()


@pytest.mark.parametrize(
    ("box", "cut"),
    [
        ([100, 400, 450, 710], True),  # a bus that leaves: its box ends 10 px above the border
        ([100, 400, 450, 690], False),
        ([500, 700, 520, 717], False),  # a small box is known to a pixel
        ([5, 300, 205, 400], True),
        ([640, 5, 700, 60], False),
    ],
)
def test_a_box_as_near_to_the_border_as_its_edge_errs_may_be_cut(
    box: list[float], cut: bool
) -> None:
    assert bool(built(box).truncated[0]) is cut
