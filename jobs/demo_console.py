"""The demo's last act: its infractions in the console's queue, with an account made for this run.

The account is a supervisor of the demo's own database, which the next demo throws away; its password is
drawn anew each time and printed once.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from adapters.password_hash import Passwords
from adapters.settings import Settings
from enforcement.errors import VigiaError
from enforcement.permissions import Role
from jobs.api_server import serving
from jobs.create_user import make_user
from schema.api_users import NewUser

USERNAME = "demo"
LIMIT = 200
API = "/api/v1"
PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSeen:
    """What an operator who logs in finds. url: of the console."""

    url: str
    waiting: int

    def text(self, password: str) -> str:
        """For the terminal."""
        return (
            f"Console: {self.waiting} infractions wait in the queue (simulated)\n"
            f"  {self.url}\n"
            f"  user {USERNAME}, password {password} (this run only)"
        )


def show_console(settings: Settings, *, port: int, stay: bool) -> int:
    """Serve, log in as an operator would, say how many infractions wait; stay until Ctrl-C if asked.

    Returns how many wait. Raises VigiaError when the console does not let its own account in.
    """
    password = secrets.token_urlsafe(12)
    make_user(str(settings.database_url), _account(password))
    with serving(settings, port=port) as address:
        seen = queue_seen(address, password)
        sys.stdout.write(seen.text(password) + "\n")
        sys.stdout.flush()
        if stay:
            sys.stderr.write("Ctrl-C ends it.\n")
            _until_interrupted()
        else:
            sys.stdout.write(
                "  closed now: no terminal to wait on; `make demo` from one leaves it open\n"
            )
    return seen.waiting


def queue_seen(address: str, password: str) -> QueueSeen:
    """Log in over HTTP and read the queue."""
    token = _asked(f"{address}{API}/auth/login", body={"username": USERNAME, "password": password})[
        "access_token"
    ]
    waiting, cursor = 0, ""
    while True:
        asked = f"{address}{API}/infractions?status=pending&limit={LIMIT}{cursor}"
        page = _asked(asked, token=str(token))
        waiting += len(page["items"])
        if page["next_cursor"] is None:
            return QueueSeen(url=f"{address}/console/", waiting=waiting)
        cursor = f"&cursor={quote(page['next_cursor'])}"


def _asked(url: str, *, body: Any = None, token: str | None = None) -> dict[str, Any]:
    """One JSON answer; raises VigiaError with the status for any other."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data=data, headers={"Content-Type": "application/json"})  # noqa: S310
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - our own address
            found: dict[str, Any] = json.load(answer)
    except HTTPError as error:
        raise VigiaError(f"the console refused its own account: {error.code} at {url}") from None
    return found


def _account(password: str) -> NewUser:
    return NewUser(
        username=USERNAME,
        password_hash=Passwords().hash(password),
        role=Role.SUPERVISOR.value,
        email=f"{USERNAME}@users.invalid",
        full_name="Demo (simulated)",
        permissions=(),
    )


def _until_interrupted() -> None:
    try:
        while True:
            time.sleep(0.5)
    except KeyboardInterrupt:
        sys.stderr.write("\n")
