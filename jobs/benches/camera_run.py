"""One recorded file through the whole pipeline in this process, for benches: no Ray, no database."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from actors.camera import Camera, CameraOptions
from actors.outcomes import PassOutcome
from adapters.evidence_folder import EvidenceFolder
from adapters.settings import Settings
from adapters.signing import open_signing_key
from adapters.video_stream import VideoStream
from enforcement.errors import BadVideo
from jobs.watch_ports import Ports


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRun:
    """What came of it: passes, frames, wall seconds."""

    outcomes: list[PassOutcome]
    frames: int
    seconds: float


def run_file(
    video: Path,
    site: Mapping[str, Any],
    ports: Ports,
    *,
    start: datetime,
    on_frame: Callable[[], None] | None = None,
    settings: Settings | None = None,
) -> CameraRun:
    """Every frame of a file.

    Evidence is sealed into the spool that settings name, else into a folder that goes away.
    """
    with (
        tempfile.TemporaryDirectory(prefix="vigia-bench-") as folder,
        VideoStream(video, start_at=start) as stream,
    ):
        place = settings or Settings(local_dir=Path(folder))
        frames = stream.frames()
        first = next(frames, None)
        if first is None:
            raise BadVideo(f"{video}: no frame in it")
        camera = Camera(
            site=site,
            stream=stream,
            first=first,
            detector=ports.detector,
            reader=ports.reader,
            evidence=EvidenceFolder(place.spool_dir),
            signer=open_signing_key(place),
            options=CameraOptions(),
        )
        begun = perf_counter()
        outcomes = camera.process(first)
        for frame in frames:
            outcomes.extend(camera.process(frame))
            if on_frame is not None:
                on_frame()
        outcomes.extend(camera.finish())
        return CameraRun(
            outcomes=outcomes, frames=stream.counts.decoded, seconds=perf_counter() - begun
        )
