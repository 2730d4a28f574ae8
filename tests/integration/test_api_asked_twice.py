"""A change asked for twice happens once: a proxy may repeat what a dead replica left unanswered."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from serve.access import ACCESS
from tests.fixtures.api import served
from tests.fixtures.permission_table import TABLE, full
from tests.fixtures.permission_world import House, furnish

CHANGES = [key for key in TABLE if not key.startswith("GET ")]
# Who is signed in grows by a session when somebody signs in twice, which is what two requests ask for.
SESSIONS = {
    "POST /auth/login",
    "POST /auth/refresh",
    "POST /auth/logout",
    "POST /auth/logout-everywhere",
}
STATE = """SELECT md5(concat_ws('|',
    (SELECT string_agg(concat_ws(',', id, status, version, fine_issued, fine_amount), ';' ORDER BY id)
        FROM infractions),
    (SELECT string_agg(concat_ws(',', infraction_id, version, to_status), ';' ORDER BY id)
        FROM infraction_transitions),
    (SELECT string_agg(idempotency_key, ';' ORDER BY sequence) FROM outbox),
    (SELECT string_agg(concat_ws(',', id, email, full_name, role, is_active, permissions, metadata), ';'
        ORDER BY id) FROM users),
    (SELECT string_agg(concat_ws(',', id, verdict, user_id, decided_at), ';' ORDER BY id)
        FROM second_reviews),
    (SELECT string_agg(concat_ws(',', id, is_read), ';' ORDER BY id) FROM notifications),
    (SELECT string_agg(concat_ws(',', user_id, notification_type, channel, enabled), ';'
        ORDER BY user_id, notification_type, channel) FROM notification_preferences),
    (SELECT string_agg(concat_ws(',', plate, total_infractions), ';' ORDER BY plate) FROM vehicles),
    (SELECT string_agg(zones::TEXT, ';' ORDER BY id) FROM zones),
    (SELECT string_agg(devices::TEXT, ';' ORDER BY id) FROM devices)))"""


async def twice(house: House, key: str) -> str | None:
    """What is wrong with asking twice, None when nothing is."""
    row = TABLE[key]
    owner = "admin" if row.foreign >= 400 else "otro.admin"
    asked = await row.make(house, house.people[owner])
    first, body = await house.ask(key, "admin", asked)
    if first >= 300:
        return f"{key}: {first}: {body[:100]}"
    before = await house.sql(STATE)
    again, body = await house.ask(key, "admin", asked)
    if await house.sql(STATE) != before:
        return f"{key}: asked twice, done twice"
    # Told that it is there, or already so; never that it broke.
    return None if again < 300 or again in (409, 412) else f"{key}: again {again}: {body[:100]}"


@pytest.mark.timeout(120)
def test_no_change_asked_for_twice_is_made_twice(database_url: str, tmp_path: Path) -> None:
    assert {full(key) for key in CHANGES} == {key for key in ACCESS if not key.startswith("GET ")}

    async def work() -> list[str]:
        async with served(database_url, tmp_path) as api:
            house = await furnish(api, database_url, tmp_path, len(CHANGES))
            found = [await twice(house, key) for key in CHANGES if key not in SESSIONS]
            return [trouble for trouble in found if trouble]

    assert asyncio.run(work()) == []
