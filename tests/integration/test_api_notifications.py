"""Preferences and deliveries over HTTP: one's own, and nobody else's."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx

from tests.fixtures.api import API, Served, served


async def put(api: Served, headers: dict[str, str], seen: str, body: Any) -> httpx.Response:
    return await api.client.put(
        f"{API}/notifications/preferences", headers={**headers, "If-Match": seen}, json=body
    )


def test_preferences_are_ones_own_audited_and_only_what_may_concern(
    database_url: str, tmp_path: Path
) -> None:
    async def path() -> None:
        async with served(database_url, tmp_path) as api:
            operator, admin = await api.sign_in("operator"), await api.sign_in("admin")
            where = f"{API}/notifications/preferences"
            one = {"type": "infraction_appealed", "channel": "email", "enabled": False}
            unseen = await api.client.put(where, headers=operator, json={"items": [one]})
            assert (unseen.status_code, unseen.json()["code"]) == (428, "if_match_required")
            seen = (await api.get("/notifications/preferences", operator)).headers["etag"]
            answer = await put(api, operator, seen, {"items": [one]})
            assert answer.status_code == 200, answer.text
            # Another window still shows what was there before.
            late = await put(api, operator, seen, {"items": [{**one, "enabled": True}]})
            assert (late.status_code, late.json()["code"]) == (412, "stale")
            assert {**one, "default": True} in late.json()["current"]["items"]
            seen = answer.headers["etag"]
            shown = (await api.get("/notifications/preferences", operator)).json()["items"]
            assert answer.json()["items"] == shown
            assert {**one, "default": True} in shown
            others = (await api.get("/notifications/preferences", admin)).json()["items"]
            assert {**one, "enabled": True, "default": True} in others
            foreign = {"type": "infraction_validated", "channel": "email", "enabled": True}
            wrong: tuple[dict[str, Any], ...] = (
                {"items": [one, foreign]},
                {"items": [{**one, "channel": "pigeon"}]},
                {"items": []},
            )
            for bad in wrong:
                refused = await put(api, operator, seen, bad)
                assert refused.status_code in (400, 422), bad
            assert (await api.get("/notifications/preferences", operator)).json()["items"] == shown
            rows = (await api.get("/audit?action=update", admin)).json()["items"]
            assert [row["resource_type"] for row in rows] == ["notification_preferences"]
            assert rows[0]["new_values"] == {"infraction_appealed.email": False}

    asyncio.run(path())


def test_deliveries_say_what_was_sent_and_anothers_are_not_found(
    database_url: str, tmp_path: Path
) -> None:
    async def path() -> None:
        async with served(database_url, tmp_path) as api:
            operator, admin = await api.sign_in("operator"), await api.sign_in("admin")
            async with api.pool.acquire() as connection:
                # The API's own role reads deliveries; only the sender writes them.
                await connection.execute("RESET ROLE")
                notice = await connection.fetchval(
                    "INSERT INTO notifications (user_id, title, message, notification_type, channel)"
                    " SELECT id, 'a', 'b', 'c', 'email' FROM users WHERE username = 'operator'"
                    " RETURNING id"
                )
                await connection.execute(
                    "INSERT INTO notification_deliveries (notification_id, channel, idempotency_key,"
                    " state, attempts, sent_at) VALUES ($1, 'email', 'k', 'sent', 2, now())",
                    notice,
                )
            (one,) = (await api.get(f"/notifications/{notice}/deliveries", operator)).json()[
                "items"
            ]
            assert (one["channel"], one["state"], one["attempts"]) == ("email", "sent", 2)
            assert one["sent_at"]
            foreign = await api.get(f"/notifications/{notice}/deliveries", admin)
            assert foreign.status_code == 404
            # Only mailed: it does not stand in the console's list.
            assert (await api.get("/notifications", operator)).json()["items"] == []

    asyncio.run(path())
