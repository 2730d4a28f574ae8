"""A sheet of the vehicles that a detector found and named wrongly, to be looked at by a person.

A figure does not say whether a set's label or the detector is wrong; the picture mostly does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from adapters.vehicle_crops import vehicle_crops
from enforcement.detections import ByteArray, Detections, VehicleClass
from enforcement.errors import BadInput
from jobs.training.scores import Truth, match

SIDE, CAPTION, COLUMNS = 144, 34, 8
CONTEXT = 1.8
INK = (235, 235, 235)
_LETTERS = cv2.FONT_HERSHEY_SIMPLEX


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mistake:
    """truth, said: classes. size: of the box, pixels. where: picture and label line, from one."""

    truth: int
    said: int
    size: tuple[int, int]
    where: str
    crop: ByteArray


@dataclass(slots=True, kw_only=True)
class Mistakes:
    """Grows picture by picture; `write` makes the sheet. threshold: weaker detections are left out."""

    threshold: float
    _found: list[_Mistake] = field(default_factory=list)

    def look(self, path: Path, picture: ByteArray, detections: Detections, truth: Truth) -> None:
        """One picture, boxes in its pixels."""
        partner = match(detections, truth.xyxy)
        wrong = [
            index
            for index in np.flatnonzero((partner >= 0) & (detections.confidence >= self.threshold))
            if truth.class_id[partner[index]] != detections.class_id[index]
        ]
        boxes = truth.xyxy[partner[wrong]]
        crops = vehicle_crops(picture, boxes, side=SIDE, context=CONTEXT)
        for index, box, crop in zip(wrong, boxes, crops, strict=True):
            line = int(partner[index])
            self._found.append(
                _Mistake(
                    truth=int(truth.class_id[line]),
                    said=int(detections.class_id[index]),
                    size=(round(float(box[2] - box[0])), round(float(box[3] - box[1]))),
                    where=f"{path.stem[:10]} {line + 1}",
                    crop=crop,
                )
            )

    def write(self, path: Path) -> int:
        """Write the sheet, pairs of classes together and large boxes first; how many it shows.

        Without a mistake nothing is written. Raises BadInput for a path that cannot be written.
        """
        if not self._found:
            return 0
        ordered = sorted(self._found, key=lambda m: (m.truth, m.said, -max(m.size)))
        rows = -(-len(ordered) // COLUMNS)
        sheet = np.zeros((rows * (SIDE + CAPTION), COLUMNS * SIDE, 3), np.uint8)
        for number, each in enumerate(ordered):
            top, left = number // COLUMNS * (SIDE + CAPTION), number % COLUMNS * SIDE
            sheet[top + CAPTION : top + CAPTION + SIDE, left : left + SIDE] = each.crop
            said = f"{_label(each.truth)} > {_label(each.said)}"
            _caption(sheet, left, top + 13, said)
            _caption(sheet, left, top + 28, f"{each.size[0]}x{each.size[1]} {each.where}")
        try:
            written, content = cv2.imencode(path.suffix or ".png", sheet)
        except cv2.error:
            written = False
        if not written:
            raise BadInput(f"--mistakes {path}: no picture format that can be written, say .png")
        try:
            path.write_bytes(content.tobytes())
        except OSError as error:
            raise BadInput(f"--mistakes {path}: {error.strerror}") from None
        return len(ordered)


def _label(number: int) -> str:
    return VehicleClass(number).label


def _caption(sheet: ByteArray, left: int, base: int, said: str) -> None:
    cv2.putText(sheet, said, (left + 3, base), _LETTERS, 0.38, INK, 1, cv2.LINE_AA)
