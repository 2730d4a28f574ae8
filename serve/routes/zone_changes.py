"""Zones one by one: read, made, renamed, given another limit or shape. GeoJSON in and out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Request, Response

from enforcement.errors import BadInput
from schema import api_zones
from schema.api_pool import Row
from serve.answers import json_answer, problems
from serve.callers import SignedIn, record, resource
from serve.etags import etag, expected_version
from serve.idempotency import IdempotencyKey, once
from serve.place_types import PolygonGiven, ZoneChange, ZoneGiven, ZoneId
from serve.site_answers import Feature
from serve.state import ApiState

router = resource("/zones", "zones")
_MUST_BE = ("name", "timezone", "is_active")


@router.get("/{zone_id}", response_model=Feature, responses=problems(401, 403, 404, 422))
async def get_zone(api: ApiState, zone_id: ZoneId) -> Response:
    """One zone as a GeoJSON feature, with its ETag."""
    async with api.pool.acquire() as connection:
        return _answer(await api_zones.get_zone(connection, zone_id))


@router.post("", status_code=201, response_model=Feature, responses=problems(401, 403, 409, 422))
async def create_zone(
    request: Request,
    api: ApiState,
    caller: SignedIn,
    given: ZoneGiven,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Make a zone. Its cameras and lanes come after."""
    values = given.properties.model_dump(exclude_none=True)
    if "name" not in values:
        raise BadInput("properties.name: a zone needs one")

    async def make(connection: Any) -> Response:
        row = await api_zones.create_zone(
            connection, given.id, values, _text(given.geometry), caller.account.id
        )
        await record(
            connection,
            request,
            caller,
            action="create",
            resource_type="zone",
            resource_id=given.id,
            new_values=given.model_dump(mode="json", exclude_none=True),
        )
        return _answer(row, status=201)

    return await once(api, request, caller, idempotency_key, make)


@router.patch(
    "/{zone_id}", response_model=Feature, responses=problems(401, 403, 404, 412, 422, 428)
)
async def change_zone(
    request: Request,
    api: ApiState,
    caller: SignedIn,
    zone_id: ZoneId,
    given: ZoneChange,
    if_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Change a zone; cameras in it start anew within seconds where it changes what they judge by."""
    version = expected_version(if_match)
    values = given.properties.model_dump(exclude_unset=True)
    for name in _MUST_BE:
        if name in values and values[name] is None:
            raise BadInput(f"properties.{name}: cannot be empty")
    async with api.pool.acquire() as connection, connection.transaction():
        before, after = await api_zones.update_zone(
            connection,
            zone_id,
            version,
            values,
            geometry=_text(given.geometry),
            reshape="geometry" in given.model_fields_set,
        )
        changed = {**values, "geometry": after["geometry"]}
        await record(
            connection,
            request,
            caller,
            action="update",
            resource_type="zone",
            resource_id=zone_id,
            old_values={**_of(before, values), "geometry": before["geometry"]},
            new_values=changed,
        )
    return _answer(after)


def _of(feature: Row, names: Any) -> Row:
    return {name: feature["properties"][name] for name in names}


def _text(geometry: PolygonGiven | None) -> str | None:
    return None if geometry is None else geometry.model_dump_json()


def _answer(feature: Row, *, status: int = 200) -> Response:
    headers = {"ETag": etag(feature["properties"]["version"])}
    return json_answer(feature, status=status, headers=headers)
