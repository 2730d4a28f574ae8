"""The demo's last act: its infractions in the console's queue, with an account made for this run.

The account is a supervisor of the demo's own database, which the next demo throws away; its password is
drawn anew each time and printed once.
"""

from __future__ import annotations

import secrets
import sys
import time
from dataclasses import dataclass

import httpx

from adapters.password_hash import Passwords
from adapters.settings import Settings
from enforcement.errors import VigiaError
from enforcement.permissions import Role
from jobs.api_server import serving
from jobs.create_user import make_user
from schema.api_users import NewUser

USERNAME = "demo"
LIMIT = 200


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
    with httpx.Client(base_url=f"{address}/api/v1", timeout=20.0) as client:
        signed_in = client.post("/auth/login", json={"username": USERNAME, "password": password})
        if signed_in.status_code != 200:
            raise VigiaError(f"the console refused its own account: {signed_in.status_code}")
        token = signed_in.json()["access_token"]
        page = client.get(
            "/infractions",
            params={"status": "pending", "limit": LIMIT},
            headers={"Authorization": f"Bearer {token}"},
        )
        page.raise_for_status()
    return QueueSeen(url=f"{address}/console/", waiting=len(page.json()["items"]))


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
