"""Shared state in Redis. The only importer of redis; what it raises never leaves.

A Redis that fails is left alone for a second, so that its absence costs requests next to nothing.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from adapters.circuit import Circuit
from adapters.settings import Settings
from adapters.state_memory import MemoryState
from enforcement.errors import BadInput, Unavailable
from enforcement.shared_state import Count, SharedState

PREFIX = "vigia:"
_WITHIN_S = 0.25
_LEAVE_ALONE_S = 1.0
# One step, so that no count is ever left without an end.
_INCREMENT = """
local n = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
    redis.call('PEXPIRE', KEYS[1], ARGV[1])
    left = tonumber(ARGV[1])
end
return {n, left}
"""
T = TypeVar("T")


def open_state(settings: Settings) -> SharedState:
    """Redis where VIGIA_REDIS_URL names it, else this process; connects when first asked."""
    return MemoryState() if settings.redis_url is None else RedisState(settings.redis_url)


class RedisState:
    """One client, one loop. Keys are under `vigia:`."""

    def __init__(self, url: str, *, within_s: float = _WITHIN_S) -> None:
        try:
            self._client: Any = redis.Redis.from_url(
                url,
                socket_timeout=within_s,
                socket_connect_timeout=within_s,
                retry=Retry(NoBackoff(), 0),
                max_connections=100,
            )
        except ValueError as error:
            raise BadInput(f"VIGIA_REDIS_URL: {error}") from None
        self._circuit = Circuit(time.monotonic, failures=1, open_s=_LEAVE_ALONE_S)

    async def get(self, key: str) -> bytes | None:
        """See SharedState."""
        value: bytes | None = await self._ask(lambda: self._client.get(PREFIX + key))
        return value

    async def increment(self, key: str, *, window_s: float) -> Count:
        """See SharedState."""
        value, left_ms = await self._ask(
            lambda: self._client.eval(_INCREMENT, 1, PREFIX + key, _milliseconds(window_s))
        )
        return Count(value=int(value), left_s=int(left_ms) / 1000)

    async def delete(self, key: str) -> None:
        """See SharedState."""
        await self._ask(lambda: self._client.delete(PREFIX + key))

    async def check(self) -> None:
        """See SharedState."""
        await self._ask(self._client.ping)

    async def close(self) -> None:
        """See SharedState."""
        try:
            await self._client.aclose()
        except (RedisError, OSError):
            # It is gone already, which is all that was wanted.
            return

    async def _ask(self, command: Callable[[], Awaitable[T]]) -> T:
        if not self._circuit.admits():
            raise Unavailable("Redis: does not answer")
        try:
            answer = await command()
        except (RedisError, OSError, TimeoutError) as error:
            self._circuit.failed()
            raise Unavailable(f"Redis: {type(error).__name__}") from None
        self._circuit.succeeded()
        return answer


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
