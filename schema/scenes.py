"""Sites as rows: a site file's mapping into `zones`, `devices` and `calibrations`, and back.

Both ways give a mapping that enforcement.scene.Scene reads. Lanes and stop line are in the image of one
camera, while the data model keeps them with the zone: there each camera has its own under `by_camera`,
and the top level holds the last one saved, in the data model's shape. A site is
checked by the Scene before it is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from enforcement.calibration import RoadPlane
from enforcement.errors import BadSite
from enforcement.scene import Scene
from schema.credentials import split_credentials
from schema.devices import Calibration, CameraCredential, Device
from schema.site_rows import (
    calibration_row,
    calibration_section,
    digest_of,
    lane_section,
    point_text,
    present,
    view_of,
    with_view,
)
from schema.zones import Zone

# Devices are wanted unless a person has put them aside; the other states are only what was seen.
_PUT_ASIDE = ("inactive", "maintenance")
# A camera that is a file has no address; the name is one that never resolves (RFC 2606).
NO_ADDRESS = "rtsp://recording.invalid/"
TRUSTED_ADDRESS = "trusted_address"
"""In `detection_config`: the address was set on this host, and is opened wherever it leads."""
_IN_CONFIG = ("measurement_zone", "signals", "grace_seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedCamera:
    """A camera that should be running: where its stream is and what stands before it.

    source: RTSP URL without credentials, or a file's path. revision changes when the site, the source or
    its credentials do, so a supervisor knows when to restart it.
    """

    device_id: str
    source: str
    site: Mapping[str, Any]
    detection_config: Mapping[str, Any]
    revision: str


def save_site(session: Session, site: Mapping[str, Any], *, source: str | None = None) -> str:
    """Insert or update the zone and the camera of a site; returns the camera's id.

    What the site says of its zone replaces what was there, its silence about a limit too: nobody is
    accused by a limit that was taken back.

    source: RTSP URL or file path; None keeps what is there. Raises BadSite when the site contradicts
    itself, the rows cannot hold it, or the URL carries credentials (schema.credentials keeps those).
    """
    road = Scene.from_mapping(site).road
    camera, zone = site["camera"], site["zone"]
    device_id = str(camera["id"])
    _save_zone(session, site, device_id)
    values: dict[str, Any] = {
        "zone_id": str(zone["id"]),
        "serial_number": camera.get("serial"),
        "certificate_number": camera.get("certificate"),
        "location": point_text(camera.get("location")),
        "calibration_matrix": None if road is None else calibration_row(site["calibration"], road),
    }
    known = session.get(Device, device_id, with_for_update=True)
    config = dict(known.detection_config) if known else {}
    for name in _IN_CONFIG:
        config.pop(name, None)
        if site.get(name) is not None:
            config[name] = site[name]
    config.pop("simulated", None)
    if camera.get("simulated"):
        config["simulated"] = True
    if source is not None:
        values["rtsp_url"] = _address(source, device_id)
        config.pop("source", None)
        if not source.startswith("rtsp://"):
            config["source"] = source
        # Whoever runs commands on this host may watch what is on it; who only has the API may not.
        config[TRUSTED_ADDRESS] = True
    values["detection_config"] = config
    address = NO_ADDRESS + device_id
    statement = insert(Device).values(
        id=device_id, name=camera.get("name", device_id), **{"rtsp_url": address, **values}
    )
    session.execute(statement.on_conflict_do_update(index_elements=[Device.id], set_=values))
    if road is not None:
        # As the rows will give it back, so that evidence made from them names this very digest.
        section = calibration_section(values["calibration_matrix"])
        _keep_calibration(session, device_id, section or {}, road)
    session.expire_all()
    return device_id


def scene_mapping(
    device: Device, zone: Zone, location: tuple[float, float] | None
) -> dict[str, Any]:
    """The site of a camera's rows, as a site file would say it; parts that are missing are absent.

    location: (latitude, longitude) of the camera, degrees, None when unknown.
    """
    view = view_of(zone.lane_config, device.id)
    config = device.detection_config or {}
    site: dict[str, Any] = {
        "camera": present(
            id=device.id,
            serial=device.serial_number,
            certificate=device.certificate_number,
            simulated=config.get("simulated"),
            location=None if location is None else list(location),
        ),
        "zone": present(
            id=zone.id,
            name=zone.name,
            speed_limit_kmh=zone.speed_limit,
            limit_source=zone.limit_source,
            timezone=zone.timezone,
        ),
    }
    parts = {
        "calibration": calibration_section(device.calibration_matrix),
        "lanes": [lane_section(lane) for lane in view.get("lanes") or ()] or None,
        "stop_line": view.get("stop_line"),
        **{name: config.get(name) for name in _IN_CONFIG},
    }
    return {**site, **present(**parts)}


def wanted_cameras(session: Session) -> list[WantedCamera]:
    """All cameras that should be running now, by id."""
    rows = session.execute(
        select(
            Device,
            Zone,
            func.ST_Y(func.geometry(Device.location)),
            func.ST_X(func.geometry(Device.location)),
            CameraCredential.updated_at,
        )
        .join(Zone, Device.zone_id == Zone.id)
        .outerjoin(CameraCredential, CameraCredential.device_id == Device.id)
        .where(
            Device.deleted_at.is_(None),
            Device.status.not_in(_PUT_ASIDE),
            Zone.is_active,
            Zone.deleted_at.is_(None),
        )
        .order_by(Device.id)
    ).all()
    return [
        _wanted(device, zone, None if latitude is None else (latitude, longitude), opened)
        for device, zone, latitude, longitude, opened in rows
    ]


def _wanted(
    device: Device, zone: Zone, location: tuple[float, float] | None, opened: datetime | None
) -> WantedCamera:
    site = scene_mapping(device, zone, location)
    source = str(device.detection_config.get("source") or device.rtsp_url)
    return WantedCamera(
        device_id=device.id,
        source=source,
        site=site,
        detection_config=device.detection_config,
        revision=digest_of(
            {
                "site": site,
                "source": source,
                "config": device.detection_config,
                "credentials": None if opened is None else opened.isoformat(),
            }
        ),
    )


def _save_zone(session: Session, site: Mapping[str, Any], device_id: str) -> None:
    row = site["zone"]
    zone_id = str(row["id"])
    known = session.get(Zone, zone_id, with_for_update=True)
    limit = row.get("speed_limit_kmh")
    if limit is not None and float(limit) != int(limit):
        raise BadSite(f"zone.speed_limit_kmh: expected whole km/h, got {limit!r}")
    before = known.lane_config if known else None
    values = {
        "name": row.get("name", zone_id),
        "speed_limit": None if limit is None else int(limit),
        "limit_source": row.get("limit_source"),
        "timezone": row.get("timezone", "America/Lima"),
        "lane_config": with_view(
            before, device_id, lanes=site.get("lanes"), stop_line=site.get("stop_line")
        ),
        "has_traffic_light": bool(site.get("signals")) or bool(known and known.has_traffic_light),
    }
    if site.get("lanes"):
        values["lane_count"] = len(site["lanes"])
    statement = insert(Zone).values(id=zone_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=[Zone.id], set_=values))


def _keep_calibration(
    session: Session, device_id: str, section: Mapping[str, Any], road: RoadPlane
) -> None:
    session.execute(
        insert(Calibration)
        .values(
            device_id=device_id,
            digest=digest_of(section),
            calibration=section,
            error_meters=road.held_out_rmse_m,
        )
        .on_conflict_do_nothing()
    )


def _address(source: str, device_id: str) -> str:
    if not is_stream(source):
        return NO_ADDRESS + device_id
    if split_credentials(source)[1] is not None:
        raise BadSite(f"camera {device_id}: keep user and password apart from its URL")
    return source if source.startswith("rtsp://") else NO_ADDRESS + device_id


def is_stream(source: str) -> bool:
    """Whether a source is an address rather than a file."""
    return source.startswith(("rtsp://", "rtsps://"))
