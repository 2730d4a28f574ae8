"""Frames to judged passes: the part of a camera that looks.

Micro-batches go to the detector and come back in order; full frames wait here meanwhile, in their
decoder's own format. Crops of passing vehicles are kept for the plate reader. A restart loses the open
tracks and nothing that was handed on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from actors.crop_offers import offer_vehicles
from actors.frame_batch import FrameBatch
from actors.ports import DetectorPort, Ticket
from adapters.letterbox import Letterbox
from adapters.plate_crops import PlateCrops
from adapters.video_stream import Frame
from enforcement.detections import Detections, IntArray
from enforcement.observer import Judged, Observer
from enforcement.signals import SignalReading

BATCH = 8
IN_FLIGHT = 2

SignalReader = Callable[[Frame], Sequence[SignalReading]]
FrameListener = Callable[[Frame, Detections, IntArray], None]


@dataclass(slots=True)
class StageClock:
    """Seconds spent and frames seen per stage since the last reading; feeds `inference_metrics`."""

    frames: int = 0
    detections: int = 0
    tracked: int = 0
    infractions: int = 0
    reads: int = 0
    confidence: float = 0.0
    decode_s: float = 0.0
    detection_s: float = 0.0
    tracking_s: float = 0.0
    ocr_s: float = 0.0
    wait_s: float = 0.0
    latencies_s: list[float] = field(default_factory=list)


class Seeing:
    """One camera's frames in, judged passes out, in capture order."""

    def __init__(
        self,
        *,
        observer: Observer,
        detector: DetectorPort,
        letterbox: Letterbox,
        crops: PlateCrops,
        signals: SignalReader,
        batch: int = BATCH,
        listener: FrameListener | None = None,
    ) -> None:
        """listener: called with every frame, its tracked boxes and our track ids, for pictures."""
        self.stages = StageClock()
        self.now_s = 0.0
        self._observer = observer
        self._detector = detector
        self._letterbox = letterbox
        self._crops = crops
        self._signals = signals
        self._capacity = batch
        self._listener = listener
        self._batch = FrameBatch(letterbox=letterbox, capacity=batch)
        self._flying: deque[tuple[FrameBatch, Ticket[list[Detections]], float]] = deque()

    def add(self, frame: Frame) -> list[Judged]:
        """Take one frame; returns passes that completed meanwhile."""
        begun = perf_counter()
        self._batch.add(frame)
        self.stages.decode_s += perf_counter() - begun
        if not self._batch.full:
            return []
        self._send()
        judged: list[Judged] = []
        while len(self._flying) > IN_FLIGHT or (self._flying and self._flying[0][1].ready()):
            judged.extend(self._absorb())
        return judged

    def flush(self) -> list[Judged]:
        """Send what has gathered and wait for everything in flight: nothing more comes soon."""
        if self._batch.frames:
            self._send()
        judged: list[Judged] = []
        while self._flying:
            judged.extend(self._absorb())
        return judged

    def finish(self) -> list[Judged]:
        """The stream has ended."""
        return self.flush() + self._observer.finish()

    def _send(self) -> None:
        ticket = self._detector.submit(self._batch.pictures)
        self._flying.append((self._batch, ticket, perf_counter()))
        self._batch = FrameBatch(letterbox=self._letterbox, capacity=self._capacity)

    def _absorb(self) -> list[Judged]:
        batch, ticket, sent = self._flying.popleft()
        waited = perf_counter()
        answers = ticket.result()
        got = perf_counter()
        judged: list[Judged] = []
        for frame, found in zip(batch.frames, answers, strict=True):
            judged.extend(self._observe(frame, self._letterbox.to_source(found)))
        self.stages.wait_s += got - waited
        self.stages.detection_s += got - sent
        self.stages.tracking_s += perf_counter() - got
        self.stages.latencies_s.append((perf_counter() - sent) / max(1, len(batch.frames)))
        return judged

    def _observe(self, frame: Frame, detections: Detections) -> list[Judged]:
        self.now_s = frame.stamp.t_s
        self.stages.frames += 1
        self.stages.detections += len(detections)
        self.stages.confidence += float(np.sum(detections.confidence))
        readings = self._signals(frame)
        judged, tracked, ids = self._observer.step(frame.stamp, detections, readings)
        self.stages.tracked += len(ids)
        if not frame.stamp.concealed:
            offer_vehicles(self._crops, frame, tracked, ids)
        if self._listener is not None:
            self._listener(frame, tracked, ids)
        return judged
