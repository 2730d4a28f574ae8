"""Polygons, segments and headings, before anything of the law stands on them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforcement.geometry import (
    are_collinear,
    heading_difference,
    heading_from_unit,
    is_simple_polygon,
    points_in_polygon,
    polygon_area,
    segments_cross,
    unit_from_heading,
)

SQUARE = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 3.0], [0.0, 3.0]])
ARROW = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [2.0, 1.0], [0.0, 4.0]])
BOW_TIE = np.array([[0.0, 0.0], [4.0, 4.0], [4.0, 0.0], [0.0, 4.0]])
degrees = st.floats(-720.0, 720.0)
metres = st.floats(-50.0, 50.0)


def convex(seed: int, corners: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
    return np.stack([3.0 * np.cos(angle), 2.0 * np.sin(angle)], axis=1)


@given(degrees)
def test_a_heading_survives_its_unit_vector(heading: float) -> None:
    back = heading_from_unit(unit_from_heading(heading))
    assert 0.0 <= back < 360.0 + 1e-9
    assert heading_difference(back, heading) < 1e-6


@pytest.mark.parametrize(
    ("heading", "direction"),
    [
        (0.0, (0.0, 1.0)),  # ahead
        (90.0, (1.0, 0.0)),  # right: clockwise from above
        (180.0, (0.0, -1.0)),  # towards the camera
        (270.0, (-1.0, 0.0)),  # left
    ],
)
def test_headings_turn_clockwise_from_ahead(heading: float, direction: tuple[float, float]) -> None:
    assert np.allclose(unit_from_heading(heading), direction)


@given(degrees, degrees)
def test_two_headings_differ_by_half_a_turn_at_most_and_both_ways_alike(a: float, b: float) -> None:
    difference = heading_difference(a, b)
    assert 0.0 <= difference <= 180.0
    assert difference == pytest.approx(heading_difference(b, a))
    assert difference == pytest.approx(heading_difference(a + 360.0, b), abs=1e-9)


@pytest.mark.parametrize(
    ("a", "b", "difference"),
    [
        (350.0, 10.0, 20.0),  # across north
        (0.0, 180.0, 180.0),  # opposite
        (90.0, 450.0, 0.0),  # a full turn is none
        (-90.0, 270.0, 0.0),  # the same way, written twice
    ],
)
def test_headings_are_compared_across_north(a: float, b: float, difference: float) -> None:
    assert heading_difference(a, b) == pytest.approx(difference)


@given(st.integers(0, 1000), st.integers(3, 8), metres, metres)
def test_membership_is_that_of_the_half_planes_of_a_convex_polygon(
    seed: int, corners: int, x: float, y: float
) -> None:
    polygon = convex(seed, corners)
    point = np.array([x, y]) / 12.0
    edge = np.roll(polygon, -1, axis=0) - polygon
    away = point - polygon
    side = edge[:, 0] * away[:, 1] - edge[:, 1] * away[:, 0]
    assert bool(points_in_polygon(point, polygon)) is bool((side > 0).all())


@given(st.integers(0, 1000), metres, metres)
def test_membership_does_not_depend_on_where_or_which_way_a_polygon_begins(
    seed: int, x: float, y: float
) -> None:
    polygon = convex(seed, 6)
    points = np.random.default_rng(seed).uniform(-3, 3, (20, 2))
    inside = points_in_polygon(points, polygon)
    assert np.array_equal(inside, points_in_polygon(points, polygon[::-1]))
    assert np.array_equal(inside, points_in_polygon(points, np.roll(polygon, 2, axis=0)))
    assert polygon_area(polygon + [x, y]) == pytest.approx(polygon_area(polygon[::-1]), abs=1e-6)


@pytest.mark.parametrize(
    ("point", "inside"),
    [
        ((2.0, 0.5), True),  # in the body of the arrow
        ((0.5, 2.0), True),  # in its left wing
        ((2.0, 2.0), False),  # in the notch between the wings
        ((5.0, 1.0), False),  # beside it
    ],
)
def test_a_notch_is_outside(point: tuple[float, float], inside: bool) -> None:
    assert bool(points_in_polygon(np.array(point), ARROW)) is inside


def test_many_points_keep_their_shape() -> None:
    points = np.zeros((2, 3, 2)) + 1.0
    assert points_in_polygon(points, SQUARE).shape == (2, 3)
    assert points_in_polygon(points, SQUARE).all()


def test_a_point_that_is_not_a_number_is_in_no_polygon() -> None:
    assert not points_in_polygon(np.array([np.nan, 1.0]), SQUARE)


def test_areas() -> None:
    assert polygon_area(SQUARE) == pytest.approx(12.0)
    assert polygon_area(ARROW) == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("polygon", "simple"),
    [
        (SQUARE, True),
        (ARROW, True),  # a notch is allowed
        (BOW_TIE, False),  # crosses itself
        (SQUARE[:2], False),  # a stroke
        (np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]), False),  # no area
    ],
)
def test_only_a_polygon_that_encloses_something_once_is_simple(
    polygon: np.ndarray, simple: bool
) -> None:
    assert is_simple_polygon(polygon) is simple


@pytest.mark.parametrize(
    ("c", "d", "cross"),
    [
        ((2.0, -1.0), (2.0, 1.0), True),
        ((5.0, -1.0), (5.0, 1.0), False),  # beyond the end
        ((0.0, 1.0), (4.0, 1.0), False),  # parallel
        ((2.0, 0.0), (2.0, 1.0), False),  # touching is not crossing
    ],
)
def test_segments_cross_only_through_each_other(
    c: tuple[float, float], d: tuple[float, float], cross: bool
) -> None:
    a, b = np.array([0.0, 0.0]), np.array([4.0, 0.0])
    assert segments_cross(a, b, np.array(c), np.array(d)) is cross


@given(st.floats(0.0, 180.0), metres, metres)
def test_points_on_one_line_are_collinear_whichever_way_it_lies(
    heading: float, x: float, y: float
) -> None:
    line = np.outer(np.array([0.0, 1.0, 4.0, 9.0]), unit_from_heading(heading)) + [x, y]
    assert are_collinear(line)
    line[1] += unit_from_heading(heading + 90.0)
    assert not are_collinear(line)
