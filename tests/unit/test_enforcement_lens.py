"""Pixels to straight rays and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforcement.lens import Lens

STRAIGHT = Lens(fx=1000.0, fy=990.0, cx=640.0, cy=360.0)
WIDE = Lens(fx=700.0, fy=700.0, cx=640.0, cy=360.0, k1=-0.28, k2=0.08, p1=5e-4, p2=-3e-4, k3=-0.01)
BARREL = Lens(fx=1000.0, fy=1000.0, cx=640.0, cy=360.0, k1=-0.2)


@pytest.mark.parametrize("lens", [STRAIGHT, BARREL, WIDE])
@given(u=st.floats(150.0, 1130.0), v=st.floats(80.0, 640.0))
def test_a_pixel_survives_the_way_to_a_ray_and_back(lens: Lens, u: float, v: float) -> None:
    pixel = np.array([u, v])
    assert np.allclose(lens.distort(lens.undistort(pixel)), pixel, atol=1e-6)


@given(u=st.floats(0.0, 1280.0), v=st.floats(0.0, 720.0))
def test_a_lens_without_distortion_is_the_pinhole(u: float, v: float) -> None:
    pixel = np.array([u, v])
    assert np.allclose(STRAIGHT.pixels_of(STRAIGHT.undistort(pixel)), pixel)
    ray = STRAIGHT.undistort(pixel)
    homogeneous = STRAIGHT.matrix @ np.append(ray, 1.0)
    assert np.allclose(homogeneous[:2], pixel)


def test_the_middle_of_the_picture_is_never_bent() -> None:
    centre = np.array([WIDE.cx, WIDE.cy])
    assert np.allclose(WIDE.undistort(centre), 0.0)


def test_a_barrel_pulls_the_corners_in() -> None:
    corner = np.array([0.5, 0.3])
    bent, straight = BARREL.distort(corner), BARREL.pixels_of(corner)
    middle = np.array([BARREL.cx, BARREL.cy])
    assert np.linalg.norm(bent - middle) < np.linalg.norm(straight - middle)


def test_tangential_distortion_is_browns() -> None:
    # Worked by hand at (x, y) = (0.2, 0.1), r2 = 0.05: OpenCV's formula.
    lens = Lens(fx=1.0, fy=1.0, cx=0.0, cy=0.0, p1=0.01, p2=0.02)
    expected = [
        0.2 + 2 * 0.01 * 0.02 + 0.02 * (0.05 + 2 * 0.04),
        0.1 + 0.01 * (0.05 + 2 * 0.01) + 2 * 0.02 * 0.02,
    ]
    assert np.allclose(lens.distort(np.array([0.2, 0.1])), expected)
