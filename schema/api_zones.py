"""Zones as people change them: made, renamed, given another limit or shape.

Versions say whether one changed since it was read; who may do it is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg

from enforcement.errors import AlreadyTaken, BadInput, StaleVersion
from schema.api_columns import set_columns
from schema.api_pool import Connection, Row
from schema.api_reading import zone_collection

_ZONE = frozenset(
    {
        "name",
        "description",
        "speed_limit",
        "limit_source",
        "municipality",
        "district",
        "timezone",
        "is_active",
    }
)


async def get_zone(connection: Connection, zone_id: str) -> Row:
    """One zone as a GeoJSON feature. Raises NotFound."""
    found: Row = (await zone_collection(connection, zone_id=zone_id))["features"][0]
    return found


async def create_zone(
    connection: Connection, zone_id: str, values: Mapping[str, Any], geometry: str | None, by: UUID
) -> Row:
    """Make a zone and return its feature. geometry: GeoJSON text of a polygon. Raises AlreadyTaken,
    BadInput for a shape that crosses itself."""
    await _check_shape(connection, geometry)
    names = sorted(values.keys() & _ZONE)
    columns = ", ".join(["id", "created_by", *names])
    numbers = ", ".join(f"${n}" for n in range(1, 3 + len(names)))
    try:
        await connection.execute(
            f"INSERT INTO zones ({columns}) VALUES ({numbers})",  # noqa: S608 - names of _ZONE
            zone_id,
            by,
            *(values[name] for name in names),
        )
    except asyncpg.UniqueViolationError:
        raise AlreadyTaken("zone: this id is in use") from None
    if geometry is not None:
        await _set_shape(connection, zone_id, geometry)
    return await get_zone(connection, zone_id)


async def update_zone(
    connection: Connection,
    zone_id: str,
    expected_version: int,
    values: Mapping[str, Any],
    *,
    geometry: str | None = None,
    reshape: bool = False,
) -> tuple[Row, Row]:
    """Change what is named, and the shape where reshape says so; the feature before and after.

    Needs a transaction. Raises NotFound, StaleVersion, BadInput for a shape that crosses itself.
    """
    await connection.execute("SELECT 1 FROM zones WHERE id = $1 FOR UPDATE", zone_id)
    before = await get_zone(connection, zone_id)
    current = before["properties"]["version"]
    if current != expected_version:
        raise StaleVersion("zone: changed since it was read", current=current)
    if reshape:
        await _check_shape(connection, geometry)
        await _set_shape(connection, zone_id, geometry)
    await set_columns(connection, "zones", zone_id, {n: values[n] for n in values.keys() & _ZONE})
    return before, await get_zone(connection, zone_id)


async def _check_shape(connection: Connection, geometry: str | None) -> None:
    if geometry is None:
        return
    reason = await connection.fetchval(
        "SELECT ST_IsValidReason(ST_GeomFromGeoJSON($1::TEXT))", geometry
    )
    if reason != "Valid Geometry":
        raise BadInput(f"geometry: {reason}")


async def _set_shape(connection: Connection, zone_id: str, geometry: str | None) -> None:
    await connection.execute(
        "UPDATE zones SET geometry = ST_GeomFromGeoJSON($2::TEXT)::geography,"
        " center_point = ST_Centroid(ST_GeomFromGeoJSON($2::TEXT))::geography WHERE id = $1",
        zone_id,
        geometry,
    )
