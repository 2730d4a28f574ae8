"""Byte ranges of a stored file (RFC 9110 §14), read part by part off the event loop.

It must not know what the file is or who asks.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from anyio import to_thread

from adapters.remote_files import Place
from serve.problems import Problem

CHUNK = 1 << 18
_ONE_RANGE = re.compile(r"^bytes=(\d{0,18})-(\d{0,18})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Bytes [start, end) of a file of `size` bytes; partial: answered with 206."""

    start: int
    end: int
    size: int
    partial: bool

    @property
    def headers(self) -> dict[str, str]:
        """What the answer says of it."""
        headers = {"Accept-Ranges": "bytes", "Content-Length": str(self.end - self.start)}
        if self.partial:
            headers["Content-Range"] = f"bytes {self.start}-{self.end - 1}/{self.size}"
        return headers


def span_of(header: str | None, size: int) -> Span:
    """The span asked for. Several ranges at once, or another unit, are answered with the whole.

    Raises Problem 416 for a range that begins beyond the file.
    """
    found = _ONE_RANGE.match(header.strip()) if header else None
    if found is None or found.groups() == ("", ""):
        return Span(start=0, end=size, size=size, partial=False)
    first, last = found.groups()
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < int(first):
            return Span(start=0, end=size, size=size, partial=False)
    if start >= size or start >= end:
        raise Problem(
            416,
            "range_not_satisfiable",
            f"the file has {size} bytes",
            headers={"Content-Range": f"bytes */{size}"},
        )
    return Span(start=start, end=end, size=size, partial=True)


async def read(place: Place, name: str, span: Span) -> AsyncIterator[bytes]:
    """The span's bytes in chunks; ends early when the store stops answering, which the length shows."""
    at = span.start
    while at < span.end:
        chunk = await to_thread.run_sync(place.part, name, at, min(at + CHUNK, span.end))
        if not chunk:
            return
        at += len(chunk)
        yield chunk
