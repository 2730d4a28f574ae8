"""A detector shared by many cameras: concurrent micro-batches become one call of the network.

Stateless: a restart loses what was in flight, and the camera's ticket raises. Plain class; Ray wraps it
in `wiring.py`.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

import numpy as np

from actors.ports import DetectorInfo
from adapters.detector_onnx import OnnxDetector
from enforcement.detections import ByteArray, Detections, Detector
from enforcement.evidence import ModelIdentity

MAX_PICTURES = 32
"""Most pictures in one call: beyond this, waiting costs more than batching saves."""


def load_detector(weights: Path, *, threads: int, gpu: bool = False) -> Detector:
    """The adapter for a weights file: ONNX on the CPU, anything of Ultralytics' with its library.

    Raises BadModel with one line when the file cannot be used.
    """
    if weights.suffix == ".pt" or gpu:
        from adapters.detector_ultralytics import UltralyticsDetector  # noqa: PLC0415 - train group

        return UltralyticsDetector.load(weights)
    return OnnxDetector.load(weights, threads=threads)


def detector_info(detector: Detector) -> DetectorInfo:
    """What cameras must know of it; a network of fixed size has no `pixels`."""
    free = getattr(detector, "any_size", False)
    width, height = detector.input_size
    return DetectorInfo(
        name=detector.name,
        digest=detector.digest,
        input_size=detector.input_size,
        pixels=getattr(detector, "pixels", width * height) if free else None,
        confidence=getattr(detector, "confidence", 0.25),
        box_error=dict(getattr(detector, "box_error", {})),
        second_look=_second_look(getattr(detector, "second_look", None)),
    )


def _second_look(named: tuple[str, str] | None) -> ModelIdentity | None:
    return ModelIdentity(name=Path(named[0]).stem, sha256=named[1]) if named else None


def at_once(detector: Detector) -> int:
    """Batches it takes from different threads at the same time; 1 unless it says otherwise."""
    return int(getattr(detector, "at_once", 1))


@dataclass(slots=True)
class _Request:
    pictures: ByteArray
    answer: Future[list[Detections]]


class BatchingDetector:
    """Gathers what concurrent callers ask for while the network is busy and runs it together."""

    def __init__(self, detector: Detector) -> None:
        self.info = detector_info(detector)
        self._detector = detector
        self._asked: SimpleQueue[_Request | None] = SimpleQueue()
        self._threads = [
            Thread(target=self._serve, name=f"detector-{number}", daemon=True)
            for number in range(at_once(detector))
        ]
        for thread in self._threads:
            thread.start()

    def detect(self, pictures: ByteArray) -> list[Detections]:
        """(B, H, W, 3) uint8 BGR in, B detections out; may be called from many threads at once."""
        request = _Request(pictures=pictures, answer=Future())
        self._asked.put(request)
        return request.answer.result()

    def describe(self) -> DetectorInfo:
        """What cameras must know."""
        return self.info

    def close(self) -> None:
        """Stop after what was asked before."""
        self._asked.put(None)
        for thread in self._threads:
            thread.join(timeout=10)

    def _serve(self) -> None:
        while True:
            first = self._asked.get()
            if first is None:
                self._asked.put(None)
                return
            requests = [first, *self._waiting(first)]
            for group in _by_size(requests):
                self._answer(group)

    def _waiting(self, first: _Request) -> list[_Request]:
        gathered: list[_Request] = []
        count = len(first.pictures)
        while count < MAX_PICTURES:
            try:
                more = self._asked.get_nowait()
            except Empty:
                break
            if more is None:
                self._asked.put(None)
                break
            gathered.append(more)
            count += len(more.pictures)
        return gathered

    def _answer(self, group: list[_Request]) -> None:
        alone = len(group) == 1
        pictures = group[0].pictures if alone else np.concatenate([r.pictures for r in group])
        try:
            found = self._detector.detect(pictures)
        except Exception as error:  # noqa: BLE001 - every caller must learn of it, whatever it is
            for request in group:
                request.answer.set_exception(error)
            return
        start = 0
        for request in group:
            request.answer.set_result(found[start : start + len(request.pictures)])
            start += len(request.pictures)


def _by_size(requests: list[_Request]) -> list[list[_Request]]:
    groups: dict[tuple[int, ...], list[_Request]] = {}
    for request in requests:
        groups.setdefault(request.pictures.shape[1:], []).append(request)
    return list(groups.values())
