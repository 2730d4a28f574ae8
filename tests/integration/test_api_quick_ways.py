"""The shorter way of the endpoints asked all day: same answers, same door; what is odd goes the long way."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.dependencies.utils import solve_dependencies

from tests.fixtures.api import API, add_infractions, served

SAYS = ("content-type", "etag", "cache-control", "x-content-type-options")


def told(answer: httpx.Response) -> tuple[int, dict[str, str], Any]:
    """What an answer says, without its request's id."""
    headers = {name: answer.headers[name] for name in SAYS if name in answer.headers}
    body = answer.json()
    if isinstance(body, dict):
        body.pop("request_id", None)
    return answer.status_code, headers, body


@pytest.fixture
def solved(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Paths whose arguments the framework solved."""
    paths: list[str] = []

    async def counted(**given: Any) -> Any:
        paths.append(given["request"].url.path)
        return await solve_dependencies(**given)

    monkeypatch.setattr("fastapi.routing.solve_dependencies", counted)
    return paths


def test_the_queue_asked_again_is_answered_alike_without_the_frameworks_solving(
    database_url: str, tmp_path: Path, solved: list[str]
) -> None:
    add_infractions(database_url, 3)

    async def path() -> None:
        async with served(database_url, tmp_path) as api:
            operator = await api.sign_in("operator")
            queue = "/infractions?status=pending&limit=2"
            first = await api.get(queue, operator)
            solved.clear()
            again = await api.get(queue, operator)
            assert solved == []
            assert told(again) == told(first)
            assert len(again.json()["items"]) == 2
            # The next page is another question, and so is every wrong one, however often it is asked.
            following = await api.get(f"{queue}&cursor={again.json()['next_cursor']}", operator)
            assert len(following.json()["items"]) == 1
            for _ in range(2):
                wrong = await api.get("/infractions?limit=9999", operator)
                assert (wrong.status_code, wrong.json()["code"]) == (422, "bad_input")
            assert len(solved) == 3

    asyncio.run(path())


def test_the_shorter_way_has_the_same_door(database_url: str, tmp_path: Path) -> None:
    one, *_ = add_infractions(database_url, 1)

    async def path() -> None:
        async with served(database_url, tmp_path) as api:
            await api.add_user("nobody-yet", "auditor")
            operator = await api.sign_in("operator")
            await api.get("/infractions", operator)
            for address in ("/infractions", f"/infractions/{one}"):
                answer = await api.get(address, {})
                assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
                forged = {"Authorization": operator["Authorization"][:-2] + "xx"}
                answer = await api.get(address, forged)
                assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
            body = {"to": "validated"}
            auditor = await api.sign_in("auditor")
            refused = await api.post(
                f"/infractions/{one}/transitions", auditor, body, If_Match='"v1"'
            )
            assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")

    asyncio.run(path())


def test_a_decision_says_the_same_on_either_way(
    database_url: str, tmp_path: Path, solved: list[str]
) -> None:
    first, second, *_ = add_infractions(database_url, 2)
    body = b'{"to":"rejected","reason":"La placa no se lee"}'

    async def path() -> None:
        async with served(database_url, tmp_path) as api:
            operator = {**await api.sign_in("operator"), "If-Match": '"v1"'}
            solved.clear()
            answers = []
            for one, kind in ((first, "application/json"), (second, "application/json; v=1")):
                made = await api.client.post(
                    f"{API}/infractions/{one}/transitions",
                    headers={**operator, "Content-Type": kind, "Idempotency-Key": f"k-{one}"},
                    content=body,
                )
                status, headers, row = told(made)
                for own in ("id", "infraction_code", "at"):
                    row.pop(own)
                answers.append((status, headers, row))
            assert answers[0] == answers[1]
            assert answers[0][0] == 200
            assert [str(second) in path for path in solved] == [True]
            shown = await api.get(f"/infractions/{first}", operator)
            assert shown.json()["history"][0]["reason"] == "La placa no se lee"
            solved.clear()
            quick = await api.get(f"/infractions/{first}", operator)
            assert solved == []
            whole = await api.get(f"/infractions/{first.hex}", operator)
            assert told(whole) == told(quick)
            assert len(solved) == 1

    asyncio.run(path())
