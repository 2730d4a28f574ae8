"""Where a box's vehicle stands: boxes of bodies whose place is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforcement.contact import SHAPES, body_points, locate, observe, sensitivity, varied
from enforcement.detections import VehicleClass
from enforcement.geometry import unit_from_heading
from tests.fixtures import roads

CAR = SHAPES[VehicleClass.CAR]


@pytest.mark.parametrize("vehicle_class", list(VehicleClass))
@given(x=st.floats(-5.0, 5.0), y=st.floats(18.0, 50.0), heading=st.floats(0.0, 360.0))
def test_a_perfect_box_is_traced_back_to_where_its_vehicle_stands(
    vehicle_class: VehicleClass, x: float, y: float, heading: float
) -> None:
    shape, direction = SHAPES[vehicle_class], unit_from_heading(heading)[None]
    centre = np.array([[x, y]])
    boxes = roads.boxes_of(centre, direction, roads.POSE, shape)
    found = locate(boxes, direction, roads.road(), shape, iterations=12)
    seen = observe(found, direction, roads.road(), body_points(shape))
    assert np.allclose(seen[0], [(boxes[0, 0] + boxes[0, 2]) / 2, boxes[0, 3]], atol=0.05)
    assert np.allclose(found, centre, atol=0.05)


def test_the_bottom_edge_of_a_near_box_is_not_a_point_of_the_road() -> None:
    # A car that comes towards the camera: near, its lower lip hides the tyres.
    centre, heading = np.array([[0.0, 16.0]]), roads.along(180.0, 1)
    box = roads.boxes_of(centre, heading, roads.POSE, CAR)
    foot = np.array([[(box[0, 0] + box[0, 2]) / 2, box[0, 3]]])
    taken_for_ground = roads.road().to_world(foot)[0, 1]
    lip = 16.0 - CAR.length_m / 2 + CAR.lip_setback_m
    height = roads.POSE.height_m
    assert taken_for_ground == pytest.approx(lip * height / (height - CAR.clearance_m), abs=1e-3)
    assert taken_for_ground > lip + 0.4
    assert locate(box, heading, roads.road(), CAR)[0, 1] == pytest.approx(16.0, abs=1e-3)


def test_taking_the_bottom_edge_for_ground_makes_a_car_seem_faster() -> None:
    track = roads.straight(60.0, heading_deg=180.0)
    foot = np.stack([(track.xyxy[:, 0] + track.xyxy[:, 2]) / 2, track.xyxy[:, 3]], axis=1)
    near = track.t_s > track.t_s[-1] - 0.8
    y = roads.road().to_world(foot.astype(float))[near, 1]
    naive = -float(np.polyfit(track.t_s[near], y, 1)[0]) * 3.6
    assert naive > 60.0 * 1.015
    measured = roads.measured(track).speed.speed_kmh
    assert measured == pytest.approx(60.0, abs=0.01)


def test_a_box_far_off_is_not_thrown_over_the_horizon() -> None:
    centre, heading = np.array([[3.0, 58.0]]), roads.along(0.0, 1)
    box = roads.boxes_of(centre, heading, roads.POSE, SHAPES[VehicleClass.BUS])
    found = locate(
        box,
        heading,
        roads.road(),
        SHAPES[VehicleClass.BUS],
        start=np.array([[-3.0, 18.0]]),
        iterations=12,
    )
    assert np.allclose(found, centre, atol=0.05)


def test_sensitivity_says_how_far_a_pixel_moves_the_vehicle() -> None:
    centre, heading = np.array([[-1.75, 40.0]]), roads.along(0.0, 1)
    box = roads.boxes_of(centre, heading, roads.POSE, CAR)
    moved = box.copy()
    moved[0, 3] += 0.5
    shift = locate(moved, heading, roads.road(), CAR) - locate(box, heading, roads.road(), CAR)
    predicted = sensitivity(centre, heading, roads.road(), CAR)[0] @ [0.0, 0.5]
    assert np.allclose(shift[0], predicted, rtol=0.05, atol=5e-3)


def test_a_pixel_weighs_more_the_further_away() -> None:
    centre = np.array([[0.0, 20.0], [0.0, 40.0], [0.0, 60.0]])
    per_pixel = sensitivity(centre, roads.along(0.0, 3), roads.road(), CAR)
    ahead = np.abs(per_pixel[:, 1, 1])
    assert ahead[0] < ahead[1] < ahead[2]


@pytest.mark.parametrize("vehicle_class", list(VehicleClass))
def test_every_class_has_a_body_that_stands_on_its_wheels(vehicle_class: VehicleClass) -> None:
    shape = SHAPES[vehicle_class]
    body = body_points(shape)
    on_road = body[body[:, 2] == 0.0]
    assert len(on_road) == 4
    assert np.ptp(on_road[:, 0]) == pytest.approx(
        shape.length_m - shape.front_overhang_m - shape.rear_overhang_m
    )
    assert np.ptp(body[:, 0]) == pytest.approx(shape.length_m)
    assert np.ptp(body[:, 1]) == pytest.approx(shape.width_m)
    assert body[:, 2].min() == 0.0


def test_a_varied_shape_moves_by_its_own_doubt_and_never_under_the_road() -> None:
    higher = varied(CAR, clearance=1.0)
    assert higher.clearance_m - CAR.clearance_m == pytest.approx(CAR.clearance_sigma_m)
    assert varied(CAR, clearance=-99.0).clearance_m == 0.0
    longer = varied(CAR, overhang=2.0)
    moved = 2.0 * CAR.overhang_sigma_m
    assert longer.front_overhang_m - CAR.front_overhang_m == pytest.approx(moved)
    assert longer.rear_overhang_m - CAR.rear_overhang_m == pytest.approx(moved)
