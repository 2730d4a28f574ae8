"""What holds for every request before any route sees it: an id, a size, a pace, the headers.

Plain ASGI, because the framework's own middleware class costs a task per request. It must not know any
resource.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.problems import MEDIA_TYPE, Problem, problem_body
from serve.rate_limit import Rate, RateLimiter
from serve.security import HEADERS, STRICT_TRANSPORT

_LOG = logging.getLogger("vigia.requests")
_CLEAN_ID = re.compile(rb"^[A-Za-z0-9_.-]{8,64}$")
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


PER_ADDRESS = Rate(per_second=50, burst=400)
# The console is some fifty small files, asked for again at each load.
PER_ADDRESS_FILES = Rate(per_second=200, burst=2000)
PER_USER = Rate(per_second=40, burst=300)
PER_LOGIN = Rate(per_second=0.2, burst=20)
FREE = Rate(per_second=1e9, burst=1e9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """body_bytes: largest request body. per_address, per_user: pace of requests to the API.

    per_address_files: pace of requests for the console's files, counted apart from the API's.

    forwarded: believe X-Forwarded-For and -Proto, because only our own proxy can reach this port.
    """

    body_bytes: int = 1 << 20
    per_address: Rate = PER_ADDRESS
    per_address_files: Rate = PER_ADDRESS_FILES
    per_user: Rate = PER_USER
    per_login: Rate = PER_LOGIN
    forwarded: bool = False


def unaddressed() -> Limits:
    """Behind Serve's own proxy alone everyone comes from its address: only users are told apart.

    Signing in is then paced for all together, wide enough for a shift's beginning.
    """
    return Limits(per_address=FREE, per_address_files=FREE, per_login=Rate(per_second=5, burst=100))


def unlimited(*, forwarded: bool = False) -> Limits:
    """Limits for measuring: sizes are bounded, the pace is not."""
    return Limits(
        per_address=FREE,
        per_address_files=FREE,
        per_user=FREE,
        per_login=FREE,
        forwarded=forwarded,
    )


class Doorway:
    """The outermost layer of the app."""

    def __init__(self, app: ASGIApp, *, limits: Limits, limiter: RateLimiter) -> None:
        self._app = app
        self._limits = limits
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.monotonic()
        headers = dict(scope["headers"])
        self._describe(scope, headers)
        outgoing = _Outgoing(send, scope)
        try:
            await self._admit(scope, headers)
            await self._app(scope, _bounded(receive, self._limits.body_bytes), outgoing)
        except Problem as problem:
            if outgoing.status is not None:
                raise
            await _answer(problem, scope, outgoing)
        finally:
            # The route's pattern, not the address: ids are kept, plates and cursors are not.
            _LOG.info(
                "%s %s %s %s %.1f ms user=%s",
                scope["request_id"],
                scope["method"],
                getattr(scope.get("route"), "path", None),
                outgoing.status,
                (time.monotonic() - began) * 1000,
                scope.get("user_id"),
            )

    def _describe(self, scope: Scope, headers: dict[bytes, bytes]) -> None:
        given = headers.get(b"x-request-id", b"")
        scope["request_id"] = given.decode() if _CLEAN_ID.match(given) else secrets.token_hex(12)
        client = scope.get("client")
        address = client[0] if client else None
        if self._limits.forwarded:
            chain = headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
            # The last is the one our own proxy wrote; those before it are the caller's to make up.
            address = chain[-1].strip() or address
            if headers.get(b"x-forwarded-proto") == b"https":
                scope["scheme"] = "https"
        scope["address"] = address

    async def _admit(self, scope: Scope, headers: dict[bytes, bytes]) -> None:
        if scope["path"].startswith("/console/"):
            key, rate = "files", self._limits.per_address_files
        else:
            key, rate = "address", self._limits.per_address
        wait = await self._limiter.wait_s(f"{key} {scope['address']}", rate)
        if wait:
            raise too_many(wait)
        length = headers.get(b"content-length", b"0")
        if not length.isdigit():
            raise Problem(400, "bad_request", "Content-Length: not a number")
        if int(length) > self._limits.body_bytes:
            raise _too_large(self._limits.body_bytes)
        if scope["method"] in _UNSAFE:
            _same_origin(scope, headers)


def too_many(wait_s: float) -> Problem:
    """429 with when to come back."""
    seconds = str(max(1, round(wait_s + 0.5)))
    return Problem(429, "too_many_requests", "slow down", headers={"Retry-After": seconds})


def _too_large(limit: int) -> Problem:
    return Problem(413, "too_large", f"the body is larger than {limit} bytes")


def _same_origin(scope: Scope, headers: dict[bytes, bytes]) -> None:
    """A browser names the page that sends; a page that is not ours changes nothing here."""
    if headers.get(b"sec-fetch-site", b"same-origin") in (b"cross-site", b"same-site"):
        raise Problem(403, "foreign_origin", "sent from a page that is not ours")
    origin = headers.get(b"origin")
    if origin is not None and origin != b"null":
        try:
            host = urlsplit(origin.decode("latin-1")).netloc
        except ValueError:
            host = ""
        if host.encode("latin-1") != headers.get(b"host", b""):
            raise Problem(403, "foreign_origin", "sent from a page that is not ours")
    elif origin == b"null":
        raise Problem(403, "foreign_origin", "sent from a page that is not ours")


def _bounded(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > limit:
                # The framework lets only its own exception through while it reads a body.
                raise HTTPException(413, f"the body is larger than {limit} bytes")
        return message

    return counted


class _Outgoing:
    """Adds what every answer carries, and remembers its status."""

    def __init__(self, send: Send, scope: Scope) -> None:
        self._send = send
        self._scope = scope
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = list(message.get("headers", []))
            headers.append((b"x-request-id", self._scope["request_id"].encode()))
            headers.extend(HEADERS)
            if self._scope.get("scheme") == "https":
                headers.append(STRICT_TRANSPORT)
            if self._scope["path"].startswith("/api/") and not any(
                name.lower() == b"cache-control" for name, _ in headers
            ):
                headers.append((b"cache-control", b"no-store"))
            elif self._scope["path"].startswith("/console"):
                # Asked for anew each time and mostly answered 304: an update shows at the next load.
                headers.append((b"cache-control", b"no-cache"))
            message = {**message, "headers": headers}
        await self._send(message)


async def _answer(problem: Problem, scope: Scope, send: Send) -> None:
    body = problem_body(
        problem.status, problem.code, problem.detail, scope["request_id"], problem.extra
    )
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
