"""A camera's picture for people: taken from its stream when somebody asks, or the newest sealed one.

One picture serves all who ask within moments, a camera that failed is left alone for a while, and few are
opened at once. It must not know requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from anyio import CapacityLimiter, to_thread

from adapters.camera_still import Still, live_still, recording_still
from adapters.remote_files import Place
from adapters.settings import Settings
from enforcement.errors import BadInput, BadVideo, Unavailable
from schema.api_pool import Row
from schema.credentials import with_credentials
from schema.scenes import NO_ADDRESS, is_stream

Origin = Literal["live", "recording", "evidence"]
SNAPSHOT = "snapshot.jpg"
FRESH_S = 1.5
LEFT_ALONE_S = 5.0
# Cameras lock an account after a few wrong passwords.
LEFT_ALONE_REFUSED_S = 60.0
_AT_ONCE = 3
_MOST_KEPT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """origin: where it comes from. captured_at: None for a recording, which does not know."""

    jpeg: bytes
    origin: Origin
    captured_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Last:
    until: float
    picture: Picture | None
    why: str


class Snapshots:
    """Pictures of all cameras, for one process."""

    def __init__(self, settings: Settings, monotonic: Callable[[], float]) -> None:
        self._settings = settings
        self._now = monotonic
        self._last: dict[str, _Last] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._threads: CapacityLimiter | None = None

    async def live(self, row: Row) -> Picture:
        """From the camera's stream, or the first of its recording. row: schema.api_devices.stream_of.

        Raises Unavailable with what can be told: no address and no password.
        """
        async with self._lock(str(row["id"])):
            # Another stream is another picture.
            key = f"{row['id']} {row['source']} {row['username']}"
            last = self._last.get(key)
            if last is None or last.until < self._now():
                last = await self._take(row)
                if len(self._last) >= _MOST_KEPT:
                    self._last.clear()
                self._last[key] = last
        if last.picture is None:
            raise Unavailable(last.why)
        return last.picture

    async def evidence(self, row: Row, place: Callable[[str], Place]) -> Picture | None:
        """The newest sealed picture, None where there is none."""
        if row["store_url"] is None:
            return None
        found = await to_thread.run_sync(lambda: place(row["store_url"]).read(SNAPSHOT))
        if found is None:
            return None
        return Picture(jpeg=found, origin="evidence", captured_at=row["detected_at"])

    def _lock(self, device_id: str) -> asyncio.Lock:
        return self._locks.setdefault(device_id, asyncio.Lock())

    async def _take(self, row: Row) -> _Last:
        if self._threads is None:
            self._threads = CapacityLimiter(_AT_ONCE)
        try:
            still = await to_thread.run_sync(self._still, row, limiter=self._threads)
        except BadVideo as error:
            # Said after the address, which is not shown.
            why = str(error).rpartition(": ")[2]
            return _Last(until=self._now() + LEFT_ALONE_REFUSED_S, picture=None, why=why)
        except BadInput as error:
            return _Last(until=self._now() + LEFT_ALONE_S, picture=None, why=str(error))
        except Unavailable:
            return _Last(
                until=self._now() + LEFT_ALONE_S, picture=None, why="the camera does not answer"
            )
        origin: Origin = "live" if is_stream(str(row["source"])) else "recording"
        picture = Picture(jpeg=still.jpeg, origin=origin, captured_at=still.captured_at)
        return _Last(until=self._now() + FRESH_S, picture=picture, why="")

    def _still(self, row: Row) -> Still:
        source = str(row["source"])
        if source.startswith(NO_ADDRESS):
            raise Unavailable("this camera has no address")
        if not is_stream(source):
            return recording_still(Path(source))
        url = with_credentials(
            source,
            row["id"],
            row["username"],
            row["password_encrypted"],
            key=self._settings.secret_key,
        )
        networks = None if row["trusted"] else self._settings.camera_networks
        return live_still(url, networks=networks)
