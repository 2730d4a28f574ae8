"""One camera's site: the road as the installer described it, checked for contradictions.

The same Scene loads from a site file and from the rows of `zones` and `devices`; it is a plain mapping
here, so nothing of YAML or SQL is known. A missing part switches its rule off, never guesses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from enforcement.calibration import PointPair, RoadPlane, calibrate
from enforcement.detections import FloatArray, VehicleClass
from enforcement.errors import BadSite
from enforcement.geometry import is_simple_polygon
from enforcement.lens import Lens

EXCLUSIVE_LANES: Mapping[str, frozenset[VehicleClass]] = {
    "exclusive_bus": frozenset({VehicleClass.BUS}),
}
"""Who may use each exclusive lane type when the site does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """Identity of the device as evidence must carry it (FACTS §3)."""

    id: str
    serial: str | None = None
    certificate: str | None = None
    location: tuple[float, float] | None = None  # latitude, longitude, degrees (WGS 84)
    simulated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """Where the camera stands and what applies there. speed_limit_kmh None: no speed rule."""

    id: str
    name: str
    timezone: str
    speed_limit_kmh: float | None = None
    limit_source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One lane. polygon: (K, 2) pixels. allowed: classes that may drive in it, None for all.

    crossing_zones: (K, 2) pixel polygons where crossing the lane is allowed (turns, driveways).
    """

    id: str
    type: str
    polygon: FloatArray
    heading_deg: float | None = None
    allowed: frozenset[VehicleClass] | None = None
    crossing_zones: tuple[FloatArray, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalHead:
    """One signal head. lamps: name (red, amber, green) to [x, y, width, height], pixels."""

    id: str
    lamps: Mapping[str, tuple[float, float, float, float]]
    heading_deg: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything the rules need to know of a site. stop_line: (2, 2) pixels."""

    camera: Camera
    zone: Zone
    road: RoadPlane | None
    measurement_zone: FloatArray | None
    lanes: tuple[Lane, ...]
    stop_line: FloatArray | None
    signals: tuple[SignalHead, ...]
    grace_s: float
    source: Mapping[str, Any]

    @classmethod
    def from_mapping(
        cls, site: Mapping[str, Any], *, image_size: tuple[int, int] | None = None
    ) -> Scene:
        """Build and check a scene; image_size (width, height) sharpens checks where known.

        Raises BadSite (one line naming the culprit) when the description contradicts itself.
        """
        lanes = tuple(_lane(row) for row in site.get("lanes") or ())
        signals = tuple(_signal(row) for row in site.get("signals") or ())
        _unique("lanes", [lane.id for lane in lanes])
        _unique("signals", [signal.id for signal in signals])
        zone_polygon = site.get("measurement_zone")
        return cls(
            camera=_camera(site),
            zone=_zone(site),
            road=_road(site, image_size),
            measurement_zone=None
            if zone_polygon is None
            else _polygon(zone_polygon, "measurement_zone"),
            lanes=lanes,
            stop_line=_stop_line(site),
            signals=signals,
            grace_s=_number(site.get("grace_seconds", 0.5), "grace_seconds", low=0.0, high=10.0),
            source=site,
        )


