"""A camera that runs on its own: opens its stream, keeps it open, reports how it fares.

Promises: violations are sealed into this node's spool before anything else hears of them; when the
stream fails it is opened again, with growing pauses; two processes never run one camera on one node. A
restart begins a new stream epoch: open tracks are lost, sealed evidence is not.
"""

from __future__ import annotations

import fcntl
import logging
import os
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Protocol

from actors.backoff import Backoff
from actors.camera import Camera, CameraOptions
from actors.metrics import note_camera, open_metrics
from actors.outcomes import PassOutcome
from actors.ports import DetectorPort, ReaderPort
from actors.telemetry import camera_rows
from adapters.evidence_folder import EvidenceFolder
from adapters.live_reader import LiveOptions
from adapters.settings import Settings
from adapters.signing import open_signing_key
from adapters.video_stream import StreamOptions, VideoStream, guarded
from enforcement.errors import BadInput, Unavailable, VigiaError
from enforcement.verdicts import Violation

_LOG = logging.getLogger(__name__)
REPORT_EVERY_S = 5.0
POLL_S = 0.25
STREAM = StreamOptions(live=LiveOptions(give_up_after_s=10.0))
"""Beyond that silence a live source is opened anew from here, where it is seen to be waited for."""
LOCK_PATIENCE_S = 10.0
"""How long the process that ran a camera before may take to go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraOrder:
    """What a camera is told to do. source may carry credentials: it is never logged.

    paced: a file is played at its own speed, as a live source would come. once: end with the file.
    start: instant of a file's first frame, None for live sources. guarded: the source's address is
    checked against the settings before each opening, for somebody typed it into the API.
    """

    camera_id: str
    source: str
    site: Mapping[str, Any]
    settings: Settings
    paced: bool = False
    once: bool = True
    start: datetime | None = None
    revision: str = ""
    guarded: bool = False


class Reports(Protocol):
    """Where rows for the database go; never waited for."""

    def send(self, rows: dict[str, list[dict[str, Any]]]) -> None:
        """Rows by table."""


@dataclass(slots=True)
class CameraStatus:
    """What a person sees of a camera. state: starting, running, waiting, ended, failed."""

    camera_id: str
    state: str = "starting"
    reason: str | None = None
    frames: int = 0
    dropped: int = 0
    concealed: int = 0
    reconnects: int = 0
    stalls: int = 0
    passes: int = 0
    violations: int = 0
    fps: float = 0.0
    latency_ms: float = 0.0
    now_s: float = 0.0
    resting: dict[str, str] = field(default_factory=dict)


class CameraService:
    """Runs one camera in a thread of its own from the moment it is made."""

    def __init__(
        self, order: CameraOrder, detector: DetectorPort, reader: ReaderPort, reports: Reports
    ) -> None:
        self._order = order
        self._detector = detector
        self._reader = reader
        self._reports = reports
        self._metrics = open_metrics()
        self._status = CameraStatus(camera_id=order.camera_id)
        self._lines: list[dict[str, Any]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=order.camera_id, daemon=True)
        self._thread.start()

    def status(self) -> dict[str, Any]:
        """A copy of the status, plain values."""
        return asdict(self._status)

    def lines(self) -> list[dict[str, Any]]:
        """Passes since the last call with their verdicts (lines of DESIGN §6), bounded."""
        taken, self._lines = self._lines, []
        return taken

    def stop(self) -> None:
        """End after what is in hand."""
        self._stop.set()
        self._thread.join(timeout=20)

    def pid(self) -> int:
        """Process that runs it."""
        return os.getpid()

    def _run(self) -> None:
        backoff = Backoff(first_s=0.5, longest_s=5.0)
        try:
            with _alone(self._order):
                while not self._stop.is_set():
                    if not self._attempt(backoff):
                        return
                    self._stop.wait(0.2)
        except BadInput as error:
            self._say("failed", str(error))
            _LOG.error("camera %s: %s", self._order.camera_id, error)

    def _attempt(self, backoff: Backoff) -> bool:
        """Run the stream until it ends; False when there is nothing to come back to."""
        if not backoff.due(monotonic()):
            return True
        try:
            self._watch()
        except Unavailable as error:
            backoff.failed(monotonic())
            self._say("waiting", str(error))
            _LOG.warning("camera %s waits: %s", self._order.camera_id, error)
            return True
        except BadInput:
            raise
        except VigiaError as error:
            backoff.failed(monotonic())
            self._say("degraded", str(error))
            _LOG.error("camera %s: %s", self._order.camera_id, error)
            return True
        except Exception as error:  # noqa: BLE001 - kept and logged, and the camera goes on
            backoff.failed(monotonic())
            self._say("degraded", f"defect: {type(error).__name__}: {error}")
            _LOG.exception("camera %s", self._order.camera_id)
            return True
        backoff.succeeded()
        if self._order.once and not self._live:
            self._say("ended")
            return False
        return True

    def _watch(self) -> None:
        order = self._order
        options = guarded(STREAM, order.settings.camera_networks) if order.guarded else STREAM
        with VideoStream(order.source, options=options, start_at=order.start) as stream:
            self._live = stream.live
            frames = self._frames(stream)
            first = next((frame for frame in frames if frame is not None), None)
            if first is None:
                return
            camera = Camera(
                site=order.site,
                stream=stream,
                first=first,
                detector=self._detector,
                reader=self._reader,
                evidence=EvidenceFolder(order.settings.spool_dir),
                signer=open_signing_key(order.settings),
                options=CameraOptions(
                    ingest_host=socket.gethostname(), now=lambda: datetime.now(UTC)
                ),
            )
            self._say("running")
            if not stream.live:
                # A recording is watched from its beginning again, and so is the count.
                self._status.passes = self._status.violations = 0
            self._status.resting = {k.value: part for k, part in camera.resting.items()}
            self._loop(camera, stream, first, frames)

    def _loop(self, camera: Camera, stream: VideoStream, first: Any, frames: Iterator[Any]) -> None:
        self._note(camera.process(first))
        reported = monotonic()
        try:
            for frame in frames:
                self._note(camera.idle() if frame is None else camera.process(frame))
                if frame is not None:
                    self._status.now_s = frame.stamp.t_s
                if monotonic() - reported >= REPORT_EVERY_S:
                    self._report(camera, stream, monotonic() - reported)
                    reported = monotonic()
        except VigiaError:
            self._note(camera.settle())
            raise
        self._note(camera.finish())
        self._report(camera, stream, max(1e-3, monotonic() - reported))

    def _frames(self, stream: VideoStream) -> Iterator[Any]:
        """Frames as they come; None when a live source is silent for a while."""
        if stream.live:
            while not self._stop.is_set():
                yield stream.next_live_frame(POLL_S)
            return
        begun = monotonic()
        for frame in stream.frames():
            if self._stop.is_set():
                return
            if self._order.paced:
                self._stop.wait(max(0.0, frame.stamp.t_s - (monotonic() - begun)))
            yield frame

    def _note(self, outcomes: list[PassOutcome]) -> None:
        status = self._status
        for outcome in outcomes:
            violations = [v for v in outcome.judged.verdicts if isinstance(v, Violation)]
            status.passes += 1
            status.violations += len(violations)
            self._lines.append({**outcome.pass_line(), "verdicts": outcome.verdict_lines()})
            del self._lines[:-1000]
            if violations:
                _LOG.info(
                    "camera %s track %d: sealed %s",
                    self._order.camera_id,
                    outcome.judged.pass_.track.track_id,
                    ", ".join(outcome.evidence.values()),
                )

    def _report(self, camera: Camera, stream: VideoStream, seconds: float) -> None:
        counts, stages, status = stream.counts, camera.take_stages(), self._status
        status.frames, status.dropped = counts.decoded, counts.dropped
        status.concealed, status.reconnects = counts.concealed, counts.reconnects
        status.stalls = counts.stalls
        status.fps = stages.frames / seconds
        if stages.latencies_s:
            status.latency_ms = 1000 * sum(stages.latencies_s) / len(stages.latencies_s)
        if stream.live:
            self._say("running" if stream.connected else "waiting")
        note_camera(self._metrics, asdict(status), stages.latencies_s)
        self._reports.send(
            camera_rows(
                self._order.camera_id,
                stages,
                counts,
                stream.health(),
                seconds=seconds,
                state=status.state,
                at=datetime.now(UTC),
            )
        )

    def _say(self, state: str, reason: str | None = None) -> None:
        self._status.state, self._status.reason = state, reason
        running = float(state == "running")
        self._metrics.set("vigia_camera_running", running, camera=self._order.camera_id)

    _live = False


@contextmanager
def _alone(order: CameraOrder) -> Iterator[None]:
    """One process per camera on this node. Raises BadInput naming the camera."""
    folder = Path(order.settings.local_dir) / "cameras"
    folder.mkdir(parents=True, exist_ok=True)
    name = "".join(c if c.isalnum() or c in "-_." else "_" for c in order.camera_id)
    with (folder / f"{name}.lock").open("a") as file:
        _lock(file.fileno(), order.camera_id)
        yield


def _lock(descriptor: int, camera_id: str) -> None:
    patience = monotonic() + LOCK_PATIENCE_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() > patience:
                raise BadInput(
                    f"camera {camera_id}: another process on this machine is running it"
                ) from None
            sleep(0.1)
        else:
            return
