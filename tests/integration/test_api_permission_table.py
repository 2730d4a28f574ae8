"""Every endpoint × role × own and another's, on things that exist: what is written here is what happens.

A row that is missing fails, so no endpoint is untested.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from enforcement.permissions import ROLE_PERMISSIONS, Role
from serve.access import ACCESS, API
from serve.live import LiveFeed
from tests.fixtures.api import Served, served
from tests.fixtures.permission_table import TABLE, full
from tests.fixtures.permission_world import House, furnish

CELLS = len(TABLE) * len(Role) * 2


def may(role: Role, key: str) -> bool:
    row, access = TABLE[key], ACCESS[full(key)]
    needed = {row.needs, access.permission} - {None}
    return needed <= ROLE_PERMISSIONS[role]


async def cell(house: House, key: str, role: Role, *, own: bool) -> str | None:
    """What is wrong with one cell, None when nothing is."""
    row = TABLE[key]
    owner = house.people[role.value if own else f"otro.{role.value}"]
    asked = await row.make(house, owner)
    status, body = await house.ask(key, role.value, asked)
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
