"""The registry's provider as it is on a day: slow, broken, talking nonsense, and right."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any

import httpx
import pytest

from adapters.circuit import Circuit
from adapters.registry_http import MOST_BYTES, HttpRegistry
from enforcement.errors import NotFound, Unavailable
from tests.fixtures.provider import RIGHT, Provider


def look_up(url: str, *, read_s: float = 2.0, token: str | None = None) -> Any:
    async def run() -> Any:
        registry = HttpRegistry(url, token=token, timeout=httpx.Timeout(read_s))
        try:
            return await registry.look_up("ABC-123")
        finally:
            await registry.close()

    return asyncio.run(run())


def test_a_right_answer_is_a_record_and_no_log_or_address_holds_the_plate(
    provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    url = provider.url.replace("http://", "http://who:secret-word@")
    found = look_up(url)
    assert (found.vehicle_class, found.make, found.year, found.colour) == (
        "CAMIÓN", "Volvo", 2019, "ROJO",
    )  # fmt: skip
    assert (found.simulated, found.stale, found.district) == (False, False, "Ate")
    ((path, body, authorization),) = provider.asked
    assert (path, json.loads(body)) == ("/look-up", {"plate": "ABC-123"})
    assert str(authorization).startswith("Basic ")
    assert "ABC-123" not in caplog.text
    assert "secret-word" not in caplog.text
    assert "Ana" not in caplog.text


def test_the_token_is_sent_and_a_failure_of_theirs_is_tried_again(provider: Provider) -> None:
    provider.fail_first = 2
    assert look_up(provider.url, token="t0k").make == "Volvo"
    assert [row[2] for row in provider.asked] == ["Bearer t0k"] * 3


def test_a_plate_they_do_not_know_is_an_answer(provider: Provider) -> None:
    provider.status = 404
    with pytest.raises(NotFound):
        look_up(provider.url)
    assert len(provider.asked) == 1


@pytest.mark.parametrize("status", [500, 503, 429])
def test_errors_of_theirs_are_tried_three_times_and_no_more(
    provider: Provider, status: int
) -> None:
    provider.status = status
    with pytest.raises(Unavailable, match=f"status {status}"):
        look_up(provider.url)
    assert len(provider.asked) == 3


def test_a_slow_provider_is_not_waited_for(provider: Provider) -> None:
    provider.slow_s = 1.5
    began = time.monotonic()
    with pytest.raises(Unavailable, match="ReadTimeout"):
        look_up(provider.url, read_s=0.1)
    assert time.monotonic() - began < 1.4


def test_nobody_there_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="ConnectError"):
        look_up("http://127.0.0.1:9/look-up")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>maintenance</html>",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"make": "Volvo"}',
        json.dumps({**RIGHT, "year": "2019"}).encode(),
        json.dumps({**RIGHT, "year": 3000}).encode(),
        json.dumps({**RIGHT, "make": 7}).encode(),
        json.dumps({**RIGHT, "make": "x" * 101}).encode(),
        json.dumps({**RIGHT, "make": "a\x00b"}).encode(),
        json.dumps({**RIGHT, "plate": "ABC-124"}).encode(),
        json.dumps({**RIGHT, "filler": "x" * MOST_BYTES}).encode(),
    ],
)
def test_garbage_is_no_answer_and_is_not_asked_for_again(provider: Provider, body: bytes) -> None:
    provider.body = body
    with pytest.raises(Unavailable) as refused:
        look_up(provider.url)
    assert "ABC" not in str(refused.value)
    assert len(provider.asked) == 1


def test_a_redirect_is_not_followed(provider: Provider) -> None:
    provider.status, provider.headers = 307, {"Location": "http://127.0.0.1:9/inside"}
    with pytest.raises(Unavailable, match="status 307"):
        look_up(provider.url)
    assert len(provider.asked) == 1


def test_the_circuit_opens_spares_the_provider_and_closes_again(provider: Provider) -> None:
    async def run() -> None:
        clock = [0.0]
        circuit = Circuit(lambda: clock[0], failures=2, open_s=30)
        registry = HttpRegistry(provider.url, circuit=circuit)
        provider.body = b"nonsense"
        for _ in range(2):
            with pytest.raises(Unavailable, match="understood"):
                await registry.look_up("ABC-123")
        assert registry.degraded()
        with pytest.raises(Unavailable, match="left alone"):
            await registry.look_up("ABC-123")
        assert len(provider.asked) == 2
        provider.body, clock[0] = json.dumps(RIGHT).encode(), 31.0
        assert (await registry.look_up("ABC-123")).make == "Volvo"
        assert not registry.degraded()
        await registry.close()

    asyncio.run(run())
