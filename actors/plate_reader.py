"""A plate reader shared by many cameras.

Stateless: a restart loses what was in flight, and the camera's ticket raises. Plain class; Ray wraps it
in `wiring.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

from actors.ports import ReaderInfo
from enforcement.detections import ByteArray
from enforcement.plates import PlateOcr, PlateRead


class PlateReader:
    """Reads crops; one call at a time, since the networks inside are not shared between threads."""

    def __init__(self, reader: PlateOcr) -> None:
        self._reader = reader

    def describe(self) -> ReaderInfo:
        """What cameras must know."""
        return ReaderInfo(name=self._reader.name, digest=self._reader.digest)

    def read(self, crops: Sequence[ByteArray]) -> list[list[PlateRead]]:
        """One list of reads per crop, best first."""
        return self._reader.read(crops)
