"""Detector and plate reader in the camera's own process, on threads of their own.

The networks release the interpreter while they run, so decoding goes on meanwhile. It promises the same
answers as the actors; a crash loses what was in flight.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from actors.detector import at_once
from actors.ports import DetectorInfo, ReaderInfo, Ticket
from enforcement.detections import ByteArray, Detections, Detector
from enforcement.plates import PlateOcr, PlateRead

T = TypeVar("T")


class FutureTicket(Generic[T]):
    """A ticket over a thread's future."""

    def __init__(self, future: Future[T]) -> None:
        self._future = future

    def ready(self) -> bool:
        """Whether the answer is there."""
        return self._future.done()

    def result(self) -> T:
        """The answer, waiting for it."""
        return self._future.result()


class LocalDetector:
    """A detector behind as many threads as it takes batches at once."""

    def __init__(self, detector: Detector, info: DetectorInfo) -> None:
        self.info = info
        self._detector = detector
        self._threads = ThreadPoolExecutor(at_once(detector), thread_name_prefix="detector")

    def submit(self, batch: ByteArray) -> Ticket[list[Detections]]:
        """Queue a batch."""
        return FutureTicket(self._threads.submit(self._detector.detect, batch))

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class LocalReader:
    """A plate reader behind one thread."""

    def __init__(self, reader: PlateOcr) -> None:
        self.info = ReaderInfo(name=reader.name, digest=reader.digest)
        self._reader = reader
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reader")

    def submit(self, crops: Sequence[ByteArray]) -> Ticket[list[list[PlateRead]]]:
        """Queue crops."""
        return FutureTicket(self._thread.submit(self._reader.read, list(crops)))

    def close(self) -> None:
        """Let the thread go."""
        self._thread.shutdown(wait=False, cancel_futures=True)
