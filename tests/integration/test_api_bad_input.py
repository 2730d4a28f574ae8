"""What must be refused: problem details with the right status, never a 500, and nothing changed."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt

from serve.app import CONSOLE
from serve.middleware import Limits
from serve.rate_limit import Rate
from serve.tokens import token_key
from tests.fixtures.api import API, Served, add_infractions, make_bundle, served

NASTY = "'; DROP TABLE users; --<script>alert(1)</script> Ñandú 車 \u202e"


async def refusals(api: Served, one: uuid.UUID) -> list[str]:
    """Asks for each and returns those that were answered otherwise."""
    token = await api.sign_in("operator")
    json_body = {**token, "content-type": "application/json"}
    going = f"{API}/infractions/{one}/transitions"
    versioned = {**json_body, "If-Match": '"v1"'}
    odd = {**json_body, "If-Match": "*"}
    foreign = {**versioned, "Origin": "https://evil.example"}
    rows: list[tuple[str, str, str, dict[str, str], bytes | None, int, str]] = [
        ("malformed JSON", "POST", going, versioned, b'{"to": ', 400, "malformed_json"),
        ("no JSON at all", "POST", going, versioned, b"\xff\xfe", 400, ""),
        ("wrong type", "POST", going, versioned, b'{"to": 7}', 422, "bad_input"),
        ("unknown status", "POST", going, versioned, b'{"to": "paidd"}', 422, "bad_input"),
        ("unknown field", "POST", going, versioned, b'{"to":"paid","x":1}', 422, "bad_input"),
        ("NUL", "POST", going, versioned, b'{"to":"rejected","reason":"a\\u0000"}', 422, "bad_input"),
        ("huge", "POST", going, versioned, b'{"to":"' + b"a" * (2 << 20), 413, "too_large"),
        ("no If-Match", "POST", going, json_body, b'{"to":"validated"}', 428, "if_match_required"),
        ("stale", "POST", going, {**json_body, "If-Match": '"v9"'}, b'{"to":"validated"}', 412, "stale"),
        ("odd If-Match", "POST", going, odd, b'{"to":"validated"}', 412, "stale"),
        ("no arrow", "POST", going, versioned, b'{"to":"paid"}', 409, "transition_refused"),
        ("no reason", "POST", going, versioned, b'{"to":"rejected"}', 422, "reason_missing"),
        ("foreign cursor", "GET", f"{API}/infractions?cursor=WyJhIl0", token, None, 422, "bad_input"),
        ("NUL in a filter", "GET", f"{API}/infractions?plate=%00", token, None, 422, "bad_input"),
        ("limit", "GET", f"{API}/infractions?limit=100000", token, None, 422, "bad_input"),
        ("naive time", "GET", f"{API}/infractions?from=2026-01-01T00:00", token, None, 422, "bad_input"),
        ("year 10000", "GET", f"{API}/infractions?from=99999-01-01T00:00:00Z", token, None, 422, "bad_input"),
        ("no uuid", "GET", f"{API}/infractions/1%20OR%201=1", token, None, 422, "bad_input"),
        ("nobody", "GET", f"{API}/infractions/{uuid.uuid4()}", token, None, 404, "not_found"),
        ("traversal", "GET", f"{API}/infractions/{one}/evidence/..%2f..%2fetc", token, None, 404, ""),
        ("other file", "GET", f"{API}/infractions/{one}/evidence/secret.txt", token, None, 404, "not_found"),
        ("no such route", "GET", f"{API}/nothing", token, None, 404, "not_found"),
        ("method", "DELETE", f"{API}/infractions/{one}", token, None, 405, "method_not_allowed"),
        ("foreign page", "POST", going, foreign, b'{"to":"validated"}', 403, "foreign_origin"),
    ]  # fmt: skip
    wrong = []
    for name, method, address, headers, body, status, code in rows:
        answer = await api.client.request(method, address, headers=headers, content=body)
        problem = answer.json()
        if (
            answer.status_code != status
            or (code and problem["code"] != code)
            or answer.headers["content-type"] != "application/problem+json"
            or problem["request_id"] != answer.headers["x-request-id"]
            or "default-src 'none'" not in answer.headers["content-security-policy"]
        ):
            wrong.append(f"{name}: {answer.status_code} {problem}")
    return wrong


def test_bad_requests_are_refused_by_name_and_change_nothing(
    database_url: str, tmp_path: Path
) -> None:
    one, *_ = add_infractions(database_url, 1)

    async def path() -> None:
        async with served(database_url, tmp_path) as api:
            assert await refusals(api, one) == []
            shown = (await api.get(f"/infractions/{one}", await api.sign_in())).json()
            assert (shown["status"], shown["version"], shown["history"]) == ("pending", 1, [])
            for filters in (f"plate={NASTY}", f"device_id={NASTY}", f"zone_id={NASTY}"):
                answer = await api.get("/infractions", await api.sign_in(), params=filters)
                assert answer.status_code in (200, 422)

    asyncio.run(path())


def test_tokens_that_are_forged_expired_or_of_another_key_open_nothing(
    database_url: str, tmp_path: Path
) -> None:
    async def path() -> None:
        async with served(database_url, tmp_path) as api:
            good = (await api.sign_in())["Authorization"].removeprefix("Bearer ")
            claims = jwt.decode(good, options={"verify_signature": False})
            key = token_key(tmp_path / "keys")
            old = {**claims, "exp": datetime.now(UTC) - timedelta(seconds=1)}
            forged = {
                "token_expired": jwt.encode(old, key, algorithm="HS256"),
                "token_invalid": jwt.encode(claims, b"x" * 32, algorithm="HS256"),
            }
            none = jwt.encode(claims, "", algorithm="none")
            other = jwt.encode({**claims, "aud": "another"}, key, algorithm="HS256")
            foreign = jwt.encode({**claims, "sid": str(uuid.uuid4())}, key, algorithm="HS256")
            cases = [*forged.items(), ("token_invalid", none), ("token_invalid", other)]
            for code, token in [*cases, ("session_ended", foreign)]:
                answer = await api.get("/auth/me", {"Authorization": f"Bearer {token}"})
                assert (answer.status_code, answer.json()["code"]) == (401, code)

    asyncio.run(path())


def test_evidence_that_is_not_in_the_store_is_said_so_and_its_track_is_in_the_clips_time(
    database_url: str, tmp_path: Path
) -> None:
    bundle = make_bundle(tmp_path)
    one, *_ = add_infractions(database_url, 1, store_url=bundle.as_uri())

    async def path() -> None:
        async with served(database_url, tmp_path) as api:
            token = await api.sign_in()
            shown = (await api.get(f"/infractions/{one}/track", token)).json()
            assert shown["frames"][0] == {"t_s": 5.76, "box": [1.0, 2.0, 3.0, 4.0]}
            assert (shown["fps"], shown["size"]) == (25.0, [1920, 1080])
            part = await api.get(
                f"/infractions/{one}/evidence/clip.mp4", {**token, "Range": "bytes=2-5"}
            )
            assert (part.status_code, part.content) == (206, bytes([2, 3, 4, 5]))
            assert part.headers["content-range"] == "bytes 2-5/1024"
            (bundle / "clip.mp4").unlink()
            (bundle / "track.json").write_text("{")
            gone = await api.get(f"/infractions/{one}/evidence/clip.mp4", token)
            assert (gone.status_code, gone.json()["code"]) == (404, "evidence_missing")
            broken = await api.get(f"/infractions/{one}/track", token)
            assert (broken.status_code, broken.json()["code"]) == (409, "evidence_broken")

    asyncio.run(path())


def test_who_asks_too_often_is_told_to_wait(database_url: str, tmp_path: Path) -> None:
    limits = Limits(per_address=Rate(per_second=0.01, burst=3))

    async def path() -> None:
        async with served(database_url, tmp_path, limits=limits) as api:
            answers = [await api.client.get(f"{API}/system/health") for _ in range(4)]
            assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
            assert int(answers[3].headers["retry-after"]) >= 1

    asyncio.run(path())


def test_loading_the_console_again_and_again_leaves_the_apis_pace_alone(
    database_url: str, tmp_path: Path
) -> None:
    limits = Limits(
        per_address=Rate(per_second=0.01, burst=2),
        per_address_files=Rate(per_second=0.01, burst=30),
    )

    async def path() -> None:
        async with served(database_url, tmp_path, limits=limits, console=CONSOLE) as api:
            files = [await api.client.get("/console/js/main.js") for _ in range(31)]
            assert [answer.status_code for answer in files] == [200] * 30 + [429]
            answers = [await api.client.get(f"{API}/system/health") for _ in range(3)]
            assert [answer.status_code for answer in answers] == [200, 200, 429]

    asyncio.run(path())
