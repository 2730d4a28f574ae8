"""Head and body of an answer leave in one write, so that a process that dies leaves all of it or nothing.

uvicorn writes the head, then the body. The first write wakes the proxy, which passes the head on, on a busy
machine before the writer runs again; a process killed there leaves half an answer that the proxy can no
longer ask of another replica. It must not know the app.
"""

from __future__ import annotations

import asyncio
from typing import Any

import uvicorn.config
from uvicorn.protocols.http.auto import AutoHTTPProtocol

NAME = f"{__name__}:OneWriteProtocol"


class Together:
    """A transport that keeps a write until the next, or until the loop has come round; all else as it was."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._kept: bytes | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """The first of a turn is kept, the second takes it along."""
        if self._kept is None:
            self._kept = data
            self._loop.call_soon(self.flush)
        else:
            self._kept += data
            self.flush()

    def flush(self) -> None:
        """Write what is kept now."""
        kept, self._kept = self._kept, None
        if kept and not self._transport.is_closing():
            self._transport.write(kept)

    def close(self) -> None:
        """Close once what is kept is written."""
        self.flush()
        self._transport.close()


class OneWriteProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
    """What uvicorn would have taken, over such a transport."""

    def connection_made(self, transport: Any) -> None:
        """As every protocol."""
        super().connection_made(Together(transport))


def use_everywhere() -> None:
    """Servers of this process that are made from now on answer so, also those that others make.

    For Ray Serve, whose replicas make their server themselves and take no protocol.
    """
    uvicorn.config.HTTP_PROTOCOLS["auto"] = NAME
