"""A checkpoint becomes the shipped pair: `vigia-vehicles.onnx` and its card `vigia-vehicles.json`.

The card names the classes, the inference size, the thresholds, how it was trained and, once
measured, the error of each box edge. A card without a measured error model says so by its absence.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from adapters.model_card import DEFAULT_OVERLAP, sha256
from enforcement.detections import VehicleClass

NAME = "vigia-vehicles"
PIXELS = 640 * 384
OPSET = 17


def export(
    checkpoint: Path, out: Path, *, training: dict[str, Any], confidence: float = 0.25
) -> Path:
    """Write OUT/vigia-vehicles.onnx and .json. Free picture size, float32, NMS left outside.

    training: what the card says of data and recipe. Returns the ONNX path.
    """
    from ultralytics import YOLO  # noqa: PLC0415 - the `train` group is optional

    out.mkdir(parents=True, exist_ok=True)
    copy = out / f"{NAME}.pt"
    shutil.copyfile(checkpoint, copy)
    made = YOLO(str(copy)).export(
        format="onnx", dynamic=True, simplify=False, opset=OPSET, imgsz=(384, 640)
    )
    copy.unlink()
    onnx = out / f"{NAME}.onnx"
    if Path(made) != onnx:
        shutil.move(made, onnx)
    _describe(onnx)
    card = {
        "name": NAME,
        "sha256": sha256(onnx),
        "classes": [c.label for c in VehicleClass],
        "input": {"pixels": PIXELS, "stride": 32, "colour": "RGB", "scale": 255},
        "threshold": {"confidence": confidence, "overlap": DEFAULT_OVERLAP},
        "training": training,
    }
    write_card(onnx, card)
    return onnx


def _describe(path: Path) -> None:
    """The exporter writes the trainer's own folders into the file; ours says what it is instead."""
    import onnx  # noqa: PLC0415 - the `train` group is optional

    network = onnx.load(str(path))
    ours = {"description": f"{NAME}: vehicles in road cameras' pictures", "author": "Vigía"}
    for entry in network.metadata_props:
        entry.value = ours.get(entry.key, entry.value)
    onnx.save(network, str(path))


def read_raw_card(onnx: Path) -> dict[str, Any]:
    """The card beside an ONNX file, as written."""
    card: dict[str, Any] = json.loads(onnx.with_suffix(".json").read_text())
    return card


def write_card(onnx: Path, card: dict[str, Any]) -> None:
    """Write the card beside an ONNX file, whole or not at all."""
    path = onnx.with_suffix(".json")
    part = path.with_suffix(".json.part")
    part.write_text(json.dumps(card, indent=1, sort_keys=False) + "\n")
    part.replace(path)
