"""What is written beside a model file: classes, input, thresholds and the detector's own error model.

The card is `NAME.json` beside `NAME.onnx`. A foreign model without one works with what its file
says of itself. No runtime is known here.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from enforcement.detections import EdgeError, VehicleClass
from enforcement.errors import BadModel

EDGES = ("left", "top", "right", "bottom")
DEFAULT_CONFIDENCE = 0.25
DEFAULT_OVERLAP = 0.55
COCO_VEHICLES = {
    2: VehicleClass.CAR,
    3: VehicleClass.MOTORCYCLE,
    5: VehicleClass.BUS,
    7: VehicleClass.TRUCK,
}
SPELLINGS = {c.label: c for c in VehicleClass} | {
    "motorbike": VehicleClass.MOTORCYCLE,
    "moto": VehicleClass.MOTORCYCLE,
}

BoxError = dict[VehicleClass, dict[str, EdgeError]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondLookCard:
    """The network that names a detector's finds anew (`adapters.second_look`).

    file: beside the detector's. digest: its SHA-256, hex. side: of its crops, pixels. context: edge of a crop
    as a multiple of the box' longer edge. detector_say: power of the detector's own score for a class that
    is multiplied with the second network's probability. sure: a box whose best score is so many times its
    second best is not looked at again.
    """

    file: str
    digest: str
    side: int
    context: float
    detector_say: float
    sure: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """A detector's description.

    class_map: model's class id -> ours; ids that are missing are dropped. pixels: area of the
    inference picture that its figures were measured at, None where the file fixes the size.
    confidence: score below which a box is not reported. overlap: IoU above which the weaker of two
    boxes goes. box_error: measured error of each edge, per class; empty where never measured.
    second_look: who names what it finds, None where it does so itself.
    """

    name: str
    digest: str
    class_map: dict[int, VehicleClass]
    pixels: int | None = None
    confidence: float = DEFAULT_CONFIDENCE
    overlap: float = DEFAULT_OVERLAP
    box_error: BoxError = field(default_factory=dict)
    second_look: SecondLookCard | None = None


def read_card(model: Path, own_names: dict[int, str] | None = None) -> ModelCard:
    """The card of a model file, or what its own class names tell where there is no card.

    Raises BadModel when the file is missing, when the card is not of this file or cannot be read.
    """
    digest = sha256(model)
    path = model.with_suffix(".json")
    if not path.is_file():
        return ModelCard(name=model.stem, digest=digest, class_map=class_map(own_names or {}))
    try:
        card: Any = json.loads(path.read_text())
        described = ModelCard(
            name=str(card["name"]),
            digest=digest,
            class_map=class_map(dict(enumerate(card["classes"]))),
            pixels=int(card["input"]["pixels"]),
            confidence=float(card["threshold"]["confidence"]),
            overlap=float(card["threshold"]["overlap"]),
            box_error=_box_error(card.get("box_error", {})),
            second_look=_second_look(card.get("second_look")),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadModel(f"{path}: not a model card ({type(error).__name__}: {error})") from None
    if card.get("sha256") != digest:
        raise BadModel(f"{path}: describes another file than {model.name} (SHA-256 differs)")
    return described


def class_map(names: dict[int, str]) -> dict[int, VehicleClass]:
    """Model's class ids that are vehicles of ours, by name; other names (person, dog) are dropped."""
    return {i: SPELLINGS[n.lower()] for i, n in names.items() if n.lower() in SPELLINGS}


def sha256(path: Path) -> str:
    """Digest of a file, hex. Raises BadModel when it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise BadModel(
            f"{path}: cannot be read ({error.strerror or type(error).__name__})"
        ) from None


def _second_look(raw: dict[str, Any] | None) -> SecondLookCard | None:
    if raw is None:
        return None
    return SecondLookCard(
        file=Path(raw["file"]).name,
        digest=str(raw["sha256"]),
        side=int(raw["side"]),
        context=float(raw["context"]),
        detector_say=float(raw["detector_say"]),
        sure=float(raw["sure"]),
    )


def _box_error(raw: dict[str, dict[str, dict[str, Any]]]) -> BoxError:
    return {
        SPELLINGS[label]: {
            edge: EdgeError(
                bias_frac=float(e["bias_frac"]),
                sigma_frac=float(e["sigma_frac"]),
                sigma_px=float(e["sigma_px"]),
                corr=float(e.get("corr", 0.0)),
                bias_px=tuple((float(h), float(b)) for h, b in e.get("bias_px", ())),
                scene_px=float(e.get("scene_px", 0.0)),
            )
            for edge, e in edges.items()
            if edge in EDGES
        }
        for label, edges in raw.items()
    }
