"""One device: its stream, clock, ring, tracks, rules and plates, to sealed evidence.

Promises: whatever it hands on as a violation is already sealed on the local disk; passes come in the
order they ended. A restart loses open tracks and passes not yet sealed, never sealed evidence. It runs
the same in a plain process and inside an actor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from actors.frame_batch import letterbox_for
from actors.lamps import lamp_reader
from actors.measurement import measurement_model
from actors.outcomes import PassOutcome
from actors.ports import DetectorPort, ReaderPort, models_of
from actors.reading import Reading, ReadPass
from actors.sealing import CLIP_MARGIN_S, Sealer, SealingContext
from actors.seeing import BATCH, FrameListener, Seeing, StageClock
from adapters.evidence_folder import EvidenceFolder
from adapters.plate_crops import PlateCrops
from adapters.software import software
from adapters.tracker import ByteTrack
from adapters.video_stream import UNKNOWN_START, Frame, VideoStream
from enforcement.errors import BadVideo
from enforcement.evidence import Signer
from enforcement.observer import Judged, Observer
from enforcement.rules import rules_on
from enforcement.scene import Scene
from enforcement.verdicts import InfractionType, Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraOptions:
    """How one camera is run.

    ingest_host: name of this host, None when a file is
    analysed. now: the host's clock for live sources, None for files, whose bundles are dated by
    capture time so that the same file gives the same bundle.
    """

    ingest_host: str | None = None
    now: Callable[[], datetime] | None = None
    batch: int = BATCH


class Camera:
    """The pipeline of one camera over an open stream."""

    def __init__(
        self,
        *,
        site: Mapping[str, Any],
        stream: VideoStream,
        first: Frame,
        detector: DetectorPort,
        reader: ReaderPort,
        evidence: EvidenceFolder,
        signer: Signer,
        options: CameraOptions,
        listener: FrameListener | None = None,
    ) -> None:
        """first: the stream's first frame, which decides sizes and the epoch; it is not processed here.

        Raises BadSite when the site contradicts itself or this picture.
        """
        size = (first.width, first.height)
        self.scene = Scene.from_mapping(site, image_size=size)
        self.epoch = first.stamp.captured_at - timedelta(seconds=first.stamp.t_s)
        self.size = size
        self._stream = stream
        self._options = options
        letterbox = letterbox_for(size, detector.info)
        self.model = measurement_model(
            detector.info,
            pixels_per_inference_pixel=1.0 / letterbox.scale[1],
            clock_rate_sigma=stream.health().rate_sigma,
        )
        self._observer = Observer(
            scene=self.scene,
            model=self.model,
            tracker=ByteTrack(),
            rules=rules_on(self._day()),
            image_size=size,
        )
        crops = PlateCrops()
        self._seeing = Seeing(
            observer=self._observer,
            detector=detector,
            letterbox=letterbox,
            crops=crops,
            signals=lamp_reader(self.scene.signals),
            batch=options.batch,
            listener=listener,
        )
        self._reading = Reading(
            scene=self.scene,
            epoch=lambda: self.epoch,
            reader=reader,
            crops=crops,
            clip_margin_s=CLIP_MARGIN_S,
            on_read=self._note_read,
        )
        self._sealer = Sealer(evidence, signer, self._context(detector, reader))

    @property
    def resting(self) -> Mapping[InfractionType, str]:
        """Rules that rest, and the part of the site each lacks."""
        return self._observer.resting

    @property
    def stages(self) -> StageClock:
        """Latencies since the last reading."""
        return self._seeing.stages

    def take_stages(self) -> StageClock:
        """Latencies since the last call; the count starts anew."""
        stages, self._seeing.stages = self._seeing.stages, StageClock()
        return stages

    def process(self, frame: Frame) -> list[PassOutcome]:
        """One frame in; finished passes out, violations already sealed."""
        if (frame.width, frame.height) != self.size:
            raise BadVideo(
                f"{self._stream.name}: picture size changed from {self.size[0]}x{self.size[1]}"
                f" to {frame.width}x{frame.height}"
            )
        return self._handed_on(self._seeing.add(frame))

    def idle(self) -> list[PassOutcome]:
        """No frame came for a while: settle what is in flight."""
        return self._handed_on(self._seeing.flush())

    def finish(self) -> list[PassOutcome]:
        """The stream has ended: close tracks, read plates, seal what is left."""
        for judged in self._seeing.finish():
            self._reading.add(judged)
        return self.settle()

    def settle(self) -> list[PassOutcome]:
        """Something failed: seal what was judged, with the pictures there are; open tracks are lost."""
        return [self._sealed(read) for read in self._reading.drain()]

    def _handed_on(self, judged: list[Judged]) -> list[PassOutcome]:
        for one in judged:
            self._reading.add(one)
        return [self._sealed(read) for read in self._reading.done(self._seeing.now_s)]

    def _sealed(self, read: ReadPass) -> PassOutcome:
        outcome = read.outcome
        evidence = {
            verdict.type: self._seal(read, verdict)
            for verdict in outcome.judged.verdicts
            if isinstance(verdict, Violation)
        }
        self._seeing.stages.infractions += len(evidence)
        return replace(outcome, evidence=evidence) if evidence else outcome

    def _seal(self, read: ReadPass, violation: Violation) -> str:
        first, last = violation.window_s
        clip = self._stream.clip(first - CLIP_MARGIN_S, last + CLIP_MARGIN_S)
        if clip is None:
            raise BadVideo(
                f"{self._stream.name}: no packets left for the violation at {first:.1f} s"
            )
        now = self._options.now
        rule = next(rule for rule in self._observer.rules if rule.type is violation.type)
        return self._sealer.seal(
            read.outcome,
            violation,
            rule=rule,
            model=self.model,
            clock=self._stream.health(),
            clip=clip,
            plate_picture=read.plate_picture,
            sealed_at=read.outcome.instant(clip.to_s) if now is None else now(),
        ).bundle_id

    def _note_read(self, crops: int, seconds: float) -> None:
        self._seeing.stages.reads += crops
        self._seeing.stages.ocr_s += seconds

    def _day(self) -> date | None:
        """The day at the site, whose law applies; None where the recording does not know it."""
        if self.epoch == UNKNOWN_START:
            return None
        return self.epoch.astimezone(ZoneInfo(self.scene.zone.timezone)).date()

    def _context(self, detector: DetectorPort, reader: ReaderPort) -> SealingContext:
        return SealingContext(
            software=software(),
            models=models_of(detector.info, reader.info),
            image_size=self.size,
            simulated=self.scene.camera.simulated,
            ingest_host=self._options.ingest_host,
        )
