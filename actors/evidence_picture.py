"""The still picture of a violation: the clip's own frame with what the law asks to be printed on it.

DA 010 (Lima, 2025) wants date, time, measured speed, position, authorised limit, device serial and
certificate on the image (FACTS §3). The untouched picture stays in the clip; this one is for eyes.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np

from adapters.snapshot import WHITE, YELLOW, Image, draw_box, draw_path, draw_words
from enforcement.detections import Float32Array
from enforcement.passes import VehiclePass
from enforcement.scene import Scene
from enforcement.verdicts import Violation


def evidence_picture(
    image: Image,
    *,
    violation: Violation,
    pass_: VehiclePass,
    scene: Scene,
    captured_at: datetime,
    plate: str | None,
    simulated: bool,
) -> Image:
    """The frame with the vehicle boxed, its path, and a band of facts below; a new array."""
    height = max(14, image.shape[0] // 45)
    band = np.full((int(height * 1.6) * 4 + 8, image.shape[1], 3), 20, np.uint8)
    picture = np.concatenate([image, band])
    row = int(np.argmin(np.abs(pass_.track.t_s - violation.at_s)))
    _draw_vehicle(picture, pass_.track.xyxy[row], pass_.track.xyxy)
    lines = _facts(violation, pass_, scene, captured_at, plate, simulated)
    for number, words in enumerate(lines):
        top = image.shape[0] + 2 + number * height * 1.6
        draw_words(picture, words, (4, top), YELLOW if number == 0 else WHITE, height_px=height)
    return picture


def _draw_vehicle(picture: Image, box: Float32Array, boxes: Float32Array) -> None:
    feet = [(float(b[0] + b[2]) / 2, float(b[3])) for b in boxes]
    draw_path(picture, feet, YELLOW, width=2)
    draw_box(picture, [float(v) for v in box], YELLOW, width=2)


def _facts(
    violation: Violation,
    pass_: VehiclePass,
    scene: Scene,
    captured_at: datetime,
    plate: str | None,
    simulated: bool,
) -> list[str]:
    camera, zone = scene.camera, scene.zone
    speed = pass_.speed
    measured = "velocidad: no medida"
    if speed.speed_kmh is not None and speed.sigma_kmh is not None:
        measured = f"velocidad {speed.speed_kmh:.1f} ± {1.96 * speed.sigma_kmh:.1f} km/h (95 %)"
    limit = (
        "sin límite" if zone.speed_limit_kmh is None else f"límite {zone.speed_limit_kmh:g} km/h"
    )
    tolerance = violation.details.get("tolerance_kmh")
    if tolerance is not None:
        limit += f" + {tolerance:g} de tolerancia"
    where = "GPS: no registrado"
    if camera.location is not None:
        where = f"GPS {camera.location[0]:.6f}, {camera.location[1]:.6f}"
    mark = "SIMULADO  " if simulated else ""
    return [
        f"{mark}{violation.type.value}  {captured_at.isoformat(timespec='milliseconds')}"
        f"  placa {plate or 'no leída'}",
        f"{measured}  {limit}  carril {pass_.lane_id or '-'}",
        f"{zone.name}  {where}  fuente del límite: {zone.limit_source or 'no registrada'}",
        f"cámara {camera.id}  serie {camera.serial or 'no registrada'}"
        f"  certificado {camera.certificate or 'no registrado'}",
    ]
