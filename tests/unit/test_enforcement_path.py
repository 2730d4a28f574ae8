"""A track's path on the road: place, heading, doubt."""

from __future__ import annotations

import numpy as np
import pytest

from enforcement.detections import VehicleClass
from enforcement.geometry import heading_difference, heading_from_unit
from enforcement.path import GroundPath, ground_path, unbiased
from enforcement.tracks import Track
from tests.fixtures import roads


def path_of(track: Track, **options: float | None) -> GroundPath:
    path = ground_path(
        track,
        VehicleClass.CAR,
        roads.road(),
        roads.box_error(),
        lane_heading_deg=options.get("lane"),
    )
    assert path is not None
    return path


def turning(radius_m: float = 14.0, seconds: float = 4.0) -> tuple[Track, np.ndarray]:
    """A quarter circle to the right, from ahead to 90°; also the true headings in degrees."""
    t = np.arange(0.0, seconds, 1 / roads.FPS)
    angle = np.pi / 2 * t / seconds
    centre = np.stack(
        [-6.0 + radius_m * (1 - np.cos(angle)), 24.0 + radius_m * np.sin(angle)], axis=1
    )
    heading = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    return roads.drive(centre, heading, t), np.rad2deg(angle)


@pytest.mark.parametrize("heading", [0.0, 180.0])
def test_a_straight_pass_lies_where_it_was_driven(heading: float) -> None:
    path = path_of(roads.straight(50.0, heading_deg=heading))
    assert path.straight
    assert path.measurable.all()
    assert np.allclose(path.centre[:, 0], -1.75, atol=0.01)
    assert heading_difference(heading_from_unit(path.heading[0]), heading) < 0.05
    lead = path.front() - path.centre
    assert np.allclose(np.linalg.norm(lead, axis=1), path.shape.length_m / 2)
    assert np.allclose(path.front() - path.rear(), 2 * lead)


def test_a_turning_vehicle_has_a_heading_of_its_own_at_every_instant() -> None:
    track, truth = turning()
    path = path_of(track)
    assert not path.straight
    found = [heading_from_unit(unit) for unit in path.heading]
    middle = slice(15, -15)
    off = [heading_difference(a, b) for a, b in zip(found[middle], truth[middle], strict=True)]
    assert max(off) < 6.0


def test_a_vehicle_at_rest_takes_the_lanes_heading() -> None:
    track = roads.route((0.0, 30.0), (3.0, 30.2))
    path = path_of(track, lane=180.0)
    assert not path.straight
    assert heading_from_unit(path.heading[0]) == pytest.approx(180.0)


def test_noise_of_a_vehicle_at_rest_is_no_movement_even_without_a_lane() -> None:
    track = roads.noisy(
        roads.route((0.0, 30.0), (3.0, 30.0)), roads.box_error(), np.random.default_rng(1)
    )
    path = path_of(track)
    assert np.ptp(path.centre[:, 1]) < 1.0
    assert heading_from_unit(path.heading[0]) == pytest.approx(0.0)


def test_cut_and_damaged_observations_have_no_place() -> None:
    track = roads.marked(roads.straight(50.0), slice(0, 10), truncated=True)
    track = roads.marked(track, slice(20, 25), concealed=True)
    path = path_of(track)
    assert not path.measurable[:10].any()
    assert not path.measurable[20:25].any()
    assert np.isnan(path.centre[:10]).all()
    assert path.measurable[10:20].all()


def test_a_box_above_the_horizon_has_no_place() -> None:
    track = roads.straight(50.0)
    sky = track.xyxy.copy()
    sky[5] = (600, 10, 660, 60)
    path = path_of(roads.marked(track, slice(None), xyxy=sky))
    assert not path.measurable[5]
    assert path.measurable[6:].all()


def test_two_observations_are_no_path() -> None:
    track = roads.marked(roads.straight(50.0), slice(2, None), truncated=True)
    assert ground_path(track, VehicleClass.CAR, roads.road(), roads.box_error()) is None


def test_the_doubt_of_a_place_is_the_spread_of_places() -> None:
    track, error = roads.straight(60.0), roads.box_error(corr=0.0)
    rng = np.random.default_rng(5)
    places = [path_of(roads.noisy(track, error, rng)).centre[[5, 30, 55]] for _ in range(60)]
    spread = np.std(places, axis=0)
    path = path_of(track)
    said = np.sqrt(np.stack([path.cov[i].diagonal() for i in (5, 30, 55)]))
    ratio = spread / said
    assert np.all((ratio > 0.7) & (ratio < 1.4)), ratio


def test_a_known_bias_of_the_bottom_edge_is_taken_out() -> None:
    error = roads.box_error(bias_frac=0.05)
    boxes = np.array([[0.0, 100.0, 50.0, 200.0]], np.float32)
    assert unbiased(boxes, error)[0].tolist() == [0.0, 100.0, 50.0, 195.0]


def test_box_errors_grow_with_the_box_and_never_vanish() -> None:
    error = roads.box_error(sigma_px=0.5, sigma_frac=0.01)
    small, large = error.bottom_sigma(np.array([0.0, 100.0]))
    assert small == pytest.approx(0.5)
    assert large == pytest.approx(np.hypot(0.5, 1.0))
    assert error.side_sigma(np.array([100.0]))[0] == pytest.approx(large)
