"""What a registry said of vehicles, kept until it expires: the durable cache of look-ups.

It must not know which registry answered, nor when an answer is too old.
"""

from __future__ import annotations

from datetime import datetime

from enforcement.vehicle_registry import VehicleRecord
from schema.api_pool import Connection
from schema.sql_files import read_sql


async def keep_record(connection: Connection, record: VehicleRecord, *, expires: datetime) -> None:
    """Put a record on its plate's row; nothing where there is none, or where it would replace better."""
    await connection.execute(
        read_sql("api/vehicle_keep"),
        record.plate,
        record.make,
        record.model,
        record.year,
        record.colour,
        record.vehicle_class,
        record.owner_name,
        record.owner_document,
        record.owner_address,
        record.status,
        {
            "simulated": record.simulated,
            "found": True,
            "class": record.vehicle_class,
            "district": record.district,
        },
        record.fetched_at,
        expires,
    )


async def keep_absent(
    connection: Connection, plate: str, *, at: datetime, expires: datetime
) -> None:
    """Remember that the registry does not know a plate."""
    await connection.execute(read_sql("api/vehicle_absent"), plate, at, expires)
