"""All zones as GeoJSON, cameras with their health. Read only; addresses never carry credentials."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from starlette.responses import JSONResponse

from schema import api_reading
from serve.answers import json_answer, problems
from serve.api_answers import FeatureCollection, Health, Row, Rows
from serve.api_types import DeviceId, Text
from serve.callers import resource
from serve.etags import etag
from serve.state import ApiState

zones = resource("/zones", "zones")
devices = resource("/devices", "devices")
ROUTERS: tuple[APIRouter, ...] = (zones, devices)


class GeoJson(JSONResponse):
    """RFC 7946's own media type."""

    media_type = "application/geo+json"


@zones.get(
    "", response_class=GeoJson, response_model=FeatureCollection, responses=problems(401, 403)
)
async def list_zones(api: ApiState) -> Response:
    """All zones, RFC 7946; geometry is null where nobody drew one."""
    async with api.pool.acquire() as connection:
        found = await api_reading.zone_collection(connection)
    answer = json_answer(found)
    answer.headers["content-type"] = GeoJson.media_type
    return answer


@devices.get("", response_model=Rows, responses=problems(401, 403, 422))
async def list_devices(
    api: ApiState,
    status: Annotated[Text | None, Query(max_length=50)] = None,
    zone_id: Annotated[Text | None, Query(max_length=50)] = None,
) -> Response:
    """Cameras by name."""
    async with api.pool.acquire() as connection:
        rows = await api_reading.list_devices(connection, status=status, zone_id=zone_id)
    return json_answer({"items": rows, "next_cursor": None})


@devices.get("/{device_id}", response_model=Row, responses=problems(401, 403, 404, 422))
async def get_device(api: ApiState, device_id: DeviceId) -> Response:
    """One camera, with its ETag."""
    async with api.pool.acquire() as connection:
        row = await api_reading.get_device(connection, device_id)
    return json_answer(row, headers={"ETag": etag(row["version"])})


@devices.get("/{device_id}/health", response_model=Health, responses=problems(401, 403, 404, 422))
async def device_health(
    api: ApiState, device_id: DeviceId, limit: Annotated[int, Query(ge=1, le=500)] = 60
) -> Response:
    """A camera's latest reports, and its metrics of the last day."""
    async with api.pool.acquire() as connection:
        return json_answer(await api_reading.device_health(connection, device_id, limit=limit))
