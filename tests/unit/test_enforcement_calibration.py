"""The road plane: exact points give it exactly, bad points are refused, doubt is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforcement.calibration import CLICK_SIGMA_PX, PointPair, RoadPlane, calibrate
from enforcement.errors import BadSite, PoorCalibration
from enforcement.lens import Lens
from tests.fixtures import roads
from tests.fixtures.roads import Pose

across = st.floats(-6.0, 6.0)
ahead = st.floats(16.0, 60.0)
LENS = Lens(**roads.LENS)


def pairs(pose: Pose, points: list[tuple[float, float]], off_px: float = 0.0) -> list[PointPair]:
    rng = np.random.default_rng(3)
    return [
        PointPair(
            image=(u + off_px * float(rng.normal()), v + off_px * float(rng.normal())),
            world_m=point,
        )
        for point, (u, v) in zip(points, pose.ground(*points), strict=True)
    ]


def plane(pose: Pose = roads.POSE, **options: object) -> RoadPlane:
    return calibrate(pairs(pose, roads.SURVEYED), **({"lens": LENS} | options))  # type: ignore[arg-type]


@given(across, ahead)
def test_road_and_picture_map_onto_each_other(x: float, y: float) -> None:
    point = np.array([x, y])
    road = roads.road()
    assert np.allclose(road.to_world(road.to_image(point)), point, atol=1e-6)
    assert np.allclose(road.to_image(point), roads.POSE.ground((x, y))[0], atol=1e-6)


@given(st.floats(4.0, 12.0), st.floats(8.0, 25.0), st.floats(-15.0, 15.0))
def test_exact_points_give_the_camera_back(height: float, tilt: float, pan: float) -> None:
    pose = Pose(height_m=height, tilt_deg=tilt, pan_deg=pan)
    road = plane(pose)
    assert road.camera_height_m == pytest.approx(height, abs=1e-5)
    over = np.array([1.0, 30.0, 1.5])
    assert np.allclose(road.project(over), pose.project(over), atol=1e-4)


@pytest.mark.parametrize("pan", [0.0, 12.0, -20.0])
def test_without_a_lens_the_points_decide_the_focal_length(pan: float) -> None:
    pose = Pose(pan_deg=pan)
    road = calibrate(pairs(pose, roads.SURVEYED), image_size=roads.SIZE)
    assert road.lens.fx == pytest.approx(1000.0, rel=1e-4)
    assert road.camera_height_m == pytest.approx(pose.height_m, abs=1e-2)


def test_without_lens_and_picture_size_there_is_no_height() -> None:
    road = calibrate(pairs(roads.POSE, roads.SURVEYED))
    assert road.pose is None
    assert road.camera_height_m is None
    assert np.allclose(road.project(np.array([1.0, 30.0, 2.0])), road.to_image(np.array([1, 30.0])))


def test_a_bent_lens_is_straightened_before_the_plane_is_fitted() -> None:
    lens = replace(LENS, k1=-0.2, k2=0.05)
    straight = pairs(roads.POSE, roads.SURVEYED)
    bent = [
        PointPair(
            image=tuple(lens.distort(LENS.undistort(np.array(p.image))).tolist()),
            world_m=p.world_m,
        )
        for p in straight
    ]
    road = calibrate(bent, lens=lens)
    assert road.fit_rmse_m < 1e-6
    assert calibrate(bent, lens=LENS).fit_rmse_m > 0.02


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ([(-3.0, 20.0), (3.0, 20.0), (0.0, 40.0)], "at least 4"),
        # All on one line: the other direction is anybody's guess.
        ([(0.0, 20.0), (0.0, 30.0), (0.0, 40.0), (0.0, 50.0)], "one line"),
        # Three of four on a line leave one degree of freedom open.
        ([(0.0, 20.0), (0.0, 30.0), (0.0, 40.0), (3.0, 30.0)], "three of the four"),
        # The same point twice is three points.
        ([(-3.0, 20.0), (-3.0, 20.0), (3.0, 20.0), (3.0, 41.0), (0.0, 50.0)], "are the same"),
    ],
)
def test_three_collinear_points_do_not_calibrate(
    points: list[tuple[float, float]], says: str
) -> None:
    with pytest.raises(PoorCalibration, match=says):
        calibrate(pairs(roads.POSE, points), lens=LENS)


def test_a_point_that_is_not_a_number_does_not_calibrate() -> None:
    points = pairs(roads.POSE, roads.SURVEYED)
    points[2] = PointPair(image=(float("nan"), 3.0), world_m=points[2].world_m)
    with pytest.raises(PoorCalibration, match="not a finite number"):
        calibrate(points, lens=LENS)


def test_a_mirrored_road_is_refused() -> None:
    points = [
        PointPair(image=p.image, world_m=(-p.world_m[0], p.world_m[1]))
        for p in pairs(roads.POSE, roads.SURVEYED)
    ]
    with pytest.raises(BadSite, match="under the road"):
        calibrate(points, lens=LENS)


def test_held_out_points_judge_the_fit_and_do_not_make_it() -> None:
    proof = pairs(roads.POSE, roads.PROOF)
    wrong = [PointPair(image=p.image, world_m=(p.world_m[0] + 0.5, p.world_m[1])) for p in proof]
    honest, lying = plane(held_out=proof), plane(held_out=wrong)
    assert honest.held_out_rmse_m == pytest.approx(0.0, abs=1e-6)
    assert lying.held_out_rmse_m == pytest.approx(0.5, abs=1e-3)
    assert np.array_equal(honest.homography, lying.homography)


def test_without_held_out_points_each_is_left_out_in_turn() -> None:
    road = calibrate(pairs(roads.POSE, roads.SURVEYED, off_px=2.0), lens=LENS)
    assert road.held_out_rmse_m is not None
    assert road.held_out_rmse_m > road.fit_rmse_m > 0.0


def test_four_points_alone_prove_nothing() -> None:
    four = [(-5.0, 18.0), (5.0, 18.0), (-5.0, 60.0), (5.0, 60.0)]
    assert calibrate(pairs(roads.POSE, four), lens=LENS).held_out_rmse_m is None


def test_a_perfect_fit_does_not_talk_the_click_error_down() -> None:
    assert plane().click_sigma_px == CLICK_SIGMA_PX
    sloppy = calibrate(pairs(roads.POSE, roads.SURVEYED, off_px=3.0), lens=LENS)
    assert sloppy.click_sigma_px > 1.5


def test_the_covariance_is_that_of_repeated_clicks() -> None:
    rng = np.random.default_rng(11)
    exact = pairs(roads.POSE, roads.SURVEYED)
    fits = []
    for _ in range(60):
        clicked = [
            PointPair(
                image=(p.image[0] + rng.normal(0, 0.5), p.image[1] + rng.normal(0, 0.5)),
                world_m=p.world_m,
            )
            for p in exact
        ]
        road = calibrate(clicked, held_out=exact[:1], lens=LENS)
        fits.append(road.homography.reshape(-1)[:8])
    spread = np.std(fits, axis=0) / np.sqrt(np.diag(plane().parameter_cov))
    assert np.all((spread > 0.7) & (spread < 1.35)), spread


def test_the_jacobian_is_the_slope_of_the_projection() -> None:
    road = roads.road()
    here = np.array([[1.0, 25.0]])
    moved = road.to_image(here + [0.01, 0.0]) - road.to_image(here)
    assert np.allclose(road.jacobian(here)[0, :, 0] * 0.01, moved[0], rtol=1e-3, atol=1e-4)