def _section(site: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = site.get(name)
    if not isinstance(section, Mapping):
        raise BadSite(f"{name}: section is missing or not a mapping")
    return section


def _camera(site: Mapping[str, Any]) -> Camera:
    row = _section(site, "camera")
    where = row.get("location")
    location = None
    if where is not None:
        latitude, longitude = (where["lat"], where["lon"]) if isinstance(where, Mapping) else where
        location = (
            _number(latitude, "camera.location", low=-90, high=90),
            _number(longitude, "camera.location", low=-180, high=180),
        )
    return Camera(
        id=_text(row.get("id"), "camera.id"),
        serial=row.get("serial"),
        certificate=row.get("certificate"),
        location=location,
        simulated=row.get("simulated") is True,
    )


def _zone(site: Mapping[str, Any]) -> Zone:
    row = _section(site, "zone")
    timezone = _text(row.get("timezone", "America/Lima"), "zone.timezone")
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        raise BadSite(f"zone.timezone: unknown time zone {timezone!r}") from None
    limit = row.get("speed_limit_kmh")
    return Zone(
        id=_text(row.get("id"), "zone.id"),
        name=_text(row.get("name", row.get("id")), "zone.name"),
        timezone=timezone,
        speed_limit_kmh=None
        if limit is None
        else _number(limit, "zone.speed_limit_kmh", low=1, high=200),
        limit_source=row.get("limit_source"),
    )


def _road(site: Mapping[str, Any], image_size: tuple[int, int] | None) -> RoadPlane | None:
    row = site.get("calibration")
    if row is None:
        return None
    lens = row.get("lens")
    return calibrate(
        _pairs(row.get("points") or (), "calibration.points"),
        held_out=_pairs(row.get("held_out") or (), "calibration.held_out"),
        lens=None if lens is None else _lens(lens),
        image_size=image_size,
    )


def _lens(row: Mapping[str, Any]) -> Lens:
    known = ("fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2", "k3")
    for name in known[:4]:
        _number(row.get(name), f"calibration.lens.{name}", low=1e-6, high=1e6)
    for name in known[4:]:
        _number(row.get(name, 0.0), f"calibration.lens.{name}", low=-1e3, high=1e3)
    return Lens(**{name: float(row[name]) for name in known if name in row})


def _pairs(rows: Sequence[Mapping[str, Any]], name: str) -> list[PointPair]:
    pairs = []
    for number, row in enumerate(rows):
        try:
            (x, y), (east, north) = row["image"], row["world_m"]
            pairs.append(PointPair(image=(float(x), float(y)), world_m=(float(east), float(north))))
        except (KeyError, TypeError, ValueError):
            raise BadSite(f"{name}[{number}]: expected image [x, y] and world_m [X, Y]") from None
    return pairs


def _lane(row: Mapping[str, Any]) -> Lane:
    name = _text(row.get("id"), "lanes[].id")
    kind = _text(row.get("type", "normal"), f"lane {name}: type")
    if kind.startswith("exclusive") and kind not in EXCLUSIVE_LANES and "allowed" not in row:
        raise BadSite(f"lane {name}: type {kind!r} needs `allowed`, the classes that may use it")
    allowed = EXCLUSIVE_LANES.get(kind)
    if "allowed" in row:
        allowed = frozenset(_vehicle_class(value, name) for value in row["allowed"])
    heading = row.get("heading_deg")
    return Lane(
        id=name,
        type=kind,
        polygon=_polygon(row.get("polygon"), f"lane {name}: polygon"),
        heading_deg=None
        if heading is None
        else _number(heading, f"lane {name}: heading_deg", low=-360, high=360) % 360.0,
        allowed=allowed,
        crossing_zones=tuple(
            _polygon(zone, f"lane {name}: crossing_zones")
            for zone in row.get("crossing_zones") or ()
        ),
    )


def _vehicle_class(value: object, lane: str) -> VehicleClass:
    try:
        return VehicleClass[str(value).upper()]
    except KeyError:
        raise BadSite(f"lane {lane}: allowed names no vehicle class: {value!r}") from None


def _signal(row: Mapping[str, Any]) -> SignalHead:
    name = _text(row.get("id"), "signals[].id")
    lamps = row.get("lamps")
    if not isinstance(lamps, Mapping) or "red" not in lamps:
        raise BadSite(f"signal {name}: lamps need at least red [x, y, width, height]")
    boxes = {}
    for colour, box in lamps.items():
        if colour not in ("red", "amber", "green"):
            raise BadSite(f"signal {name}: unknown lamp {colour!r}")
        try:
            x, y, width, height = (float(v) for v in box)
        except (TypeError, ValueError):
            raise BadSite(f"signal {name}: lamp {colour} needs [x, y, width, height]") from None
        if width <= 0 or height <= 0:
            raise BadSite(f"signal {name}: lamp {colour} has no area")
        boxes[str(colour)] = (x, y, width, height)
    heading = row.get("heading_deg")
    return SignalHead(
        id=name,
        lamps=boxes,
        heading_deg=None
        if heading is None
        else _number(heading, f"signal {name}: heading_deg", low=-360, high=360) % 360.0,
    )


def _stop_line(site: Mapping[str, Any]) -> FloatArray | None:
    line = site.get("stop_line")
    if line is None:
        return None
    points = _points(line, "stop_line")
    if len(points) != 2 or np.allclose(points[0], points[1]):
        raise BadSite("stop_line: needs two different points")
    return points


def _polygon(value: object, name: str) -> FloatArray:
    points = _points(value, name)
    if not is_simple_polygon(points):
        raise BadSite(f"{name}: crosses itself or has no area")
    return points


def _points(value: object, name: str) -> FloatArray:
    try:
        points = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        points = np.zeros(0)
    if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
        raise BadSite(f"{name}: expected a list of [x, y] points")
    return points


def _unique(name: str, ids: Sequence[str]) -> None:
    twice = sorted({value for value in ids if ids.count(value) > 1})
    if twice:
        raise BadSite(f"{name}: duplicate id {twice[0]!r}")


def _text(value: object, name: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int) or str(value) == "":
        raise BadSite(f"{name}: expected a name, got {value!r}")
    return str(value)


def _number(value: object, name: str, *, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise BadSite(f"{name}: expected a number between {low:g} and {high:g}, got {value!r}")
    return float(value)
