"""Which outside parts do not answer while the API goes on without them.

It must not know what a part is for. What is embedded is here when we are, and is not asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from adapters.reachable import Greeted
from adapters.settings import Settings
from enforcement.errors import Unavailable
from enforcement.shared_state import SharedState
from serve.vehicle_lookup import VehicleLookup


class Parts:
    """The broker and the mail server that settings name; what we use ourselves comes with the question."""

    def __init__(self, settings: Settings, monotonic: Callable[[], float]) -> None:
        named = {"broker": settings.amqp_url, "smtp": settings.smtp_url}
        self._greeted = {
            name: Greeted(url, monotonic) for name, url in named.items() if url is not None
        }

    async def degraded(self, shared: SharedState, vehicles: VehicleLookup) -> list[str]:
        """Names of those that do not answer, asked all at once."""
        asked: dict[str, Awaitable[bool]] = {
            "redis": _answers(shared),
            **{name: part.answers() for name, part in self._greeted.items()},
        }
        found = await asyncio.gather(*asked.values())
        away = [name for name, well in zip(asked, found, strict=True) if not well]
        return [*away, "sunarp"] if vehicles.registry.degraded() else away


async def _answers(shared: SharedState) -> bool:
    try:
        await shared.check()
    except Unavailable:
        return False
    return True
