"""A camera calibrated and drawn on over the API: proved, or refused with the reason; then it runs on that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from enforcement.scene import Scene
from schema.scenes import WantedCamera, wanted_cameras
from schema.session import sessions
from schema.site_rows import digest_of
from tests.fixtures.api import API, Served, served
from tests.fixtures.calibration import ON_ROAD, given, pairs
from tests.fixtures.rows import add_camera

CALIBRATION = "/devices/CAM001/calibration"
LANES = "/devices/CAM001/lanes"
VIEW: dict[str, Any] = {
    "lanes": [
        {"id": "1", "type": "normal", "polygon": [[0, 700], [500, 700], [500, 200]]},
        {
            "id": "bus",
            "type": "exclusive_bus",
            "polygon": [[500, 700], [900, 700], [600, 200]],
            "heading_deg": 90,
        },
    ],
    "stop_line": [[100, 500], [900, 500]],
    "measurement_zone": [[200, 600], [1100, 600], [800, 250], [450, 250]],
}
Tour = Callable[[Served, dict[str, str]], Awaitable[None]]


def wanted(engine: Engine) -> WantedCamera:
    with sessions(engine)() as session:
        (camera,) = wanted_cameras(session)
        return camera


@pytest.fixture
def tour(database: Engine, database_url: str, tmp_path: Path) -> Callable[[Tour], None]:
    """Runs against the API with one camera, signed in as a supervisor."""
    add_camera(database)

    def run(steps: Tour) -> None:
        async def all_of_it() -> None:
            async with served(database_url, tmp_path) as api:
                await steps(api, await api.sign_in("supervisor"))

        asyncio.run(all_of_it())

    return run


async def put(api: Served, path: str, headers: dict[str, str], body: Any, etag: str | None) -> Any:
    match = {} if etag is None else {"If-Match": etag}
    return await api.client.put(f"{API}{path}", headers={**headers, **match}, json=body)


def test_a_calibration_is_tried_saved_and_what_the_running_camera_measures_with(
    tour: Callable[[Tour], None], database: Engine
) -> None:
    before = wanted(database)

    async def steps(api: Served, token: dict[str, str]) -> None:
        empty = await api.get(CALIBRATION, token)
        assert (empty.json()["calibration"], empty.json()["proof"]) == (None, None)
        tried = (await api.post(f"{CALIBRATION}/preview", token, given())).json()
        assert tried["accepted"] is True
        assert len(tried["points"]) == len(ON_ROAD)
        assert tried["held_out_rmse_m"] < tried["limit_m"] == 0.10
        assert tried["grid"]
        assert (await api.get(CALIBRATION, token)).json() == empty.json(), "a preview keeps nothing"
        saved = await put(api, CALIBRATION, token, given(), empty.headers["etag"])
        assert saved.status_code == 200, saved.text
        assert saved.json()["proof"] == tried
        again = await api.get(CALIBRATION, token)
        assert (again.json(), again.headers["etag"]) == (saved.json(), saved.headers["etag"])
        late = await put(api, CALIBRATION, token, given(), empty.headers["etag"])
        assert (late.status_code, late.json()["code"]) == (412, "stale")
        bare = await put(api, CALIBRATION, token, given(), None)
        assert bare.status_code == 428
        rows = (await api.get("/audit?action=calibrate", await api.sign_in("admin"))).json()[
            "items"
        ]
        assert [row["resource_id"] for row in rows] == ["CAM001"]

    tour(steps)
    after = wanted(database)
    assert after.revision != before.revision
    road = Scene.from_mapping(after.site, image_size=(1280, 720)).road
    assert road is not None
    assert road.held_out_rmse_m is not None
    with database.connect() as connection:
        kept = connection.exec_driver_sql("SELECT digest, created_by IS NOT NULL FROM calibrations")
        assert tuple(kept.one()) == (digest_of(after.site["calibration"]), True)


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        (pairs(((0, 10), (0, 20), (0, 30), (0, 40), (0, 50))), "collinear"),
        (pairs(ON_ROAD[:4]), "unproven"),
        (pairs(off_px=25.0), "poor"),
        ([], "too_few"),
    ],
)
def test_a_poor_calibration_is_refused_with_its_reason_and_changes_nothing(
    tour: Callable[[Tour], None], points: list[dict[str, Any]], reason: str
) -> None:
    async def steps(api: Served, token: dict[str, str]) -> None:
        empty = await api.get(CALIBRATION, token)
        tried = await api.post(f"{CALIBRATION}/preview", token, given(points))
        assert (tried.status_code, tried.json()["refusal"]) == (200, reason)
        refused = await put(api, CALIBRATION, token, given(points), empty.headers["etag"])
        problem = refused.json()
        assert (refused.status_code, problem["code"]) == (422, "poor_calibration")
        assert (problem["reason"], problem["proof"]) == (reason, tried.json())
        assert (await api.get(CALIBRATION, token)).json() == empty.json()

    tour(steps)


def test_points_by_gps_are_metres_from_the_first_and_its_place_is_kept(
    tour: Callable[[Tour], None],
) -> None:
    async def steps(api: Served, token: dict[str, str]) -> None:
        rows = pairs()
        for row in rows:
            x, y = row.pop("world_m")
            row["gps"] = {
                "latitude": -12.0464 + (y - 10) / 110_620.0,
                "longitude": -77.0428 + x / 108_912.0,
            }
        etag = (await api.get(CALIBRATION, token)).headers["etag"]
        saved = (await put(api, CALIBRATION, token, given(rows), etag)).json()
        assert saved["origin"] == [-12.0464, -77.0428]
        kept = [row["world_m"] for row in saved["calibration"]["points"]]
        for (x, y), (east, north) in zip(kept, ON_ROAD, strict=True):
            assert (x, y) == pytest.approx((east, north - 10), abs=0.02)
        far = given([*rows[:-1], {"image": [1, 1], "gps": {"latitude": -13, "longitude": -77}}])
        answer = await api.post(f"{CALIBRATION}/preview", token, far)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_input")

    tour(steps)


@pytest.mark.parametrize(
    "body",
    [
        given([{"image": [1, 2]}]),
        given([{"image": [1, 2], "world_m": [1, 2], "gps": {"latitude": 1, "longitude": 1}}]),
        given([{"image": [1], "world_m": [1, 2]}]),
        given([{"image": ["x", 2], "world_m": [1, 2]}]),
        given([{"image": [1, 2], "world_m": [1e9, 2]}]),
        given(pairs() * 20),
        given(image_size=[0, 5]),
        given(more=1),
    ],
)
def test_a_body_of_another_form_is_no_answer_but_a_refusal(
    tour: Callable[[Tour], None], body: dict[str, Any]
) -> None:
    async def steps(api: Served, token: dict[str, str]) -> None:
        answer = await api.post(f"{CALIBRATION}/preview", token, body)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_input")

    tour(steps)


def test_lanes_stop_line_and_zone_are_saved_and_what_the_camera_judges_by(
    tour: Callable[[Tour], None], database: Engine
) -> None:
    before = wanted(database)

    async def steps(api: Served, token: dict[str, str]) -> None:
        empty = await api.get(LANES, token)
        assert (empty.json()["lanes"], empty.json()["stop_line"]) == ([], None)
        saved = await put(api, LANES, token, VIEW, empty.headers["etag"])
        assert saved.status_code == 200, saved.text
        assert {name: saved.json()[name] for name in VIEW} == VIEW
        late = await put(api, LANES, token, {}, empty.headers["etag"])
        assert late.status_code == 412
        assert (await api.get(LANES, token)).headers["etag"] == saved.headers["etag"]

    tour(steps)
    after = wanted(database)
    assert after.revision != before.revision
    assert {name: after.site[name] for name in VIEW} == VIEW
    Scene.from_mapping(after.site)


def test_taking_the_drawing_away_takes_it_away(
    tour: Callable[[Tour], None], database: Engine
) -> None:
    async def steps(api: Served, token: dict[str, str]) -> None:
        etag = (await api.get(LANES, token)).headers["etag"]
        etag = (await put(api, LANES, token, VIEW, etag)).headers["etag"]
        assert (await put(api, LANES, token, {}, etag)).status_code == 200

    tour(steps)
    assert not {"lanes", "stop_line", "measurement_zone"} & set(wanted(database).site)


CROSSED = [[0, 0], [9, 9], [9, 0], [0, 9]]


@pytest.mark.parametrize(
    ("change", "part", "lane"),
    [
        (
            {"lanes": [*VIEW["lanes"], {"id": "3", "polygon": CROSSED}]},
            "lanes",
            "3",
        ),
        ({"lanes": [VIEW["lanes"][0], VIEW["lanes"][0]]}, "lanes", None),
        ({"lanes": [{"id": "7", "type": "exclusive_x", "polygon": CROSSED[:3]}]}, "lanes", "7"),
        ({"stop_line": [[5, 5], [5, 5]]}, "stop_line", None),
        ({"measurement_zone": CROSSED}, "measurement_zone", None),
    ],
)
def test_a_drawing_that_contradicts_itself_is_refused_by_name_and_changes_nothing(
    tour: Callable[[Tour], None], change: dict[str, Any], part: str, lane: str | None
) -> None:
    async def steps(api: Served, token: dict[str, str]) -> None:
        empty = await api.get(LANES, token)
        answer = await put(api, LANES, token, {**VIEW, **change}, empty.headers["etag"])
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (422, "bad_geometry"), problem
        assert (problem["part"], problem["lane"]) == (part, lane)
        assert (await api.get(LANES, token)).json() == empty.json()

    tour(steps)


def test_a_camera_that_does_not_exist_is_not_found(tour: Callable[[Tour], None]) -> None:
    async def steps(api: Served, token: dict[str, str]) -> None:
        for path in (CALIBRATION, LANES):
            gone = path.replace("CAM001", "NOBODY")
            assert (await api.get(gone, token)).status_code == 404
            assert (await put(api, gone, token, given(), '"x"')).status_code in (404, 422)
        tried = await api.post(f"{CALIBRATION.replace('CAM001', 'NO')}/preview", token, given())
        assert tried.status_code == 404

    tour(steps)
