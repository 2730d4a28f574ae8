"""Detector and plate reader for one run: in this process, or as Ray actors on this machine.

Both ways load the same files and give the same answers.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from actors.detector import detector_info, load_detector
from actors.local_ports import LocalDetector, LocalReader
from actors.ports import DetectorPort, ReaderPort
from adapters.ocr_rapid import rapid_plate_ocr


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What a camera is given."""

    detector: DetectorPort
    reader: ReaderPort


@contextmanager
def local_ports(weights: Path, *, threads: int | None = None) -> Iterator[Ports]:
    """Everything in this process."""
    detector = load_detector(weights, threads=threads or os.cpu_count() or 1)
    local = LocalDetector(detector, detector_info(detector))
    reader = LocalReader(rapid_plate_ocr(threads=1))
    try:
        yield Ports(detector=local, reader=reader)
    finally:
        local.close()
        reader.close()


@contextmanager
def ray_ports(weights: Path) -> Iterator[Ports]:
    """A detector actor and a plate reader actor on a Ray of our own, or the one RAY_ADDRESS names."""
    from actors.wiring import Cluster  # noqa: PLC0415 - Ray is imported only where it runs

    with Cluster.connect() as cluster:
        yield Ports(detector=cluster.detector_port(weights), reader=cluster.reader_port())
