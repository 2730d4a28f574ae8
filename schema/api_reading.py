"""Everything the API only reads: places, cameras, vehicles, drivers, the law, notifications, models.

Plain rows; who may see which is decided elsewhere.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from enforcement.errors import NotFound
from schema.api_cursor import decode, instant, list_digest, row_id
from schema.api_infractions import PII
from schema.api_pool import Connection, Row
from schema.api_queries import page
from schema.api_where import Where
from schema.sql_files import read_sql


async def zone_collection(connection: Connection, *, zone_id: str | None = None) -> Row:
    """Zones as a GeoJSON FeatureCollection; one zone when named. Raises NotFound for a name unknown."""
    where = Where()
    if zone_id is not None:
        where.add("z.id = {}", _text(zone_id))
    rows = await _rows(connection, "api/zone_features", where)
    if zone_id is not None and not rows:
        raise NotFound("zone: does not exist")
    return {"type": "FeatureCollection", "features": [row["feature"] for row in rows]}


async def list_devices(
    connection: Connection, *, status: str | None = None, zone_id: str | None = None
) -> list[Row]:
    """Cameras by name, the first thousand. Columns: device_list.sql."""
    where = Where()
    if status is not None:
        where.add("d.status = {}", _text(status))
    if zone_id is not None:
        where.add("d.zone_id = {}", _text(zone_id))
    return await _rows(connection, "api/device_list", where)


async def get_device(connection: Connection, device_id: str) -> Row:
    """One camera. Raises NotFound."""
    where = Where()
    where.add("d.id = {}", _text(device_id))
    rows = await _rows(connection, "api/device_list", where)
    if not rows:
        raise NotFound("device: does not exist")
    return rows[0]


async def device_health(connection: Connection, device_id: str, *, limit: int = 60) -> Row:
    """{device, reports (newest first), metrics (last day, oldest first)}. Raises NotFound."""
    device = await get_device(connection, device_id)
    reports = await connection.fetch(read_sql("api/device_health"), device["id"], limit)
    metrics = await connection.fetch(read_sql("api/device_metrics"), device["id"])
    return {
        "device": device,
        "reports": [dict(row) for row in reports],
        "metrics": [dict(row) for row in metrics],
    }


async def get_vehicle(connection: Connection, plate: str, *, pii: bool = False) -> Row:
    """A vehicle by its plate as printed; its owner only with pii. Raises NotFound."""
    row = await connection.fetchrow(read_sql("api/vehicle_one"), _text(plate).strip().upper())
    if row is None:
        raise NotFound("vehicle: not known")
    return {name: value for name, value in row.items() if pii or name not in PII}


async def get_driver(connection: Connection, dni: str) -> Row:
    """A driver; all of it is personal. Raises NotFound."""
    row = await connection.fetchrow(read_sql("api/driver_one"), _text(dni).strip())
    if row is None:
        raise NotFound("driver: not known")
    return dict(row)


async def law_articles(connection: Connection, *, on: date | None = None) -> list[Row]:
    """Articles of the catalogue, those in force on a day when one is given."""
    return [dict(row) for row in await connection.fetch(read_sql("api/law_articles"), on)]


async def uit_values(connection: Connection) -> list[Row]:
    """The tax unit by year."""
    rows = await connection.fetch(
        "SELECT year, amount_soles, source, verified FROM uit_values ORDER BY year"
    )
    return [dict(row) for row in rows]


async def list_notifications(
    connection: Connection,
    user_id: UUID,
    *,
    unread: bool = False,
    limit: int = 50,
    cursor: str | None = None,
) -> tuple[list[Row], str | None]:
    """What a user was told, newest first, and the next page's cursor."""
    where = Where(user_id)
    if unread:
        where.add("NOT n.is_read")
    of = list_digest("notifications", where.sql, where.values)
    if cursor is not None:
        where.add("(n.created_at, n.id) < ({}, {})", *decode(of, cursor, instant, UUID))
    return await page(connection, "api/notification_list", where, of, limit, ("created_at", "id"))


async def unread_count(connection: Connection, user_id: UUID) -> int:
    """How many of a user's notifications wait to be read."""
    return int(
        await connection.fetchval(
            "SELECT COUNT(*) FROM notifications WHERE user_id = $1 AND NOT is_read AND channel = 'in_app'"
            " AND deleted_at IS NULL AND (expires_at IS NULL OR expires_at > CURRENT_TIMESTAMP)",
            user_id,
        )
    )


async def read_notification(connection: Connection, user_id: UUID, notification_id: UUID) -> None:
    """Mark one as read; again changes nothing. Raises NotFound, also for another user's."""
    done = await connection.fetchval(
        "UPDATE notifications SET is_read = TRUE, read_at = COALESCE(read_at, clock_timestamp())"
        " WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL RETURNING TRUE",
        notification_id,
        user_id,
    )
    if not done:
        raise NotFound("notification: does not exist")


async def list_models(connection: Connection) -> list[Row]:
    """Versions of models, newest first within each name."""
    return [dict(row) for row in await connection.fetch(read_sql("api/model_list"))]


async def list_predictions(
    connection: Connection,
    *,
    infraction_id: UUID | None = None,
    model_id: UUID | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> tuple[list[Row], str | None]:
    """What models said, newest first, and the next page's cursor."""
    where = Where()
    if infraction_id is not None:
        where.add("p.infraction_id = {}", infraction_id)
    if model_id is not None:
        where.add("p.model_id = {}", model_id)
    of = list_digest("predictions", where.sql, where.values)
    if cursor is not None:
        where.add("(p.predicted_at, p.id) < ({}, {})", *decode(of, cursor, instant, row_id))
    return await page(connection, "api/prediction_list", where, of, limit, ("predicted_at", "id"))


async def database_revision(connection: Connection) -> str | None:
    """The schema's revision in this database, for readiness and version."""
    found: Any = await connection.fetchval("SELECT version_num FROM alembic_version")
    return None if found is None else str(found)


async def _rows(connection: Connection, name: str, where: Where) -> list[Row]:
    sql = read_sql(name).replace("/*where*/", where.sql)
    return [dict(row) for row in await connection.fetch(sql, *where.values)]


def _text(value: str) -> str:
    """As the database can compare it: it holds no NUL, so nothing is found by one."""
    return value.replace("\x00", "\ufffd")
