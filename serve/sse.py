"""Server-sent events as text; the field names are those of the HTML standard."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.responses import StreamingResponse

from serve.live import Event


def event_text(name: str, data: Mapping[str, Any]) -> bytes:
    """One event."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


async def lines(events: AsyncIterator[Event | None]) -> AsyncIterator[bytes]:
    """The stream: a first comment so that the client knows it is open, then events and heartbeats."""
    yield b"retry: 3000\n: open\n\n"
    async for event in events:
        yield b": still here\n\n" if event is None else event_text(*event)


def stream(events: AsyncIterator[Event | None]) -> StreamingResponse:
    """An answer that stays open; no proxy may hold it back."""
    return StreamingResponse(
        lines(events),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
