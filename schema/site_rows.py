"""Parts of a site file and how rows hold them; conversions only, both ways.

It must not know a session or a table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from enforcement.calibration import RoadPlane
from enforcement.plain import canonical_json

_POINTS = (("points", "reference_points"), ("held_out", "held_out_points"))


def digest_of(value: Any) -> str:
    """SHA-256, hex, of the canonical JSON of a value."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def calibration_row(section: Mapping[str, Any], road: RoadPlane) -> dict[str, Any]:
    """`devices.calibration_matrix` in the data model's shape.

    H maps straight-lens pixels to road metres. error_meters is on held-out points where there are any.
    """
    row: dict[str, Any] = {
        "H": np.linalg.inv(road.homography).tolist(),
        "error_meters": road.fit_rmse_m if road.held_out_rmse_m is None else road.held_out_rmse_m,
    }
    if section.get("lens") is not None:
        row["lens"] = dict(section["lens"])
    for ours, stored in _POINTS:
        if section.get(ours) is not None:
            row[stored] = [
                {"image": list(point["image"]), "world": list(point["world_m"])}
                for point in section[ours]
            ]
    return row


def calibration_section(matrix: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The site's `calibration` of such a row; None when it holds no points to measure on."""
    if not matrix or not matrix.get("reference_points"):
        return None
    section: dict[str, Any] = {}
    for ours, stored in _POINTS:
        if matrix.get(stored) is not None:
            section[ours] = [
                {"image": list(point["image"]), "world_m": list(point["world"])}
                for point in matrix[stored]
            ]
    if matrix.get("lens") is not None:
        section["lens"] = dict(matrix["lens"])
    return section


def view_of(lane_config: Mapping[str, Any] | None, device_id: str) -> Mapping[str, Any]:
    """What one camera sees of a zone's lanes and stop line, as the row holds it."""
    config = lane_config or {}
    view: Mapping[str, Any] = (config.get("by_camera") or {}).get(device_id, config)
    return view


def with_view(
    lane_config: Mapping[str, Any] | None,
    device_id: str,
    *,
    lanes: Sequence[Mapping[str, Any]] | None,
    stop_line: Any,
) -> dict[str, Any]:
    """The zone's `lane_config` with this camera's view in it; the top level holds the last one saved."""
    view = present(lanes=[lane_row(lane) for lane in lanes or ()] or None, stop_line=stop_line)
    before = (lane_config or {}).get("by_camera") or {}
    return {**view, "by_camera": {**before, device_id: view}}


def lane_row(lane: Mapping[str, Any]) -> dict[str, Any]:
    """One lane of `zones.lane_config`: its outline is called `points` there."""
    return {"points" if name == "polygon" else name: value for name, value in lane.items()}


def lane_section(lane: Mapping[str, Any]) -> dict[str, Any]:
    """One of the site's `lanes`; the data model's compass `direction` is not a heading on the road."""
    return {
        "polygon" if name == "points" else name: value
        for name, value in lane.items()
        if name != "direction"
    }


def point_text(location: Any) -> str | None:
    """A camera's place as PostGIS reads it; [latitude, longitude] or {lat, lon}, degrees."""
    if location is None:
        return None
    latitude, longitude = (
        (location["lat"], location["lon"]) if isinstance(location, Mapping) else location
    )
    return f"SRID=4326;POINT({float(longitude)} {float(latitude)})"


def present(**values: Any) -> dict[str, Any]:
    """Only what is there."""
    return {name: value for name, value in values.items() if value is not None}
