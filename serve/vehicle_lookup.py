"""Keeps what is shown of a vehicle current: asks the registry when a row has expired, once per plate.

A row is shown at once when the registry is slow or away, and says that it is stale. It must not know which
registry it is.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from enforcement.errors import NotFound, Unavailable
from enforcement.shared_state import SharedState
from enforcement.vehicle_registry import Mismatch, VehicleRecord, VehicleRegistry, mismatches
from schema.api_errors import NOT_NOW
from schema.api_vehicles import keep_absent, keep_record

_LOG = logging.getLogger(__name__)
KNOWN_FOR = timedelta(days=30)
ABSENT_FOR = timedelta(hours=12)
# A reviewer waits no longer than this; the answer is kept when it comes.
_PATIENCE_S = 1.5
# What a process that asks may take, before another asks for the same plate.
_LEASE_S = 10.0
_POLL_S = 0.1


class VehicleLookup:
    """One per process; shared: which plates are being asked for by any of them."""

    def __init__(
        self, registry: VehicleRegistry, shared: SharedState, *, patience_s: float = _PATIENCE_S
    ) -> None:
        self.registry = registry
        self._shared = shared
        self._patience_s = patience_s
        self._asking: dict[str, asyncio.Task[None]] = {}

    def due(self, vehicle: Mapping[str, Any], now: datetime) -> bool:
        """Whether the registry should be asked; a made-up one is not, where somebody knew better."""
        if self.registry.simulated and not vehicle["simulated"] and _known(vehicle):
            return False
        return _expired(vehicle, now)

    async def refresh(self, pool: Any, plate: str, now: datetime) -> None:
        """Ask for a plate, or wait for whoever asks already; comes back in time whatever happens."""
        task = self._asking.get(plate)
        if task is None:
            task = asyncio.create_task(self._ask(pool, plate, now))
            self._asking[plate] = task
            task.add_done_callback(lambda _: self._asking.pop(plate, None))
        await asyncio.wait({task}, timeout=self._patience_s)

    async def close(self) -> None:
        """Stop asking."""
        tasks = list(self._asking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.registry.close()

    async def _ask(self, pool: Any, plate: str, now: datetime) -> None:
        lease = f"registry:{hashlib.sha256(plate.encode()).hexdigest()}"
        if not await self._leased(lease):
            return
        try:
            await self._ask_and_keep(pool, plate, now)
        except Unavailable as error:
            _LOG.warning("%s", error)
        except NOT_NOW as error:
            _LOG.warning("a registry's answer was not kept: %s", type(error).__name__)
        finally:
            await self._give_back(lease)

    async def _ask_and_keep(self, pool: Any, plate: str, now: datetime) -> None:
        record: VehicleRecord | None = None
        try:
            record = await self.registry.look_up(plate)
        except NotFound:
            _LOG.info("the registry does not know a plate")
        async with pool.acquire() as connection:
            if record is None:
                await keep_absent(connection, plate, at=now, expires=now + ABSENT_FOR)
            else:
                await keep_record(connection, record, expires=record.fetched_at + KNOWN_FOR)

    async def _leased(self, lease: str) -> bool:
        """Whether to ask: another process that does is waited for, and then its answer is there."""
        waited = 0.0
        try:
            if (await self._shared.increment(lease, window_s=_LEASE_S)).value > 1:
                while await self._shared.get(lease) is not None and waited < _LEASE_S:
                    await asyncio.sleep(_POLL_S)
                    waited += _POLL_S
                return False
        except Unavailable:
            # Two processes may ask for one plate then; neither answer is wrong.
            return True
        return True

    async def _give_back(self, lease: str) -> None:
        try:
            await self._shared.delete(lease)
        except Unavailable:
            return  # it ends by itself


def described(
    vehicle: Mapping[str, Any],
    now: datetime,
    *,
    seen_class: str | None = None,
    seen_colour: str | None = None,
) -> dict[str, Any]:
    """A vehicle as shown: with `stale`, `found`, and in `mismatch` what the registry contradicts."""
    shown = {name: value for name, value in vehicle.items() if name != "filled"}
    known = _known(vehicle)
    shown["stale"] = known and vehicle["sunarp_last_check"] is not None and _expired(vehicle, now)
    found: tuple[Mismatch, ...] = ()
    if known and not vehicle["found"]:
        found = (Mismatch(field="plate", seen=vehicle["plate"], registered=None),)
    elif known:
        found = mismatches(
            _record(vehicle, now, stale=shown["stale"]),
            seen_class=seen_class,
            seen_colour=seen_colour,
        )
    shown["mismatch"] = [
        {"field": one.field, "seen": one.seen, "registered": one.registered} for one in found
    ]
    return shown


def _record(vehicle: Mapping[str, Any], now: datetime, *, stale: bool) -> VehicleRecord:
    return VehicleRecord(
        plate=vehicle["plate"],
        vehicle_class=vehicle["class"],
        colour=vehicle["color"],
        simulated=vehicle["simulated"],
        fetched_at=_instant(vehicle["sunarp_last_check"]) or now,
        stale=stale,
    )


def _known(vehicle: Mapping[str, Any]) -> bool:
    return vehicle["sunarp_last_check"] is not None or bool(vehicle["filled"])


def _expired(vehicle: Mapping[str, Any], now: datetime) -> bool:
    expires = _instant(vehicle["sunarp_cache_expires"])
    return expires is None or expires <= now


def _instant(value: Any) -> datetime | None:
    """Inside a JSON column times are texts."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value
