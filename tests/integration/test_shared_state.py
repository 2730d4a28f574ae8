"""One contract for both keepers of shared state, and what a Redis that dies in the middle costs: nothing."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from adapters.settings import Settings
from adapters.state_memory import MemoryState
from adapters.state_redis import RedisState, open_state
from enforcement.errors import Unavailable
from enforcement.shared_state import SharedState
from serve.middleware import Limits
from serve.rate_limit import Rate, RateLimiter
from tests.fixtures.api import add_infractions, served
from tests.fixtures.services import answers, free_port, stop, wait_until

REDIS = shutil.which("redis-server")
needs_redis = pytest.mark.skipif(REDIS is None, reason="redis-server is not installed")
Work = Callable[[SharedState], Awaitable[None]]


@contextmanager
def redis_server(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A Redis of this test's own, which it may kill."""
    assert REDIS is not None
    command = [
        REDIS,
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        str(folder),
    ]
    with (folder / "redis.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_until(lambda: answers(port), "Redis")
        yield process
    finally:
        stop(process)


@asynccontextmanager
async def opened(url: str | None) -> AsyncIterator[SharedState]:
    state = MemoryState() if url is None else RedisState(url, within_s=5.0)
    try:
        yield state
    finally:
        await state.close()


@pytest.fixture(params=["memory", pytest.param("redis", marks=needs_redis)])
def with_state(request: pytest.FixtureRequest) -> Callable[[Work], None]:
    """Runs work on a state of each kind."""
    url = None if request.param == "memory" else str(request.getfixturevalue("redis_url"))

    async def run(work: Work) -> None:
        async with opened(url) as state:
            await work(state)

    return lambda work: asyncio.run(run(work))


def test_a_count_is_there_until_its_window_ends_or_it_is_deleted(
    with_state: Callable[[Work], None],
) -> None:
    async def work(state: SharedState) -> None:
        assert await state.get("value") is None
        await state.increment("value", window_s=0.4)
        assert await state.get("value") == b"1"
        await state.increment("value", window_s=0.4)
        assert await state.get("value") == b"2"
        await state.delete("value")
        await state.delete("value")
        assert await state.get("value") is None
        await state.increment("value", window_s=0.1)
        await asyncio.sleep(0.2)
        assert await state.get("value") is None
        await state.check()

    with_state(work)


def test_a_window_begins_with_its_first_count_and_does_not_move(
    with_state: Callable[[Work], None],
) -> None:
    async def work(state: SharedState) -> None:
        first = await state.increment("count", window_s=0.6)
        await asyncio.sleep(0.2)
        second = await state.increment("count", window_s=0.6)
        assert (first.value, second.value) == (1, 2)
        assert 0 < second.left_s < first.left_s < 0.6001
        await asyncio.sleep(0.6)
        assert (await state.increment("count", window_s=0.6)).value == 1
        await state.delete("count")
        assert (await state.increment("count", window_s=0.6)).value == 1

    with_state(work)


def test_counts_made_at_once_are_all_counted(with_state: Callable[[Work], None]) -> None:
    async def work(state: SharedState) -> None:
        counts = await asyncio.gather(*(state.increment("many", window_s=5) for _ in range(40)))
        assert sorted(count.value for count in counts) == list(range(1, 41))

    with_state(work)


@needs_redis
def test_two_processes_share_one_pace_through_redis(redis_url: str) -> None:
    async def work() -> None:
        async with opened(redis_url) as one, opened(redis_url) as two:
            limiters = [RateLimiter(time.monotonic, state) for state in (one, two)]
            rate = Rate(per_second=0.5, burst=4)
            waits = [await limiters[n % 2].wait_s("who", rate) for n in range(6)]
            assert waits[:4] == [0.0] * 4
            assert all(0 < wait <= 8 for wait in waits[4:])

    asyncio.run(work())


def test_without_a_server_every_question_ends_soon_and_the_pace_is_kept_here() -> None:
    async def work() -> None:
        state = open_state(
            Settings(local_dir=Path(), redis_url=f"redis://127.0.0.1:{free_port()}/0")
        )
        began = time.monotonic()
        for _ in range(20):
            with pytest.raises(Unavailable):
                await state.get("value")
        limiter = RateLimiter(time.monotonic, state)
        rate = Rate(per_second=0.1, burst=2)
        waits = [await limiter.wait_s("who", rate) for _ in range(3)]
        assert waits[:2] == [0.0, 0.0]
        assert waits[2] > 0
        assert time.monotonic() - began < 2
        await state.close()

    asyncio.run(work())


@needs_redis
def test_redis_killed_in_the_middle_fails_no_request_and_shows_until_it_is_back(
    database_url: str, tmp_path: Path
) -> None:
    add_infractions(database_url, 2)
    port = free_port()
    settings = Settings(
        local_dir=tmp_path,
        database_url=database_url,
        redis_url=f"redis://127.0.0.1:{port}/0",
    )

    async def asked_all_the_while(folder: Path) -> None:
        async with served(database_url, tmp_path, limits=Limits(), settings=settings) as api:
            statuses: list[int] = []
            with redis_server(folder, port) as process:
                token = await api.sign_in()
                assert (await api.get("/system/ready", {})).json()["degraded"] == []

                async def reader() -> None:
                    for _ in range(15):
                        answer = await api.get("/infractions", token)
                        statuses.append(answer.status_code)
                        await asyncio.sleep(0.03)

                readers = [asyncio.create_task(reader()) for _ in range(4)]
                await asyncio.sleep(0.15)
                process.kill()
                await asyncio.gather(*readers)
            assert statuses == [200] * 60
            gone = await api.get("/system/ready", {})
            assert (gone.status_code, gone.json()["degraded"]) == (200, ["redis"])
            with redis_server(folder, port):
                for _ in range(40):
                    back = (await api.get("/system/ready", {})).json()["degraded"]
                    if not back:
                        break
                    await asyncio.sleep(0.1)
                assert back == []

    asyncio.run(asked_all_the_while(tmp_path))
