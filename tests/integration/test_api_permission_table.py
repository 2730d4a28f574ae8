"""Every endpoint × role × own and another's, on things that exist: what is written here is what happens.

A row that is missing fails, so no endpoint is untested.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from enforcement.permissions import ROLE_PERMISSIONS, Permission, Role
from serve.access import ACCESS, API
from serve.live import LiveFeed
from tests.fixtures.api import Served, served
from tests.fixtures.permission_world import (
    REASON,
    Ask,
    House,
    Make,
    account,
    after,
    at,
    furnish,
    log_in,
    new_account,
    notice,
    own_preferences,
    second_review,
    with_token,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """make: the request. own, foreign: statuses for those who may. needs: beyond the door's own table.

    shown: for lists, whether the thing stands in the answer (own, foreign). but: roles that may and are
    answered otherwise.
    """

    make: Make
    own: int = 200
    foreign: int = 200
    needs: Permission | None = None
    shown: tuple[bool, bool] | None = None
    but: Mapping[Role, int] = field(default_factory=dict)


VALIDATED, APPEALED = ("validated",), ("validated", "appealed")
BECAUSE = {"reason": REASON}

TABLE: dict[str, Row] = {
    "POST /auth/login": Row(make=log_in),
    "POST /auth/refresh": Row(make=with_token("/auth/refresh")),
    "POST /auth/logout": Row(make=with_token("/auth/logout"), own=204, foreign=204),
    "POST /auth/logout-everywhere": Row(make=at("/auth/logout-everywhere"), own=204, foreign=204),
    "GET /auth/me": Row(make=at("/auth/me")),
    "GET /infractions": Row(make=at("/infractions")),
    "GET /infractions/export": Row(make=at("/infractions/export")),
    # Nobody may listen in this test: the door is passed, and then there is no chair.
    "GET /infractions/live": Row(make=at("/infractions/live"), own=503, foreign=503),
    "GET /infractions/{infraction_id}": Row(make=after(VALIDATED, "/infractions/{id}")),
    # A colleague's verdict may be taken back like one's own, until the fine is issued.
    "POST /infractions/{infraction_id}/transitions": Row(
        make=after(VALIDATED, "/infractions/{id}/transitions", {"to": "pending"}),
        needs=Permission.INFRACTIONS_REVIEW,
    ),
    "GET /infractions/{infraction_id}/evidence/{name}": Row(
        make=at("/infractions/{sealed}/evidence/clip.mp4")
    ),
    "GET /infractions/{infraction_id}/track": Row(make=at("/infractions/{sealed}/track")),
    # One's own verdict is never put before oneself again.
    "GET /second-reviews": Row(make=second_review("/second-reviews"), shown=(False, True)),
    "GET /second-reviews/{review_id}": Row(make=second_review("/second-reviews/{id}"), own=403),
    "POST /second-reviews/{review_id}": Row(
        make=second_review("/second-reviews/{id}", {"verdict": "validated"}), own=403
    ),
    "GET /reports/{name}": Row(make=at("/reports/pending")),
    "GET /users": Row(make=at("/users")),
    "POST /users": Row(make=new_account, own=201, foreign=201),
    "GET /users/{user_id}": Row(make=account("/users/{id}")),
    "PATCH /users/{user_id}": Row(make=account("/users/{id}", {"full_name": "Otro Nombre"})),
    "POST /users/{user_id}/unlock": Row(make=account("/users/{id}/unlock")),
    "GET /devices": Row(make=at("/devices")),
    "GET /devices/{device_id}": Row(make=at("/devices/CAM001")),
    "GET /devices/{device_id}/health": Row(make=at("/devices/CAM001/health")),
    "GET /zones": Row(make=at("/zones")),
    "GET /vehicles/{plate}": Row(make=at("/vehicles/ABC-123")),
    "GET /drivers/{dni}": Row(make=at("/drivers/00000001")),
    "GET /fines": Row(make=at("/fines")),
    "POST /fines/{infraction_id}/payment": Row(make=after(VALIDATED, "/fines/{id}/payment", {})),
    "POST /fines/{infraction_id}/issue": Row(make=after(VALIDATED, "/fines/{id}/issue")),
    "GET /fines/{infraction_id}/papeleta": Row(make=at("/fines/{sealed}/papeleta")),
    "POST /appeals/{infraction_id}": Row(make=after(VALIDATED, "/appeals/{id}", BECAUSE)),
    "POST /appeals/{infraction_id}/resolution": Row(
        make=after(APPEALED, "/appeals/{id}/resolution", {"outcome": "upheld", **BECAUSE})
    ),
    "GET /law/articles": Row(make=at("/law/articles")),
    "GET /law/uit": Row(make=at("/law/uit")),
    "GET /notifications": Row(make=notice("/notifications"), shown=(True, False)),
    "GET /notifications/preferences": Row(make=at("/notifications/preferences")),
    # No notice ever concerns an auditor, so there is none to switch.
    "PUT /notifications/preferences": Row(make=own_preferences, but={Role.AUDITOR: 422}),
    "GET /notifications/{notification_id}/deliveries": Row(
        make=notice("/notifications/{id}/deliveries"), foreign=404
    ),
    "POST /notifications/{notification_id}/read": Row(
        make=notice("/notifications/{id}/read"), own=204, foreign=404
    ),
    "GET /audit": Row(make=at("/audit")),
    "GET /models": Row(make=at("/models")),
    "GET /predictions": Row(make=at("/predictions")),
    "GET /system/health": Row(make=at("/system/health")),
    "GET /system/ready": Row(make=at("/system/ready")),
    "GET /system/version": Row(make=at("/system/version")),
}
CELLS = len(TABLE) * len(Role) * 2


def full(key: str) -> str:
    """A key of the door's own table."""
    method, path = key.split(" ")
    return f"{method} {API}{path}"


