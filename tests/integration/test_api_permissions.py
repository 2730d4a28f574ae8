"""Every endpoint × role, made from the app's own routes: what the table says is what the door does."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi.routing import APIRoute

from enforcement.permissions import ROLE_PERMISSIONS, Role
from serve.access import ACCESS
from serve.app import VigiaApp, route_keys
from serve.live import LiveFeed
from tests.fixtures.api import Served, add_infractions, served

IDS = {
    "infraction_id": str(uuid.UUID(int=1)),
    "user_id": str(uuid.UUID(int=2)),
    "notification_id": str(uuid.UUID(int=3)),
    "review_id": "999999",
    "name": "clip.mp4",
    "device_id": "NOBODY",
    "zone_id": "NOWHERE",
    "plate": "ZZZ-999",
    "dni": "00000000",
    "kind": "recidivism",
    "month": "2019-02",
}


def cells(app: VigiaApp) -> Iterator[tuple[str, str, str]]:
    """(table key, method, address) of every endpoint, ids being those of things that do not exist."""
    for route in app.routes:
        if isinstance(route, APIRoute):
            for key in route_keys(route):
                path = route.path
                if path.endswith("/reports/{name}"):
                    path = path.replace("{name}", "pending")
                if path.endswith("/{month}/{name}"):
                    path = path.replace("{name}", "report.html")
                for name, value in IDS.items():
                    path = path.replace(f"{{{name}}}", value)
                assert "{" not in path, path
                yield key, key.split(" ")[0], path


async def door(api: Served, method: str, path: str, headers: dict[str, str]) -> tuple[int, Any]:
    answer = await api.client.request(method, path, headers=headers)
    is_json = "json" in answer.headers.get("content-type", "")
    return answer.status_code, answer.json().get("code") if is_json else None


def test_each_role_passes_the_doors_of_its_permissions_and_no_other(
    database_url: str, tmp_path: Path
) -> None:
    async def table() -> list[str]:
        wrong: list[str] = []
        async with served(database_url, tmp_path) as api:
            # A stream that stays open cannot be read to its end: nobody may listen, the door stays.
            api.app.state.api.live = LiveFeed(most_listeners=0)
            seen = {key for key, _, _ in cells(api.app)}
            assert seen == set(ACCESS), "the table and the routes are not the same"
            for role in Role:
                for key, method, path in cells(api.app):
                    # Anew each time: log-out is among the endpoints.
                    headers = await api.sign_in(role.value)
                    api.client.cookies.clear()
                    status, code = await door(api, method, path, headers)
                    access = ACCESS[key]
                    may = access.permission is None or access.permission in ROLE_PERMISSIONS[role]
                    passed = (status, code) != (403, "forbidden")
                    # Without a cookie or a name, these are the only 401 behind an open door.
                    shut = status == 401 and not key.endswith("/auth/refresh")
                    if passed is not may or shut or (status >= 500 and status != 503):
                        wrong.append(f"{role} {key}: {status} {code}")
        return wrong

    assert asyncio.run(table()) == []


def test_nobody_passes_a_door_without_a_token_but_the_open_ones(
    database_url: str, tmp_path: Path
) -> None:
    async def table() -> list[str]:
        wrong: list[str] = []
        async with served(database_url, tmp_path) as api:
            for key, method, path in cells(api.app):
                for headers in ({}, {"Authorization": "Bearer forged.token.here"}):
                    status, code = await door(api, method, path, headers)
                    public = ACCESS[key].public
                    shut = status == 401 and code in ("not_signed_in", "token_invalid")
                    if shut is public and not key.endswith("/auth/refresh"):
                        wrong.append(f"{key} {headers}: {status} {code}")
        return wrong

    assert asyncio.run(table()) == []


def test_what_belongs_to_another_is_not_found_and_a_decision_of_another_role_is_refused(
    database_url: str, tmp_path: Path
) -> None:
    one, *_ = add_infractions(database_url, 1)

    async def path() -> None:
        async with served(database_url, tmp_path) as api:
            operator = await api.sign_in("operator")
            async with api.pool.acquire() as connection:
                foreign = await connection.fetchval(
                    "INSERT INTO notifications (user_id, title, message, notification_type)"
                    " SELECT id, 'a', 'b', 'c' FROM users WHERE username = 'admin' RETURNING id"
                )
            answer = await api.post(f"/notifications/{foreign}/read", operator)
            assert answer.status_code == 404
            own = await api.post(f"/notifications/{foreign}/read", await api.sign_in("admin"))
            assert own.status_code == 204
            assert (await api.get("/notifications", operator)).json()["items"] == []
            # An auditor may look at an infraction and decide nothing about it.
            auditor = await api.sign_in("auditor")
            shown = (await api.get(f"/infractions/{one}", auditor)).json()
            assert shown["allowed_transitions"] == []
            refused = await api.post(
                f"/infractions/{one}/transitions", auditor, {"to": "validated"}, If_Match='"v1"'
            )
            assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
            rows = (await api.get("/audit?action=refused&success=false", auditor)).json()["items"]
            assert [row["resource_id"] for row in rows] == [str(one)]
            after = (await api.get(f"/infractions/{one}", auditor)).json()
            assert (after["status"], after["version"]) == ("pending", 1)

    asyncio.run(path())
