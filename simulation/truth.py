"""The truth file of a scene: everything that really was, for benches and tests, never for the pipeline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from enforcement.detections import FloatArray, IntArray
from simulation.boxes import plate_boxes, projected_hulls, visible_boxes, visible_shares
from simulation.scene import SimScene
from simulation.vehicles import Vehicle
from simulation.verdict_truth import infractions, zone_speed_kmh

Row = dict[str, Any]


def truth_of(scene: SimScene, pts_s: FloatArray, true_t_s: FloatArray) -> Row:
    """The whole truth as plain JSON values; pts_s and true_t_s are (frames,) seconds since the epoch."""
    indices = np.arange(len(true_t_s))
    vehicles = [_vehicle(scene, v, indices, true_t_s) for v in scene.vehicles]
    _add_shares(scene, vehicles, true_t_s)
    return {
        "scenario": scene.name,
        "seed": scene.seed,
        "camera_id": scene.camera_id,
        "epoch": scene.epoch.isoformat(),
        "camera": _camera(scene),
        "frames": [
            {"index": int(i), "pts_s": round(float(p), 6), "true_t_s": round(float(t), 6)}
            for i, p, t in zip(indices, pts_s, true_t_s, strict=True)
        ],
        "vehicles": vehicles,
        "signals": _signals(scene),
        "zone_y_m": list(scene.road.zone_y),
        "infractions": [
            {
                "type": one.type.value,
                "vehicle_id": one.vehicle_id,
                "at_s": round(one.at_s, 4),
                "speed_kmh": None if one.speed_kmh is None else round(one.speed_kmh, 4),
                "limit_kmh": one.limit_kmh,
                "details": one.details,
            }
            for one in infractions(scene)
        ],
    }


def write_truth(path: Path, truth: Row) -> None:
    """Write it as compact JSON with sorted keys: same scene, same bytes."""
    path.write_text(json.dumps(truth, sort_keys=True, separators=(",", ":")), encoding="utf-8")


def _camera(scene: SimScene) -> Row:
    c = scene.camera
    return {
        "K": c.lens.matrix().tolist(),
        "dist": c.lens.coefficients().tolist(),
        "R": c.rotation.tolist(),
        "t": c.translation.tolist(),
        "size": [c.width, c.height],
    }


def _vehicle(scene: SimScene, v: Vehicle, indices: IntArray, times: FloatArray) -> Row:
    alive = (times >= v.motion.enters_s) & (times <= v.motion.leaves_s)
    t, frames = times[alive], indices[alive]
    boxes = visible_boxes(scene.camera, v, t)
    seen = ~np.isnan(boxes[:, 0])
    t, frames, boxes = t[seen], frames[seen], boxes[seen]
    plates = plate_boxes(scene.camera, v, t)
    speed = zone_speed_kmh(scene, v)
    return {
        "id": v.vehicle_id,
        "class": v.body.vehicle_class.label,
        "kind": v.body.kind,
        "plate": v.plate,
        "length_m": v.body.length_m,
        "width_m": v.body.width_m,
        "height_m": v.body.height_m,
        "lane_id": v.lane_id,
        "intent": v.intent,
        "zone_speed_kmh": None if speed is None else round(speed, 4),
        "samples": _samples(v, frames, t),
        "boxes": {str(f): _rounded(b) for f, b in zip(frames, boxes, strict=True)},
        "plate_boxes": {
            str(f): _rounded(b) for f, b in zip(frames, plates, strict=True) if not np.isnan(b[0])
        },
        "visible_share": {},
    }


def _samples(v: Vehicle, frames: IntArray, t: FloatArray) -> list[Row]:
    front, rear = v.ends(t)
    _, _, heading = v.motion.pose(t)
    speed = v.motion.speed_kmh(t)
    return [
        {
            "frame": int(frames[i]),
            "t_s": round(float(t[i]), 6),
            "x_m": round(float(front[i, 0]), 4),
            "y_m": round(float(front[i, 1]), 4),
            "rear_x_m": round(float(rear[i, 0]), 4),
            "rear_y_m": round(float(rear[i, 1]), 4),
            "heading_deg": round(float(np.rad2deg(heading[i]) % 360), 3),
            "speed_kmh": round(float(speed[i]), 4),
        }
        for i in range(len(t))
    ]


def _add_shares(scene: SimScene, rows: list[Row], times: FloatArray) -> None:
    """Fill visible_share, frame by frame, from all vehicles in the picture."""
    by_frame: dict[str, list[tuple[Row, Vehicle]]] = {}
    for row, vehicle in zip(rows, scene.vehicles, strict=True):
        for frame in row["boxes"]:
            by_frame.setdefault(frame, []).append((row, vehicle))
    for frame, present in by_frame.items():
        t = np.array([times[int(frame)]])
        hulls = [projected_hulls(scene.camera, v, t)[0][0] for _, v in present]
        centre = scene.camera.centre[:2]
        distances = [
            float(np.hypot(*(np.array([p[0] for p in v.motion.pose(t)[:2]]) - centre)))
            for _, v in present
        ]
        shares = visible_shares(scene.camera, hulls, distances)
        for (row, _), share in zip(present, shares, strict=True):
            row["visible_share"][frame] = round(share, 3)


def _signals(scene: SimScene) -> list[Row]:
    if scene.programme is None:
        return []
    phases = [
        {"t_s": round(t, 4), "state": state.value}
        for t, state in scene.programme.phases(scene.duration_s)
    ]
    return [{"id": head.signal_id, "phases": phases} for head in scene.heads]


def _rounded(values: FloatArray) -> list[float]:
    return [round(float(v), 2) for v in values]
