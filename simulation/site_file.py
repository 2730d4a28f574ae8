"""The site file that a surveyor would write for a scene: points clicked with a human's error.

The contract is the site file's of the product; the simulation writes it, the pipeline reads it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import yaml

from enforcement.detections import FloatArray
from simulation.lens import Camera
from simulation.road import Lane, LaneType
from simulation.scene import SimScene

EDGE_STEP_M = 4.0
Row = dict[str, Any]


def site_of(scene: SimScene, *, click_noise_px: float = 0.35) -> Row:
    """The site description as plain YAML values."""
    rng = np.random.default_rng((scene.seed, 31))
    fitted, held_out = _surveyed(scene, rng, click_noise_px)
    site: Row = {
        "camera": {
            "id": scene.camera_id,
            "serial": f"SIM-{scene.seed:05d}",
            "certificate": "SIMULATED-0001",
            "location": [-12.0464, -77.0428],
            "simulated": True,
        },
        "zone": {
            "id": f"{scene.camera_id}-zone",
            "name": f"Simulated {scene.name}",
            "speed_limit_kmh": scene.rules.limit_kmh,
            "limit_source": "simulated",
            "timezone": "America/Lima",
        },
        "calibration": {"points": fitted, "held_out": held_out},
        "measurement_zone": _quad(
            scene.camera, scene.road.x_left, scene.road.x_right, *scene.road.zone_y
        ),
        "lanes": [_lane(scene, lane) for lane in scene.road.lanes],
    }
    lens = scene.camera.lens
    if lens.distorted:
        names = ("fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2", "k3")
        site["calibration"]["lens"] = {n: round(float(getattr(lens, n)), 6) for n in names}
    if scene.road.stop_line_y is not None:
        own = [lane for lane in scene.road.lanes if _governed(scene, lane)]
        ends = [
            [min(lane.x_left for lane in own), scene.road.stop_line_y, 0.0],
            [max(lane.x_right for lane in own), scene.road.stop_line_y, 0.0],
        ]
        site["stop_line"] = _pixels(scene.camera, np.array(ends))
    if scene.heads:
        site["signals"] = [_head(scene.camera, head) for head in scene.heads]
        site["grace_seconds"] = scene.rules.grace_s
    return site


def write_site(path: Path, site: Row) -> None:
    """Write it as YAML."""
    path.write_text(
        yaml.safe_dump(site, sort_keys=False, default_flow_style=None), encoding="utf-8"
    )


def _governed(scene: SimScene, lane: Lane) -> bool:
    return not scene.heads or any(abs(h.heading_deg - lane.heading_deg) < 1 for h in scene.heads)


def _pixels(camera: Camera, world: FloatArray) -> list[list[float]]:
    return [[round(float(u), 2), round(float(v), 2)] for u, v in camera.project(world)]


def _strip(camera: Camera, x_left: float, x_right: float, near: float, far: float) -> FloatArray:
    """Corners of a road rectangle, with points along its sides so that a bent lens is followed."""
    y = np.linspace(
        near, far, max(int((far - near) / EDGE_STEP_M), 2) if camera.lens.distorted else 2
    )
    left = np.column_stack([np.full(len(y), x_left), y, np.zeros(len(y))])
    right = np.column_stack([np.full(len(y), x_right), y, np.zeros(len(y))])
    return np.vstack([left, right[::-1]])


def _quad(
    camera: Camera, x_left: float, x_right: float, near: float, far: float
) -> list[list[float]]:
    return _pixels(camera, _strip(camera, x_left, x_right, near, far))


def _lane(scene: SimScene, lane: Lane) -> Row:
    near, far = visible_stretch(scene)
    row: Row = {
        "id": lane.lane_id,
        "type": lane.lane_type.value,
        "polygon": _quad(scene.camera, lane.x_left, lane.x_right, near, far),
        "heading_deg": lane.heading_deg,
    }
    if lane.lane_type is LaneType.EXCLUSIVE_BUS and scene.road.crossing_y:
        row["crossing_zones"] = [
            _quad(scene.camera, lane.x_left, lane.x_right, a, b) for a, b in scene.road.crossing_y
        ]
    return row


def visible_stretch(scene: SimScene) -> tuple[float, float]:
    """Nearest and farthest Y of the road that is described: from the picture's foot to past the zone."""
    camera = scene.camera
    foot = camera.pixel_to_road(np.array([[camera.width / 2, camera.height - 1.0]]))[0, 1]
    far = scene.road.zone_y[1] + 25.0
    return float(max(foot, 3.0)), far


def _head(camera: Camera, head: Any) -> Row:
    lamps: Row = {}
    for name, centre in head.lamp_centres().items():
        at = np.array([centre])
        u, v = camera.project(at)[0]
        side = head.lamp_m * camera.lens.fx / float(camera.depth(at)[0]) * 1.1
        lamps[name] = [
            round(float(u - side / 2), 1),
            round(float(v - side / 2), 1),
            round(side, 1),
            round(side, 1),
        ]
    return {"id": head.signal_id, "lamps": lamps, "heading_deg": head.heading_deg}


def _surveyed(
    scene: SimScene, rng: np.random.Generator, noise: float
) -> tuple[list[Row], list[Row]]:
    """Line ends and kerb marks visible in the picture, as fitted and held-out points."""
    camera, road = scene.camera, scene.road
    low, high = road.zone_y
    x = sorted({lane.x_left for lane in road.lanes} | {lane.x_right for lane in road.lanes})
    near = max(low - 3.0, visible_stretch(scene)[0] + 0.5)
    rows = np.linspace(near, high + 4.0, 7)
    world = np.array([[xi, yi, 0.0] for yi in rows for xi in x])
    pixels = camera.project(world)
    inside = (
        (pixels[:, 0] > 4)
        & (pixels[:, 0] < camera.width - 4)
        & (pixels[:, 1] > 4)
        & (pixels[:, 1] < camera.height - 4)
    )
    world, pixels = world[inside], pixels[inside]
    clicked = pixels + rng.normal(0, noise, pixels.shape)
    points = [
        {
            "image": [round(float(u), 2), round(float(v), 2)],
            "world_m": [round(float(w[0]), 3), round(float(w[1]), 3)],
        }
        for (u, v), w in zip(clicked, world, strict=True)
    ]
    held = [p for i, p in enumerate(points) if i % 5 == 2]
    return [p for i, p in enumerate(points) if i % 5 != 2], held
