"""What a plate reader says, and the port behind which it lives.

A read is one picture's answer, never a plate: only the agreement of several reads of one vehicle
under the grammar is (see `plate_consensus`). No picture, model or vendor is known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from enforcement.detections import ByteArray
from enforcement.plate_grammar import ALPHABET

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateRead:
    """One text read in one crop.

    text: A to Z and 0 to 9 only. confidence: 0..1, the least certain character's.
    char_confidence: one number 0..1 per character. xyxy: where it stood, pixels of the crop.
    lines: text lines joined (2 for a stacked plate). crop_quality: 0..1, how far the crop's size
    and sharpness let a reader be trusted; it weighs the vote.
    """

    text: str
    confidence: float
    char_confidence: tuple[float, ...]
    xyxy: Box
    lines: int = 1
    crop_quality: float = 1.0

    def __post_init__(self) -> None:
        if set(self.text) - set(ALPHABET):
            raise ValueError("a read holds A to Z and 0 to 9 only")
        if len(self.char_confidence) != len(self.text):
            raise ValueError("a read needs one confidence per character")


class PlateOcr(Protocol):
    """A batch of pictures in, texts out."""

    @property
    def name(self) -> str:
        """Reader's name for manifests and reports."""

    @property
    def digest(self) -> str:
        """SHA-256 over the model files, hex."""

    def read(self, crops: Sequence[ByteArray]) -> list[list[PlateRead]]:
        """Find and read the plates in crops of vehicles.

        crops: B pictures (H, W, 3) uint8, BGR, of any size. Returns B lists, best read first,
        empty where nothing looks like a plate.
        """

    def read_plate(self, crops: Sequence[ByteArray]) -> list[PlateRead | None]:
        """Read pictures already cut to one plate each; None where no character is seen."""


def own_reads(
    reads: Sequence[PlateRead],
    crop_origin: tuple[float, float],
    own: Box,
    others: Sequence[Box],
) -> tuple[PlateRead, ...]:
    """Reads whose place belongs to this vehicle and to no other.

    crop_origin: (left, top) of the crop in the frame; own, others: vehicles' boxes, frame pixels.
    A plate in the overlap of two boxes could belong to either, so it is dropped.
    """

    def centre(read: PlateRead) -> tuple[float, float]:
        left, top, right, bottom = read.xyxy
        return crop_origin[0] + (left + right) / 2, crop_origin[1] + (top + bottom) / 2

    return tuple(
        read
        for read in reads
        if _holds(own, centre(read)) and not any(_holds(box, centre(read)) for box in others)
    )


def _holds(box: Box, point: tuple[float, float]) -> bool:
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]
