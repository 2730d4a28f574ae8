"""Zones and cameras changed over the API: versions, audit, addresses, passwords that never come out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine, text

from adapters.settings import Settings
from schema.credentials import address_with_credentials
from schema.scenes import WantedCamera, wanted_cameras
from schema.session import sessions
from tests.fixtures.api import API, Served, served
from tests.fixtures.rows import add_camera

KEY = Fernet.generate_key().decode()
SQUARE = {
    "type": "Polygon",
    "coordinates": [
        [[-77.04, -12.05], [-77.03, -12.05], [-77.03, -12.04], [-77.04, -12.04], [-77.04, -12.05]]
    ],
}
CROSSED = {
    "type": "Polygon",
    "coordinates": [
        [[-77.04, -12.05], [-77.03, -12.04], [-77.03, -12.05], [-77.04, -12.04], [-77.04, -12.05]]
    ],
}
Tour = Callable[[Served, dict[str, str]], Awaitable[None]]


@pytest.fixture
def tour(database: Engine, database_url: str, tmp_path: Path) -> Callable[..., None]:
    """Runs against the API with one camera, signed in as a supervisor."""
    add_camera(database)

    def run(steps: Tour, key: str | None = KEY) -> None:
        settings = Settings(local_dir=tmp_path, database_url=database_url, secret_key=key)

        async def all_of_it() -> None:
            async with served(database_url, tmp_path, settings=settings) as api:
                await steps(api, await api.sign_in("supervisor"))

        asyncio.run(all_of_it())

    return run


async def patch(api: Served, path: str, token: dict[str, str], body: Any, etag: str = "") -> Any:
    if not etag:
        etag = (await api.get(path, token)).headers["etag"]
    return await api.client.patch(f"{API}{path}", headers={**token, "If-Match": etag}, json=body)


def wanted(engine: Engine) -> WantedCamera:
    with sessions(engine)() as session:
        (camera,) = wanted_cameras(session)
        return camera


def new_zone(**more: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": "ZN-9",
        "geometry": SQUARE,
        "properties": {"name": "Av. Ñandú", "speed_limit": 50, **more},
    }


def test_a_zone_is_made_once_drawn_anew_and_written_down(tour: Callable[..., None]) -> None:
    async def steps(api: Served, token: dict[str, str]) -> None:
        made = await api.post("/zones", token, new_zone(), Idempotency_Key="abc")
        assert made.status_code == 201, made.text
        again = await api.post("/zones", token, new_zone(), Idempotency_Key="abc")
        assert (again.json(), again.headers["idempotency-replayed"]) == (made.json(), "true")
        taken = await api.post("/zones", token, new_zone())
        assert (taken.status_code, taken.json()["code"]) == (409, "already_exists")
        shown = await api.get("/zones/ZN-9", token)
        assert shown.json() == made.json()
        assert shown.json()["geometry"] == SQUARE
        change = {"properties": {"speed_limit": 30, "limit_source": "escuela"}}
        changed = await patch(api, "/zones/ZN-9", token, change)
        assert changed.status_code == 200, changed.text
        assert changed.json()["properties"]["speed_limit"] == 30
        assert changed.json()["geometry"] == SQUARE, "what is left out stays"
        late = await patch(api, "/zones/ZN-9", token, change, made.headers["etag"])
        assert (late.status_code, late.json()["code"]) == (412, "stale")
        bare = await api.client.patch(f"{API}/zones/ZN-9", headers=token, json=change)
        assert bare.status_code == 428
        gone = await patch(api, "/zones/ZN-9", token, {"geometry": None})
        assert gone.json()["geometry"] is None or gone.json()["geometry"]["type"] == "Point"
        rows = (await api.get("/audit?resource_type=zone", await api.sign_in("admin"))).json()
        assert [row["action"] for row in rows["items"]] == ["update", "update", "create"]

    tour(steps)


@pytest.mark.parametrize(
    "body",
    [
        new_zone() | {"geometry": CROSSED},
        new_zone() | {"geometry": {"type": "Point", "coordinates": [0, 0]}},
        new_zone() | {"geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]}},
        new_zone()
        | {"geometry": {"type": "Polygon", "coordinates": [SQUARE["coordinates"][0][:4]]}},
        new_zone()
        | {"geometry": {"type": "Polygon", "coordinates": [[[0, 95], [1, 95], [1, 96], [0, 95]]]}},
        new_zone(speed_limit=0),
        new_zone(speed_limit=59.5),
        new_zone(timezone="America/Limaa"),
        new_zone(name=None),
        new_zone(name="a\x00b"),
        new_zone() | {"id": "../x"},
    ],
)
def test_a_zone_that_cannot_be_is_refused_and_not_made(
    tour: Callable[..., None], body: dict[str, Any]
) -> None:
    async def steps(api: Served, token: dict[str, str]) -> None:
        answer = await api.post("/zones", token, body)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_input"), answer.text
        assert (await api.get("/zones/ZN-9", token)).status_code == 404

    tour(steps)


def test_another_limit_is_what_the_running_camera_judges_by(
    tour: Callable[..., None], database: Engine
) -> None:
    before = wanted(database)

    async def steps(api: Served, token: dict[str, str]) -> None:
        change = {"properties": {"speed_limit": 30}}
        assert (await patch(api, "/zones/ZN001", token, change)).status_code == 200

    tour(steps)
    after = wanted(database)
    assert after.site["zone"]["speed_limit_kmh"] == 30
    assert after.revision != before.revision


def test_a_camera_is_renamed_moved_and_given_another_stream(
    tour: Callable[..., None], database: Engine
) -> None:
    before = wanted(database)

    async def steps(api: Served, token: dict[str, str]) -> None:
        body = {
            "name": "Salida",
            "location": {"latitude": -12.05, "longitude": -77.04},
            "stream": {"url": "rtsp://admin:ABC%40DEF@192.0.2.77:554/h264"},
        }
        changed = await patch(api, "/devices/CAM001", token, body)
        assert changed.status_code == 200, changed.text
        row = changed.json()
        assert (row["name"], row["latitude"], row["longitude"]) == ("Salida", -12.05, -77.04)
        assert (row["rtsp_url"], row["has_credentials"]) == ("rtsp://192.0.2.77:554/h264", True)
        late = await patch(api, "/devices/CAM001", token, {"name": "x"}, '"v1"')
        assert late.status_code == 412
        audit = (await api.get("/audit?action=update", await api.sign_in("admin"))).text
        assert "192.0.2.77" in audit
        for answer in (changed.text, audit, (await api.get("/devices", token)).text):
            assert "ABC" not in answer

    tour(steps)
    after = wanted(database)
    assert after.revision != before.revision
    with sessions(database)() as session:
        url = address_with_credentials(session, "CAM001", after.source, key=KEY)
    assert url == "rtsp://admin:ABC%40DEF@192.0.2.77:554/h264"
    with database.connect() as connection:
        stored = connection.execute(text("SELECT password_encrypted FROM camera_credentials"))
        assert b"ABC" not in bytes(stored.scalar_one())


def test_a_new_password_alone_starts_the_camera_anew_and_none_takes_it_away(
    tour: Callable[..., None], database: Engine
) -> None:
    url = "rtsp://192.0.2.10:554/h264"
    seen = [wanted(database)]

    async def steps(api: Served, token: dict[str, str]) -> None:
        login = {"username": "admin", "password": "s3creto"}
        for stream in (
            {"url": url, "credentials": login},
            {"url": url},
            {"url": url, "credentials": None},
        ):
            answer = await patch(api, "/devices/CAM001", token, {"stream": stream})
            assert answer.status_code == 200, answer.text
            seen.append(wanted(database))
            assert answer.json()["has_credentials"] is (
                stream.get("credentials", login) is not None
            )

    tour(steps)
    with sessions(database)() as session:
        assert address_with_credentials(session, "CAM001", url, key=None) == url
    first, given, kept, none = (camera.revision for camera in seen)
    assert first != given
    assert given == kept
    assert kept != none


def test_a_kept_password_does_not_travel_to_another_host(tour: Callable[..., None]) -> None:
    async def steps(api: Served, token: dict[str, str]) -> None:
        login = {"username": "admin", "password": "s3creto"}
        first = {"stream": {"url": "rtsp://192.0.2.10/a", "credentials": login}}
        assert (await patch(api, "/devices/CAM001", token, first)).status_code == 200
        for other in ("rtsp://192.0.2.11/a", "rtsp://192.0.2.10:8554/a"):
            answer = await patch(api, "/devices/CAM001", token, {"stream": {"url": other}})
            assert (answer.status_code, answer.json()["code"]) == (422, "credentials_needed")
        same = {"stream": {"url": "rtsp://192.0.2.10:554/b"}}
        kept = await patch(api, "/devices/CAM001", token, same)
        assert kept.json()["has_credentials"] is True

    tour(steps)


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.10/",
        "rtsp://127.0.0.1:6379/",
        "rtsp://localhost/",
        "rtsp://[::1]/x",
        "rtsp://169.254.169.254/latest",
        "rtsp://2130706433/x",
        "file:///etc/passwd",
        "rtsp://192.0.2.10/a b",
    ],
)
def test_an_address_that_is_no_cameras_is_refused_and_changes_nothing(
    tour: Callable[..., None], database: Engine, url: str
) -> None:
    before = wanted(database)

    async def steps(api: Served, token: dict[str, str]) -> None:
        answer = await patch(api, "/devices/CAM001", token, {"stream": {"url": url}})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_input"), answer.text
        made = {"id": "C9", "name": "x", "zone_id": "ZN001", "stream": {"url": url}}
        assert (await api.post("/devices", token, made)).status_code == 422

    tour(steps)
    assert wanted(database) == before


def test_without_a_key_no_password_is_taken(tour: Callable[..., None]) -> None:
    async def steps(api: Served, token: dict[str, str]) -> None:
        body = {"stream": {"url": "rtsp://admin:x@192.0.2.10/a"}}
        answer = await patch(api, "/devices/CAM001", token, body)
        assert (answer.status_code, answer.json()["code"]) == (409, "no_secret_key")

    tour(steps, None)


def test_a_camera_is_added_and_wanted_and_put_aside(
    tour: Callable[..., None], database: Engine
) -> None:
    async def steps(api: Served, token: dict[str, str]) -> None:
        body = {
            "id": "CAM009",
            "name": "Óvalo",
            "zone_id": "ZN001",
            "stream": {"url": "rtsps://192.0.2.9/h264"},
        }
        made = await api.post("/devices", token, body)
        assert made.status_code == 201, made.text
        assert made.json()["rtsp_url"] == "rtsps://192.0.2.9/h264"
        assert (await api.post("/devices", token, body)).status_code == 409
        with sessions(database)() as session:
            running = {camera.device_id: camera.source for camera in wanted_cameras(session)}
        assert running["CAM009"] == "rtsps://192.0.2.9/h264"
        aside = await patch(api, "/devices/CAM009", token, {"status": "maintenance"})
        assert aside.json()["status"] == "maintenance"
        nowhere = await patch(api, "/devices/CAM001", token, {"zone_id": "NO"})
        assert (nowhere.status_code, nowhere.json()["code"]) == (422, "bad_input")
        empty = await patch(api, "/devices/CAM001", token, {"name": None})
        assert empty.status_code == 422

    tour(steps)
    assert wanted(database).device_id == "CAM001"
