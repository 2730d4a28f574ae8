"""A load of HTTP/1.1 requests over kept connections, with as little of its own cost as there can be.

It must not know what is asked.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

Next = Callable[[], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What came back: answers per second, latencies in ms, how many answers by status."""

    rps: float
    p50_ms: float
    p99_ms: float
    statuses: Mapping[int, int]

    @property
    def failed(self) -> int:
        """Answers that were not 200."""
        return sum(count for status, count in self.statuses.items() if status != 200)


def request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """One request's bytes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def load(port: int, following: Next, *, connections: int, seconds: float) -> Load:
    """Ask for so long over so many connections; following makes each request."""
    return asyncio.run(_load(port, following, connections, seconds))


async def _load(port: int, following: Next, connections: int, seconds: float) -> Load:
    took: list[float] = []
    statuses: dict[int, int] = {}
    end = time.perf_counter() + seconds

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
        try:
            while (began := time.perf_counter()) < end:
                writer.write(following())
                status = await _answer(reader)
                took.append(time.perf_counter() - began)
                statuses[status] = statuses.get(status, 0) + 1
        finally:
            writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    wall = time.perf_counter() - began
    p50, p99 = np.percentile(took, (50, 99)) * 1000
    return Load(rps=len(took) / wall, p50_ms=float(p50), p99_ms=float(p99), statuses=statuses)


async def _answer(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = int(head[9:12])
    if b"transfer-encoding: chunked" in head:
        while size := int((await reader.readline()).strip() or b"0", 16):
            await reader.readexactly(size + 2)
        await reader.readline()
        return status
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length or b"0"))
    return status
