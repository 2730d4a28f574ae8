"""Sessions: rotation, reuse, lock-out, logging out everywhere, and what the audit says of each."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.fixtures.api import API, PASSWORD, served


def test_a_refresh_token_is_good_once_and_shown_twice_ends_the_session(
    database_url: str, tmp_path: Path
) -> None:
    async def path() -> None:
        async with served(database_url, tmp_path) as api:
            given = {"username": "operator", "password": PASSWORD}
            first = await api.client.post(f"{API}/auth/login", json=given)
            cookie = first.headers["set-cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=strict" in cookie
            assert f"Path={API}/auth" in cookie
            assert "Secure" not in cookie
            old = api.client.cookies["vigia_refresh"]
            second = await api.client.post(f"{API}/auth/refresh")
            assert second.status_code == 200, second.text
            assert api.client.cookies["vigia_refresh"] != old
            token = {"Authorization": f"Bearer {second.json()['access_token']}"}
            assert (await api.get("/auth/me", token)).json()["username"] == "operator"
            api.client.cookies.clear()
            reused = await api.client.post(
                f"{API}/auth/refresh", json={"refresh_token": old}, headers={"User-Agent": "other"}
            )
            assert (reused.status_code, reused.json()["code"]) == (401, "session_ended")
            # The thief and the owner both hold tokens of one family: none is good any more.
            assert (await api.get("/auth/me", token)).status_code == 401
            admin = await api.sign_in("admin")
            rows = (await api.get("/audit?action=refresh", admin)).json()["items"]
            assert [(row["success"], row["error_message"]) for row in rows] == [(False, "reused")]

    asyncio.run(path())


def test_two_tabs_that_renew_at_once_both_stay_signed_in(database_url: str, tmp_path: Path) -> None:
    async def path() -> None:
        async with served(database_url, tmp_path) as api:
            given = {"username": "operator", "password": PASSWORD}
            await api.client.post(f"{API}/auth/login", json=given)
            old = api.client.cookies["vigia_refresh"]
            api.client.cookies.clear()

            async def tab(shown: str) -> tuple[int, str | None, dict[str, str]]:
                body = {"refresh_token": shown}
                answer = await api.client.post(f"{API}/auth/refresh", json=body)
                cookie = answer.cookies.get("vigia_refresh")
                token = answer.json().get("access_token")
                return answer.status_code, cookie, {"Authorization": f"Bearer {token}"}

            tabs = await asyncio.gather(tab(old), tab(old))
            assert [status for status, _, _ in tabs] == [200, 200]
            # Whichever cookie the browser kept goes on; then the one replaced first is too old.
            for _, cookie, token in tabs:
                assert (await api.get("/auth/me", token)).status_code == 200
                assert cookie is not None
                assert (await tab(cookie))[0] == 200
            assert (await tab(old))[0] == 401

    asyncio.run(path())


def test_wrong_passwords_lock_the_account_and_an_admin_unlocks_it(
    database_url: str, tmp_path: Path
) -> None:
    async def path() -> None:
        async with served(database_url, tmp_path) as api:
            wrong = {"username": "operator", "password": "not the password"}
            for _ in range(5):
                answer = await api.client.post(f"{API}/auth/login", json=wrong)
                assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials")
            right = {"username": "operator", "password": PASSWORD}
            locked = await api.client.post(f"{API}/auth/login", json=right)
            assert locked.status_code == 423
            assert int(locked.headers["retry-after"]) > 60
            nobody = await api.client.post(
                f"{API}/auth/login", json={"username": "nobody", "password": "x"}
            )
            assert nobody.json()["detail"] == answer.json()["detail"]
            admin = await api.sign_in("admin")
            users = (await api.get("/users", admin)).json()["items"]
            operator = next(row for row in users if row["username"] == "operator")
            assert "password_hash" not in operator
            assert (await api.post(f"/users/{operator['id']}/unlock", admin)).status_code == 200
            await api.sign_in("operator")

    asyncio.run(path())


def test_logging_out_everywhere_ends_every_session_of_that_user_only(
    database_url: str, tmp_path: Path
) -> None:
    async def path() -> None:
        async with served(database_url, tmp_path) as api:
            one, two = await api.sign_in("operator"), await api.sign_in("operator")
            other = await api.sign_in("admin")
            assert (await api.post("/auth/logout-everywhere", one)).status_code == 204
            assert (await api.get("/auth/me", one)).status_code == 401
            assert (await api.get("/auth/me", two)).status_code == 401
            assert (await api.get("/auth/me", other)).status_code == 200

    asyncio.run(path())


def test_users_are_made_and_changed_by_version_and_a_change_of_role_ends_sessions(
    database_url: str, tmp_path: Path
) -> None:
    async def path() -> None:
        async with served(database_url, tmp_path) as api:
            admin = await api.sign_in("admin")
            new = {
                "username": "rosa.quispe",
                "email": "rosa@example.pe",
                "password": "trece caballos verdes",
                "full_name": "Rosa Quispe",
                "role": "operator",
            }
            weak = await api.post("/users", admin, {**new, "password": "aaaaaaaaaaaa"})
            assert (weak.status_code, weak.json()["code"]) == (422, "bad_input")
            made = await api.post("/users", admin, new, Idempotency_Key="k-1")
            assert made.status_code == 201, made.text
            again = await api.post("/users", admin, new, Idempotency_Key="k-1")
            assert again.json()["id"] == made.json()["id"]
            assert again.headers["idempotency-replayed"] == "true"
            other = await api.post(
                "/users", admin, {**new, "username": "luis"}, Idempotency_Key="k-1"
            )
            assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
            taken = await api.post("/users", admin, new)
            assert (taken.status_code, taken.json()["code"]) == (409, "already_exists")
            path = f"{API}/users/{made.json()['id']}"
            rosa = await api.sign_in("rosa.quispe", new["password"])
            no_version = await api.client.patch(path, headers=admin, json={"role": "auditor"})
            assert no_version.status_code == 428
            changed = await api.client.patch(
                path,
                headers={**admin, "If-Match": made.headers["etag"]},
                json={"role": "auditor"},
            )
            assert changed.status_code == 200, changed.text
            assert (await api.get("/auth/me", rosa)).status_code == 401
            stale = await api.client.patch(
                path,
                headers={**admin, "If-Match": made.headers["etag"]},
                json={"role": "admin"},
            )
            assert (stale.status_code, stale.json()["code"]) == (412, "stale")
            rows = (await api.get("/audit?resource_type=user", admin)).json()["items"]
            assert [row["action"] for row in rows] == ["update", "create"]
            assert "trece caballos" not in str(rows)

    asyncio.run(path())