def may(role: Role, key: str) -> bool:
    row, access = TABLE[key], ACCESS[full(key)]
    needed = {row.needs, access.permission} - {None}
    return needed <= ROLE_PERMISSIONS[role]


async def ask(house: House, key: str, role: Role, asked: Ask) -> tuple[int, str]:
    """As a person of this role, freshly signed in: log-out is among the endpoints."""
    headers = await house.api.sign_in(role.value)
    house.api.client.cookies.clear()
    if asked.version is not None:
        headers["If-Match"] = f'"v{asked.version}"'
    if asked.seen_at is not None:
        seen = await house.api.get(asked.seen_at, headers)
        headers["If-Match"] = seen.headers["etag"]
    answer = await house.api.client.request(
        key.split(" ", maxsplit=1)[0], f"{API}{asked.path}", headers=headers, json=asked.body
    )
    return answer.status_code, answer.text


async def cell(house: House, key: str, role: Role, *, own: bool) -> str | None:
    """What is wrong with one cell, None when nothing is."""
    row = TABLE[key]
    owner = house.people[role.value if own else f"otro.{role.value}"]
    asked = await row.make(house, owner)
    status, body = await ask(house, key, role, asked)
    wanted = 403
    if may(role, key):
        wanted = row.but.get(role, row.own if own else row.foreign)
    trouble = f"{key} {role} {'own' if own else 'foreign'}: {status}, not {wanted}: {body[:120]}"
    if status != wanted:
        return trouble
    if row.shown is not None and status == 200 and asked.hides is not None:
        return None if (asked.hides in body) is row.shown[not own] else f"{trouble} shown"
    return None


async def another_is_still_signed_in(api: Served, house: House) -> None:
    """Whoever logs out everywhere ends no session but their own."""
    other = await api.sign_in("otro.operator")
    mine = await api.sign_in("operator")
    assert (await api.post("/auth/logout-everywhere", mine)).status_code == 204
    assert (await api.get("/auth/me", mine)).status_code == 401
    assert (await api.get("/auth/me", other)).json()["id"] == str(house.people["otro.operator"].id)


async def preferences_are_ones_own(api: Served) -> None:
    mine, other = await api.sign_in("operator"), await api.sign_in("otro.operator")
    before = (await api.get("/notifications/preferences", other)).json()
    flipped = [{**row, "enabled": not row["enabled"]} for row in before["items"]]
    body = {
        "items": [{name: row[name] for name in ("type", "channel", "enabled")} for row in flipped]
    }
    seen = (await api.get("/notifications/preferences", mine)).headers["etag"]
    put = await api.client.put(
        f"{API}/notifications/preferences", headers={**mine, "If-Match": seen}, json=body
    )
    assert put.status_code == 200, put.text
    assert (await api.get("/notifications/preferences", other)).json() == before


@pytest.mark.timeout(120)
def test_every_cell_of_the_table_on_things_that_exist(database_url: str, tmp_path: Path) -> None:
    assert {full(key) for key in TABLE} == set(ACCESS), "an endpoint is not in this table"

    async def work() -> list[str]:
        async with served(database_url, tmp_path) as api:
            api.app.state.api.live = LiveFeed(most_listeners=0)
            house = await furnish(api, database_url, tmp_path, CELLS)
            found = [
                await cell(house, key, role, own=own)
                for key in TABLE
                for role in Role
                for own in (True, False)
            ]
            await another_is_still_signed_in(api, house)
            await preferences_are_ones_own(api)
            return [trouble for trouble in found if trouble]

    assert asyncio.run(work()) == []
