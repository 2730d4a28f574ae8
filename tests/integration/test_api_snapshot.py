"""A camera's picture over the API: from a real RTSP stream, from a recording, or the newest sealed one."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import Engine, text

from adapters.camera_address import parse_networks
from adapters.settings import Settings
from jobs.benches.rtsp_responder import Misbehaviour, Recording, RtspResponder, recording_of
from tests.fixtures.api import Served, add_infractions, make_bundle, served
from tests.fixtures.rows import add_camera
from tests.fixtures.video import make_video

PICTURE = "/devices/CAM001/snapshot"
HERE = parse_networks("VIGIA_CAMERA_NETWORKS", "127.0.0.0/8")
Tour = Callable[[Served, dict[str, str]], Awaitable[None]]


def source(engine: Engine, url: str, **config: str) -> None:
    """Another source for the camera, as a row."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE devices SET rtsp_url = :u, detection_config = CAST(:c AS jsonb)"),
            {"u": url, "c": json.dumps(config)},
        )


@pytest.fixture
def tour(database_url: str, tmp_path: Path) -> Callable[..., None]:
    def run(steps: Tour, *, reachable: bool = True) -> None:
        settings = Settings(local_dir=tmp_path, database_url=database_url)
        if reachable:
            settings = replace(settings, camera_networks=HERE)

        async def all_of_it() -> None:
            async with served(database_url, tmp_path, settings=settings) as api:
                await steps(api, await api.sign_in("supervisor"))

        asyncio.run(all_of_it())

    return run


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return recording_of(make_video(tmp_path_factory.mktemp("still") / "a.mp4", count=50))


def test_a_live_picture_is_taken_when_asked_once_for_all_who_ask_and_written_down(
    tour: Callable[..., None], database: Engine, recording: Recording
) -> None:
    add_camera(database)
    with RtspResponder(recording) as camera:
        source(database, camera.url)

        async def steps(api: Served, token: dict[str, str]) -> None:
            answers = await asyncio.gather(*(api.get(PICTURE, token) for _ in range(4)))
            first = answers[0]
            assert first.status_code == 200, first.text
            assert first.headers["content-type"] == "image/jpeg"
            assert first.headers["x-vigia-picture"] == "live"
            assert datetime.fromisoformat(first.headers["x-vigia-captured-at"]).tzinfo
            assert Image.open(io.BytesIO(first.content)).size == (160, 96)
            assert {answer.content for answer in answers} == {first.content}
            described = [line for line in camera.asked if line.startswith("DESCRIBE")]
            assert len(described) == 1
            rows = await api.get("/audit?action=camera.view", await api.sign_in("admin"))
            assert len(rows.json()["items"]) == 1

        tour(steps)


def test_an_address_is_looked_at_again_when_it_is_opened(
    tour: Callable[..., None], database: Engine, recording: Recording
) -> None:
    """A row that leads into this machine, however it came there, is not opened."""
    add_camera(database)
    with RtspResponder(recording) as camera:
        source(database, camera.url)

        async def steps(api: Served, token: dict[str, str]) -> None:
            answer = await api.get(PICTURE, token)
            assert (answer.status_code, answer.json()["code"]) == (404, "no_picture")
            assert "127.0.0.1" not in answer.text

        tour(steps, reachable=False)
        assert list(camera.asked) == []


def test_a_camera_that_refuses_the_password_is_left_alone(
    tour: Callable[..., None], database: Engine, recording: Recording
) -> None:
    add_camera(database)
    with RtspResponder(recording, misbehaviour=Misbehaviour(user_pass="a:b")) as camera:
        source(database, camera.url)

        async def steps(api: Served, token: dict[str, str]) -> None:
            asked = []
            for _ in range(3):
                answer = await api.get(PICTURE, token)
                assert (answer.status_code, answer.json()["code"]) == (404, "no_picture")
                assert "credentials" in answer.json()["detail"]
                asked.append(len(camera.asked))
            assert asked[0] > 0
            assert asked == [asked[0]] * 3

        tour(steps)


def test_without_a_stream_the_newest_evidence_is_shown_and_said_so(
    tour: Callable[..., None], database: Engine, database_url: str, tmp_path: Path
) -> None:
    add_infractions(database_url, 2, store_url=make_bundle(tmp_path).as_uri())
    source(database, "rtsp://127.0.0.1:9/none")

    async def steps(api: Served, token: dict[str, str]) -> None:
        answer = await api.get(PICTURE, token)
        assert (answer.status_code, answer.headers["x-vigia-picture"]) == (200, "evidence")
        assert answer.content.startswith(b"\xff\xd8")
        assert answer.headers["x-vigia-captured-at"].startswith("2026-03-04T02:01")
        live = await api.get(f"{PICTURE}?source=live", token)
        assert (live.status_code, live.json()["code"]) == (404, "no_picture")
        assert (await api.get(f"{PICTURE}?source=other", token)).status_code == 422
        assert (await api.get("/devices/NO/snapshot", token)).status_code == 404

    tour(steps)


def test_a_camera_that_is_a_recording_shows_its_first_picture(
    tour: Callable[..., None], database: Engine, tmp_path: Path
) -> None:
    add_camera(database)
    film = make_video(tmp_path / "film.mp4", count=3)
    source(database, "rtsp://recording.invalid/CAM001", source=str(film))

    async def steps(api: Served, token: dict[str, str]) -> None:
        answer = await api.get(PICTURE, token)
        assert (answer.status_code, answer.headers["x-vigia-picture"]) == (200, "recording")
        assert "x-vigia-captured-at" not in answer.headers

    tour(steps)
