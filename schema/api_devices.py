"""Cameras as people change them: added, renamed, moved, put aside, given another stream.

Versions say whether one changed since it was read. Passwords come here encrypted; who may do what, and
whether an address may be watched, is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from enforcement.errors import AlreadyTaken, BadInput, NotFound, StaleVersion
from schema.api_columns import set_columns
from schema.api_pool import Connection, Row
from schema.api_reading import get_device
from schema.scenes import NO_ADDRESS, TRUSTED_ADDRESS
from schema.sql_files import read_sql

_DEVICE = frozenset({"name", "zone_id", "serial_number", "certificate_number", "status"})
_POINT = "ST_SetSRID(ST_MakePoint(${}, ${}), 4326)::geography"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Where a camera's pictures come from. token: the password, encrypted; username None: none is asked."""

    url: str
    username: str | None = None
    token: bytes | None = None


async def create_device(
    connection: Connection,
    device_id: str,
    values: Mapping[str, Any],
    stream: Stream,
    *,
    location: tuple[float, float] | None,
    by: UUID,
) -> Row:
    """Add a camera and return its row. location: (latitude, longitude). Raises AlreadyTaken, BadInput."""
    await _zone_stands(connection, values.get("zone_id"))
    try:
        await connection.execute(
            "INSERT INTO devices (id, name, rtsp_url, created_by, installed_at)"
            " VALUES ($1, $2, $3, $4, CURRENT_TIMESTAMP)",
            device_id,
            values["name"],
            NO_ADDRESS + device_id,
            by,
        )
    except asyncpg.UniqueViolationError:
        raise AlreadyTaken("device: this id is in use") from None
    await _apply(connection, device_id, values, stream, location=location, place=True)
    return await get_device(connection, device_id)


async def update_device(
    connection: Connection,
    device_id: str,
    expected_version: int,
    values: Mapping[str, Any],
    *,
    stream: Stream | None = None,
    location: tuple[float, float] | None = None,
    place: bool = False,
) -> tuple[Row, Row]:
    """Change what is named; the row before and after. place: location is given, None clears it.

    Needs a transaction. Raises NotFound, StaleVersion, BadInput for a zone that does not stand.
    """
    await connection.execute("SELECT 1 FROM devices WHERE id = $1 FOR UPDATE", device_id)
    before = await get_device(connection, device_id)
    if before["version"] != expected_version:
        raise StaleVersion("device: changed since it was read", current=before["version"])
    await _zone_stands(connection, values.get("zone_id"))
    try:
        await _apply(connection, device_id, values, stream, location=location, place=place)
    except asyncpg.UniqueViolationError:
        raise AlreadyTaken("serial_number: another camera has it") from None
    return before, await get_device(connection, device_id)


async def stream_of(connection: Connection, device_id: str) -> Row:
    """{id, source, trusted, username, password_encrypted, store_url, detected_at}: see the query.

    Raises NotFound.
    """
    row = await connection.fetchrow(read_sql("api/device_stream"), device_id)
    if row is None:
        raise NotFound("device: does not exist")
    return dict(row)


async def _apply(
    connection: Connection,
    device_id: str,
    values: Mapping[str, Any],
    stream: Stream | None,
    *,
    location: tuple[float, float] | None,
    place: bool,
) -> None:
    await set_columns(
        connection, "devices", device_id, {n: values[n] for n in values.keys() & _DEVICE}
    )
    if place:
        point, where = ("NULL", []) if location is None else (_POINT.format(2, 3), location[::-1])
        await connection.execute(
            f"UPDATE devices SET location = {point} WHERE id = $1",  # noqa: S608 - fixed text
            device_id,
            *where,
        )
    if stream is not None:
        await _set_stream(connection, device_id, stream)


async def _set_stream(connection: Connection, device_id: str, stream: Stream) -> None:
    # As schema/scenes.py keeps a source: the column's constraint knows rtsp:// alone.
    plain = stream.url.startswith("rtsp://")
    await connection.execute(
        "UPDATE devices SET rtsp_url = $2, detection_config ="
        " (detection_config - $3::TEXT - 'source') || $4::JSONB WHERE id = $1",
        device_id,
        stream.url if plain else NO_ADDRESS + device_id,
        TRUSTED_ADDRESS,
        {} if plain else {"source": stream.url},
    )
    if stream.username is None:
        # The API's role may not delete: an empty user is none.
        await connection.execute(
            "UPDATE camera_credentials SET username = '', password_encrypted = ''::BYTEA"
            " WHERE device_id = $1 AND username <> ''",
            device_id,
        )
        return
    # An update that changes nothing would start the camera anew.
    await connection.execute(
        "INSERT INTO camera_credentials (device_id, username, password_encrypted)"
        " VALUES ($1, $2, $3) ON CONFLICT (device_id) DO UPDATE SET"
        " username = EXCLUDED.username, password_encrypted = EXCLUDED.password_encrypted"
        " WHERE (camera_credentials.username, camera_credentials.password_encrypted)"
        " <> (EXCLUDED.username, EXCLUDED.password_encrypted)",
        device_id,
        stream.username,
        stream.token or b"",
    )


async def _zone_stands(connection: Connection, zone_id: str | None) -> None:
    if zone_id is None:
        return
    found = await connection.fetchval(
        "SELECT TRUE FROM zones WHERE id = $1 AND deleted_at IS NULL", zone_id
    )
    if not found:
        raise BadInput("zone_id: no such zone")
