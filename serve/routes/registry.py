"""Vehicles and drivers as registries know them; who a person is, is shown to few and written down."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from enforcement.permissions import Permission
from schema import api_reading
from serve.answers import json_answer, problems
from serve.api_answers import Row
from serve.api_types import Dni, Plate
from serve.callers import SignedIn, record, resource
from serve.state import ApiState
from serve.vehicle_lookup import described

vehicles = resource("/vehicles", "vehicles")
drivers = resource("/drivers", "drivers")
ROUTERS: tuple[APIRouter, ...] = (vehicles, drivers)


@vehicles.get("/{plate}", response_model=Row, responses=problems(401, 403, 404, 422))
async def get_vehicle(request: Request, api: ApiState, caller: SignedIn, plate: Plate) -> Response:
    """A vehicle that an infraction names, as registered; its owner only to those who may see it."""
    pii = caller.may(Permission.PII_READ)
    async with api.pool.acquire() as connection:
        row = await api_reading.get_vehicle(connection, plate, pii=pii)
    if api.vehicles.due(row, api.now()):
        # No connection is held while a registry takes its time.
        await api.vehicles.refresh(api.pool, row["plate"], api.now())
    async with api.pool.acquire() as connection, connection.transaction():
        row = await api_reading.get_vehicle(connection, plate, pii=pii)
        if pii:
            await record(
                connection,
                request,
                caller,
                action="pii.view",
                resource_type="vehicle",
                resource_id=plate,
            )
    return json_answer(described(row, api.now()))


@drivers.get("/{dni}", response_model=Row, responses=problems(401, 403, 404, 422))
async def get_driver(request: Request, api: ApiState, caller: SignedIn, dni: Dni) -> Response:
    """A driver whom a person identified."""
    async with api.pool.acquire() as connection, connection.transaction():
        row = await api_reading.get_driver(connection, dni)
        await record(
            connection,
            request,
            caller,
            action="pii.view",
            resource_type="driver",
            # The audit's readers need not know whose: the last digits tell it to who knows.
            resource_id=f"…{dni[-3:]}",
        )
    return json_answer(row)
