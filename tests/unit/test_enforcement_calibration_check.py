"""A calibration proves itself or says why it does not; metres and degrees are one place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from enforcement.calibration import PointPair
from enforcement.calibration_check import MAX_HELD_OUT_RMSE_M, Proof, prove
from enforcement.errors import BadInput, PoorCalibration
from enforcement.geodesy import Origin
from tests.fixtures.calibration import IMAGE_SIZE, ON_ROAD, pairs

SIZE = (IMAGE_SIZE[0], IMAGE_SIZE[1])
LIMA = Origin(latitude=-12.0464, longitude=-77.0428)


def as_pairs(rows: list[dict[str, Any]]) -> list[PointPair]:
    return [PointPair(image=tuple(r["image"]), world_m=tuple(r["world_m"])) for r in rows]


def proof(rows: list[dict[str, Any]], held_out: list[dict[str, Any]] | None = None) -> Proof:
    return prove(as_pairs(rows), held_out=as_pairs(held_out or []), image_size=SIZE)


def test_points_that_prove_themselves_are_accepted_with_their_errors_and_the_roads_grid() -> None:
    found = proof(pairs())
    assert found.accepted
    road = found.require()
    assert road.held_out_rmse_m is not None
    assert road.held_out_rmse_m < MAX_HELD_OUT_RMSE_M
    assert len(found.points) == len(ON_ROAD)
    assert max(one.metres for one in found.points) < 0.05
    assert found.grid_step_m == 2.0
    # Every corner of the grid's lines is a whole step on the road.
    for line in found.grid:
        x, y = road.to_world(line).T
        steps = np.abs(np.array([x, y]) / found.grid_step_m)
        assert np.min(np.max(np.abs(steps - steps.round()), axis=1)) < 0.05


@pytest.mark.parametrize(
    ("rows", "held_out", "refusal"),
    [
        (pairs(ON_ROAD[:3]), [], "too_few"),
        # Four fit any plane exactly: nothing has been proved.
        (pairs(ON_ROAD[:4]), [], "unproven"),
        (pairs(ON_ROAD[:4]), pairs(ON_ROAD[4:5]), None),
        # A point that was fitted proves nothing about itself.
        (pairs(ON_ROAD[:4]), pairs(ON_ROAD[:1]), "held_out_repeats"),
        (pairs(((0, 10), (0, 20), (0, 30), (0, 40), (0, 50))), [], "collinear"),
        ([*pairs(), pairs()[0]], [], "repeated"),
        (pairs(off_px=25.0), [], "poor"),
        ([*pairs(), {"image": [1300.0, 5.0], "world_m": [1.0, 1.0]}], [], "outside"),
    ],
)
def test_what_would_not_measure_is_refused_with_its_reason(
    rows: list[dict[str, Any]], held_out: list[dict[str, Any]], refusal: str | None
) -> None:
    found = proof(rows, held_out)
    assert found.refusal == refusal
    if refusal is not None:
        with pytest.raises(PoorCalibration) as refused:
            found.require()
        assert refused.value.reason == refusal
        assert "\n" not in str(refused.value)


def test_a_point_clicked_wrongly_is_the_one_that_is_off_most_in_the_picture() -> None:
    errors = [one.pixels for one in proof(pairs(off_px=25.0)).points]
    assert int(np.argmax(errors)) == 2


# Each is fitted up to nine times.
FEW = settings(max_examples=25, deadline=None)
coordinate = st.floats(-2000, 3000) | st.integers(-3, 3).map(float)


@FEW
@for_all(
    st.lists(
        st.tuples(st.tuples(coordinate, coordinate), st.tuples(coordinate, coordinate)),
        min_size=4,
        max_size=8,
    )
)
def test_no_points_make_it_fail_otherwise_than_by_a_reason(
    rows: list[tuple[tuple[float, float], tuple[float, float]]],
) -> None:
    found = prove([PointPair(image=i, world_m=w) for i, w in rows], image_size=SIZE)
    assert found.accepted is (found.refusal is None)
    for line in found.grid:
        assert np.isfinite(line).all()


def test_a_degree_is_as_long_as_the_earth_says() -> None:
    # Karney's geodesics: one second of arc of latitude and of longitude at 12.0464° S.
    x, y = LIMA.to_metres(LIMA.latitude + 1 / 3600, LIMA.longitude + 1 / 3600)
    assert y == pytest.approx(30.730, abs=0.01)
    assert x == pytest.approx(30.253, abs=0.01)


@for_all(st.floats(-80, 80), st.floats(-2000, 2000), st.floats(-2000, 2000))
def test_metres_and_degrees_come_back(latitude: float, x: float, y: float) -> None:
    origin = Origin(latitude=latitude, longitude=179.999)
    assert origin.to_metres(*origin.to_degrees(x, y)) == pytest.approx((x, y), abs=1e-4)


def test_a_place_in_another_town_is_refused() -> None:
    with pytest.raises(BadInput, match="5 km"):
        LIMA.to_metres(-12.0, -76.9)
