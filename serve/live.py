"""The live queue: one connection per process hears of changes and tells everyone who listens.

Nobody listening, no connection. A listener that does not keep up, or a connection that was lost, gives
`reset`: read the list again. It must not know HTTP.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

from schema.api_errors import NOT_NOW
from schema.api_pool import Pool

_LOG = logging.getLogger(__name__)
CHANNEL = "vigia_infractions"
MOST_WAITING = 512
HEARTBEAT_S = 15.0
_RETRY_S = 1.0

Event = tuple[str, dict[str, Any]]
RESET: Event = ("reset", {})


class LiveFeed:
    """Fans the database's notices out to many listeners."""

    def __init__(self, *, most_listeners: int = 500, heartbeat_s: float = HEARTBEAT_S) -> None:
        self._listeners: set[asyncio.Queue[Event | None]] = set()
        self._most = most_listeners
        self._heartbeat_s = heartbeat_s
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def full(self) -> bool:
        """Whether nobody more can listen."""
        return self._closed or len(self._listeners) >= self._most

    async def listen(self, pool: Pool) -> AsyncIterator[Event | None]:
        """Events from now on; None when there was none for a while. Ends when closed."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue(MOST_WAITING)
        self._listeners.add(queue)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._hear(pool))
        try:
            while not self._closed:
                try:
                    event = await asyncio.wait_for(queue.get(), timeout=self._heartbeat_s)
                except TimeoutError:
                    yield None
                    continue
                if event is None:
                    return
                yield event
        finally:
            self._listeners.discard(queue)

    async def close(self) -> None:
        """Let every listener go, so that a replica can stop."""
        self._closed = True
        for queue in self._listeners:
            _put(queue, None)
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _hear(self, pool: Pool) -> None:
        while self._listeners:
            try:
                await self._hear_one_connection(pool)
            except NOT_NOW as error:
                _LOG.warning("live queue waits: %s", type(error).__name__)
                await asyncio.sleep(_RETRY_S)

    async def _hear_one_connection(self, pool: Pool) -> None:
        gone = asyncio.Event()
        async with pool.acquire() as connection:
            connection.add_termination_listener(lambda _: gone.set())
            await connection.add_listener(CHANNEL, self._heard)
            try:
                # What happened while nobody was connected is not told again.
                self._tell(RESET)
                while self._listeners and not gone.is_set():
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(gone.wait(), timeout=1.0)
            finally:
                if not gone.is_set():
                    await connection.remove_listener(CHANNEL, self._heard)

    def _heard(self, _connection: Any, _pid: int, _channel: str, payload: str) -> None:
        row = json.loads(payload)
        self._tell((row["event"], {"id": row["id"], "status": row["status"]}))

    def _tell(self, event: Event) -> None:
        for queue in self._listeners:
            _put(queue, event)


def _put(queue: asyncio.Queue[Event | None], event: Event | None) -> None:
    if queue.full():
        while not queue.empty():
            queue.get_nowait()
        event = RESET if event is not None else None
    queue.put_nowait(event)
