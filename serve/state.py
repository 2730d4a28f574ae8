"""What every route works with: one pool, the store, keys, clocks. Made once per process.

It must not know any route.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request

from adapters.password_hash import Passwords
from adapters.remote_files import Place, open_place
from adapters.settings import Settings
from enforcement.shared_state import SharedState
from schema.api_law import Law
from serve.live import LiveFeed
from serve.middleware import Limits
from serve.parts import Parts
from serve.rate_limit import RateLimiter
from serve.risk_asking import RiskAsking
from serve.snapshots import Snapshots
from serve.tokens import AccessTokens
from serve.vehicle_lookup import VehicleLookup


@dataclass(slots=True, kw_only=True)
class Api:
    """pool: an asyncpg pool, None until the app has started. now: aware. monotonic: seconds.

    accounts: what is known of sessions for a few seconds; see serve/callers. views: until when a
    viewing counts as the same. shared: state of all processes, nothing that must not be lost.
    parts: outside parts that may be away. risks: the models' deployments, where they run.
    law: the law's rows and until when they are taken for current. queries: what the framework read from
    a query string; the same text says the same.
    """

    settings: Settings
    tokens: AccessTokens
    passwords: Passwords
    limiter: RateLimiter
    limits: Limits
    live: LiveFeed
    shared: SharedState
    parts: Parts
    vehicles: VehicleLookup
    risks: RiskAsking
    snapshots: Snapshots
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    pool: Any = None
    accounts: dict[Any, Any] = field(default_factory=dict)
    views: dict[Any, float] = field(default_factory=dict)
    law: tuple[Law, float] | None = None
    queries: dict[bytes, Any] = field(default_factory=dict)

    def place(self, url: str) -> Place:
        """Where a stored bundle lies. Raises BadInput for a URL of no store of ours."""
        return open_place(url, s3_endpoint=self.settings.s3_endpoint)


async def _api(request: Request) -> Api:
    # Not async for waiting: a plain function would be sent to a thread for every request.
    api: Api = request.app.state.api
    return api


ApiState = Annotated[Api, Depends(_api)]
