"""Whether a broker or a mail server answers at its URL, without taking part in anything.

Both are asked for the first words of their protocol alone, so that a port that is open and dead is found
out. It must not know what is sent there otherwise.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

KNOWN_FOR_S = 2.0
_WITHIN_S = 1.0
_PORTS = {"amqp": 5672, "amqps": 5671, "smtp": 25, "smtps": 465}
_TLS = ("amqps", "smtps")
# AMQP 0-9-1: the client greets first, and the answer is a frame on channel 0 or the version spoken instead.
_AMQP_HELLO = b"AMQP\x00\x00\x09\x01"
_SMTP_HELLO = b"220"


class Greeted:
    """One part, asked no more often than every two seconds however often somebody wants to know."""

    def __init__(self, url: str, monotonic: Callable[[], float]) -> None:
        self._url = url
        self._now = monotonic
        self._known: tuple[bool, float] | None = None
        self._lock = asyncio.Lock()

    async def answers(self) -> bool:
        """Whether it did when it was last asked."""
        async with self._lock:
            if self._known is None or self._known[1] < self._now():
                self._known = (await answers(self._url), self._now() + KNOWN_FOR_S)
            return self._known[0]


async def answers(url: str, *, within_s: float = _WITHIN_S) -> bool:
    """Whether what is named by `amqp(s)://` or `smtp(s)://` answers in time; never raises."""
    parts = urlsplit(url)
    port = parts.port or _PORTS[parts.scheme]
    try:
        async with asyncio.timeout(within_s):
            reader, writer = await asyncio.open_connection(
                parts.hostname, port, ssl=_unproven() if parts.scheme in _TLS else None
            )
            try:
                return await _greeted(reader, writer, mail=parts.scheme.startswith("smtp"))
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
        return False


async def _greeted(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, mail: bool
) -> bool:
    if mail:
        return await reader.readexactly(len(_SMTP_HELLO)) == _SMTP_HELLO
    writer.write(_AMQP_HELLO)
    # A method frame (1) on channel 0: Connection.Start.
    return await reader.readexactly(3) == b"\x01\x00\x00"


def _unproven() -> ssl.SSLContext:
    """Who it is does not matter to whether it answers: nothing of ours is said there."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
