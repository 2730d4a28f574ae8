"""What a camera asks of others, whether they live in its process or in an actor elsewhere.

A ticket is a promise of an answer: the camera goes on decoding while it waits. No Ray is known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from enforcement.detections import ByteArray, Detections, EdgeError, VehicleClass
from enforcement.evidence import ModelIdentity
from enforcement.plates import PlateRead

T_co = TypeVar("T_co", covariant=True)


class Ticket(Protocol[T_co]):
    """An answer that may not be there yet."""

    def ready(self) -> bool:
        """Whether `result` would not wait."""

    def result(self) -> T_co:
        """Wait for the answer; raises what the other side raised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorInfo:
    """What a camera must know of its detector.

    pixels: area of the inference picture where the network takes any size, None where input_size is
    fixed. box_error: measured error of each box edge per class, inference pixels. second_look: the network
    that names what it finds, where there is one.
    """

    name: str
    digest: str
    input_size: tuple[int, int]
    pixels: int | None
    confidence: float
    box_error: dict[VehicleClass, dict[str, EdgeError]] = field(default_factory=dict)
    second_look: ModelIdentity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderInfo:
    """Name and digest of the plate reader, for manifests."""

    name: str
    digest: str


def models_of(detector: DetectorInfo, reader: ReaderInfo) -> dict[str, ModelIdentity]:
    """Every model that takes part, by its role."""
    made = {
        "detector": ModelIdentity(name=detector.name, sha256=detector.digest),
        "plate_reader": ModelIdentity(name=reader.name, sha256=reader.digest),
    }
    return made | ({"second_look": detector.second_look} if detector.second_look else {})


class DetectorPort(Protocol):
    """Boxes for micro-batches of pictures at inference size."""

    info: DetectorInfo

    def submit(self, batch: ByteArray) -> Ticket[list[Detections]]:
        """batch: (B, H, W, 3) uint8 BGR; the caller does not write to it again."""


class ReaderPort(Protocol):
    """Plate texts for crops of vehicles."""

    info: ReaderInfo

    def submit(self, crops: Sequence[ByteArray]) -> Ticket[list[list[PlateRead]]]:
        """One list of reads per crop, best first."""
