"""The simulated lens and the simulated motion are exact, because every accuracy figure rests on them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enforcement.signals import SignalState
from enforcement.units import ms
from simulation.kinematics import lane_path, motion_along, profile, turning_path
from simulation.lens import Camera, Lens, pole_camera
from simulation.signals import Programme


def camera(bend: float = 0.0, pitch: float = 14.0, yaw: float = 0.0) -> Camera:
    lens = Lens(fx=700, fy=700, cx=320, cy=180, k1=-0.25 * bend, k2=0.07 * bend, p1=0.001 * bend)
    return pole_camera(lens=lens, size=(640, 360), height_m=7, pitch_deg=pitch, yaw_deg=yaw)


@settings(max_examples=20, deadline=None)
@given(
    bend=st.floats(0, 1),
    pitch=st.floats(8, 30),
    yaw=st.floats(-20, 20),
    x=st.floats(-6, 6),
    y=st.floats(16, 60),
)
def test_a_road_point_projected_and_brought_back_is_the_same_point(
    bend: float, pitch: float, yaw: float, x: float, y: float
) -> None:
    one = camera(bend, pitch, yaw)
    pixel = one.project(np.array([[x, y, 0.0]]))
    if np.abs(pixel - (320, 180)).max() > 320:
        return
    assert one.pixel_to_road(pixel)[0] == pytest.approx([x, y], abs=2e-3)


def test_a_pixel_above_the_horizon_has_no_road_point() -> None:
    assert np.isnan(camera(pitch=10).pixel_to_road(np.array([[320.0, 1.0]]))).all()


def test_distortion_never_folds_far_points_back_into_the_picture() -> None:
    lens = camera(bend=1.0).lens
    radius = np.linspace(0.01, 6, 400)
    bent = lens.distort(np.column_stack([radius, np.zeros_like(radius)]))[:, 0]
    assert np.all(np.diff(bent) > 0)


def test_speed_is_the_derivative_of_distance_through_braking_and_pulling_away() -> None:
    along = profile(1.0, 14.0, [(2.0, 0.0), (5.0, -2.8), (3.0, 0.0), (4.0, 1.7)])
    t = np.arange(0.5, 18, 0.01)
    step = 1e-5
    numeric = (along.distance(t + step) - along.distance(t - step)) / (2 * step)
    assert along.speed(t) == pytest.approx(numeric, abs=1e-3)


@pytest.mark.parametrize("distance", [-3.0, 10.0, 40.0, 62.9, 80.0])
def test_the_time_at_a_distance_is_when_the_distance_is_reached(distance: float) -> None:
    along = profile(1.0, 14.0, [(2.0, 0.0), (5.0, -2.8), (3.0, 0.0), (4.0, 1.7)])
    t = along.time_at(distance)
    assert float(along.distance(np.array([t]))[0]) == pytest.approx(distance, abs=1e-6)


def test_a_vehicle_that_stands_for_ever_never_gets_there() -> None:
    assert profile(0.0, 10.0, [(5.0, -2.0)]).time_at(30.0) == float("inf")


def test_a_sideways_move_keeps_the_speed_along_the_curve() -> None:
    path = lane_path(0.0, 100.0, 0.0, shifts=((80.0, 20.0, 3.3),))
    motion = motion_along(path, profile(0.0, ms(54), []))
    t = np.arange(0.2, 6, 0.01)
    x, y, _ = motion.pose(t)
    travelled = np.hypot(np.diff(x), np.diff(y)) / np.diff(t) * 3.6
    assert travelled == pytest.approx(54.0, abs=0.01)
    assert x[-1] == pytest.approx(3.3, abs=1e-6)
    assert motion.mean_speed_kmh(0.5, 4.5) == pytest.approx(54.0)


def test_a_turn_ends_at_a_right_angle_and_points_along_its_own_way() -> None:
    path = turning_path(1.0, 0.0, 20.0, 6.0, 1.0, 40.0)
    x, y, heading = path.at(np.array([5.0, 60.0]))
    assert np.rad2deg(heading) == pytest.approx([0.0, 90.0], abs=0.5)
    assert y == pytest.approx([5.0, 26.0], abs=0.01)
    assert x[0] == pytest.approx(1.0)


def test_a_signal_programme_lists_each_change_where_its_state_changes() -> None:
    programme = Programme(green_s=10, amber_s=3, red_s=12, offset_s=1.5)
    phases = programme.phases(60.0)
    for at, state in phases[1:]:
        assert programme.state(at + 1e-6) is state
        assert programme.state(at - 1e-6) is not state
    assert programme.red_onsets(60.0) == [t for t, s in phases if s is SignalState.RED and t > 0]
