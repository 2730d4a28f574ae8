"""Cameras added and changed: name, place, zone, stream. Passwords go in and never come out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Request, Response

from enforcement.errors import BadInput
from schema import api_devices
from serve.answers import json_answer, problems
from serve.api_answers import Row
from serve.api_types import DeviceId
from serve.callers import SignedIn, record, resource
from serve.etags import etag, expected_version
from serve.idempotency import IdempotencyKey, once
from serve.place_types import DeviceChange, NewDevice
from serve.site_types import GpsPlace
from serve.state import ApiState
from serve.streams import checked_stream, told

router = resource("/devices", "devices")
_MUST_BE = ("name", "status", "stream")


@router.post("", status_code=201, response_model=Row, responses=problems(401, 403, 409, 422))
async def create_device(
    request: Request,
    api: ApiState,
    caller: SignedIn,
    given: NewDevice,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Add a camera; it runs within seconds and measures once it is calibrated."""
    stream = await checked_stream(api, given.stream, None)

    async def make(connection: Any) -> Response:
        row = await api_devices.create_device(
            connection,
            given.id,
            given.model_dump(exclude={"id", "location", "stream"}),
            stream,
            location=_place(given.location),
            by=caller.account.id,
        )
        values = given.model_dump(mode="json", exclude={"stream"}, exclude_none=True)
        await record(
            connection,
            request,
            caller,
            action="create",
            resource_type="device",
            resource_id=given.id,
            new_values={**values, "stream": told(given.stream)},
        )
        return json_answer(row, status=201, headers={"ETag": etag(row["version"])})

    return await once(api, request, caller, idempotency_key, make)


@router.patch(
    "/{device_id}",
    response_model=Row,
    responses=problems(401, 403, 404, 409, 412, 422, 428),
)
async def change_device(
    request: Request,
    api: ApiState,
    caller: SignedIn,
    device_id: DeviceId,
    given: DeviceChange,
    if_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Change a camera; a running one starts anew within seconds where its stream or scene changed."""
    version = expected_version(if_match)
    asked = given.model_dump(exclude_unset=True)
    for name in _MUST_BE:
        if name in asked and asked[name] is None:
            raise BadInput(f"{name}: cannot be empty")
    values = {name: asked[name] for name in asked.keys() - {"location", "stream"}}
    async with api.pool.acquire() as connection:
        kept = await api_devices.stream_of(connection, device_id)
    # Names are resolved before the transaction: no row is locked for as long as that takes.
    stream = None if given.stream is None else await checked_stream(api, given.stream, kept)
    async with api.pool.acquire() as connection, connection.transaction():
        before, after = await api_devices.update_device(
            connection,
            device_id,
            version,
            values,
            stream=stream,
            location=_place(given.location),
            place="location" in asked,
        )
        shown = {name: asked[name] for name in asked if name != "stream"}
        if given.stream is not None:
            shown["stream"] = told(given.stream)
        await record(
            connection,
            request,
            caller,
            action="update",
            resource_type="device",
            resource_id=device_id,
            old_values={name: before[name] for name in values} | {"rtsp_url": before["rtsp_url"]},
            new_values=shown,
        )
    return json_answer(after, headers={"ETag": etag(after["version"])})


def _place(given: GpsPlace | None) -> tuple[float, float] | None:
    return None if given is None else (given.latitude, given.longitude)
