"""What a camera sees, as rows: its calibration, its lanes and stop line, read and replaced.

The shapes are those that schema/scenes.py gives a running camera, so that a camera starts anew with what is
saved here. Whether a calibration is good enough is decided before it comes here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from enforcement.calibration import RoadPlane
from enforcement.errors import BadInput, NotFound
from schema.api_pool import Connection, Row
from schema.site_rows import (
    calibration_row,
    calibration_section,
    digest_of,
    lane_section,
    view_of,
    with_view,
)
from schema.sql_files import read_sql

Check = Callable[[Row], None]
"""Called with what is there now, before it is replaced; raises where the caller has not seen it."""
_BESIDE = ("origin", "image_size")


async def get_calibration(connection: Connection, device_id: str) -> Row:
    """{device_id, calibration, error_meters, digest, origin, image_size}; None where there is none.

    calibration: the site file's section. origin: [latitude, longitude] of X = Y = 0, degrees.
    Raises NotFound.
    """
    return _calibration(await _row(connection, device_id))


async def put_calibration(
    connection: Connection,
    device_id: str,
    section: Mapping[str, Any],
    road: RoadPlane,
    *,
    origin: tuple[float, float] | None,
    image_size: tuple[int, int],
    by: UUID,
    check: Check,
) -> tuple[Row, Row]:
    """Replace a camera's calibration and return it before and after; needs a transaction.

    Its history keeps every one it measured with. Raises NotFound.
    """
    before = _calibration(await _row(connection, device_id, lock=True))
    check(before)
    matrix = calibration_row(section, road) | {"image_size": list(image_size)}
    if origin is not None:
        matrix["origin"] = list(origin)
    await connection.execute(
        "UPDATE devices SET calibration_matrix = $2 WHERE id = $1", device_id, matrix
    )
    # As the row gives it back, so that evidence made from it names this very digest.
    after = await get_calibration(connection, device_id)
    await connection.execute(
        "INSERT INTO calibrations (device_id, digest, calibration, error_meters, created_by)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        device_id,
        after["digest"],
        after["calibration"],
        road.held_out_rmse_m,
        by,
    )
    return before, after


async def get_view(connection: Connection, device_id: str) -> Row:
    """{device_id, zone_id, lanes, stop_line, measurement_zone}; lists in pixels. Raises NotFound."""
    return _view(await _row(connection, device_id))


async def put_view(
    connection: Connection, device_id: str, view: Mapping[str, Any], *, check: Check
) -> tuple[Row, Row]:
    """Replace lanes, stop line and measurement zone; returns them before and after; needs a transaction.

    view: the site file's parts `lanes`, `stop_line`, `measurement_zone`, already checked. Raises
    NotFound, and BadInput for a camera that belongs to no zone, which keeps the lanes.
    """
    row = await _row(connection, device_id, lock=True)
    before = _view(row)
    check(before)
    if row["zone_id"] is None:
        raise BadInput("device: belongs to no zone, and the zone keeps the lanes")
    # The zone again, locked: another of its cameras may be drawing too.
    kept = await connection.fetchval(
        "SELECT lane_config FROM zones WHERE id = $1 FOR UPDATE", row["zone_id"]
    )
    config = with_view(kept, device_id, lanes=view["lanes"], stop_line=view["stop_line"])
    await connection.execute(
        "UPDATE zones SET lane_config = $2, lane_count = COALESCE($3, lane_count) WHERE id = $1",
        row["zone_id"],
        config,
        len(view["lanes"]) or None,
    )
    detection = {n: v for n, v in row["detection_config"].items() if n != "measurement_zone"}
    if view["measurement_zone"] is not None:
        detection["measurement_zone"] = view["measurement_zone"]
    await connection.execute(
        "UPDATE devices SET detection_config = $2 WHERE id = $1", device_id, detection
    )
    return before, await get_view(connection, device_id)


async def _row(connection: Connection, device_id: str, *, lock: bool = False) -> Row:
    sql = read_sql("api/device_site") + ("FOR UPDATE OF d" if lock else "")
    row = await connection.fetchrow(sql, device_id)
    if row is None:
        raise NotFound("device: does not exist")
    return dict(row)


def _calibration(row: Row) -> Row:
    matrix = row["calibration_matrix"] or {}
    section = calibration_section(matrix)
    return {
        "device_id": row["id"],
        "calibration": section,
        "error_meters": matrix.get("error_meters") if section else None,
        "digest": digest_of(section) if section else None,
        **{name: matrix.get(name) if section else None for name in _BESIDE},
    }


def _view(row: Row) -> Row:
    view = view_of(row["lane_config"], row["id"])
    return {
        "device_id": row["id"],
        "zone_id": row["zone_id"],
        "lanes": [lane_section(lane) for lane in view.get("lanes") or ()],
        "stop_line": view.get("stop_line"),
        "measurement_zone": row["detection_config"].get("measurement_zone"),
    }
