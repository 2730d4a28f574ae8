"""Running one source to its end: what `jobs.watch` does once its arguments are checked.

Outputs are written beside their place and renamed at the end, so a run that fails leaves nothing half.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from actors.camera import Camera, CameraOptions
from actors.outcomes import PassOutcome
from adapters.evidence_folder import EvidenceFolder
from adapters.settings import Settings
from adapters.signing import open_signing_key
from adapters.site_file import load_site
from adapters.video_stream import StreamOptions, VideoStream
from enforcement.errors import BadSite, BadVideo
from enforcement.scene import Scene
from jobs import cli
from jobs.recording import record_run
from jobs.run_files import RunFiles, run_facts
from jobs.system import database
from jobs.watch_picture import TrackFilm
from jobs.watch_ports import Ports, local_ports, ray_ports


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRequest:
    """What the user asked for."""

    source: str
    site: Path
    start: datetime | None
    weights: Path
    out: Path
    in_process: bool = False
    record: bool = False
    picture: bool = False
    seconds: float | None = None
    quiet: bool = False


def watch(request: WatchRequest, settings: Settings) -> str:
    """Watch to the end of the source (or `seconds`); returns a summary for the terminal."""
    site = load_site(request.site)
    # A contradictory site is told before anything is opened or written.
    _check(request.site, site)
    with ExitStack() as stack:
        stream = stack.enter_context(
            VideoStream(
                request.source, options=StreamOptions(file_threads=1), start_at=request.start
            )
        )
        frames = stream.frames()
        first = next(frames, None)
        if first is None:
            raise BadVideo(f"{stream.name}: no frame in it")
        _check(request.site, site, (first.width, first.height))
        signer = open_signing_key(settings)
        # So is a database that does not answer.
        ready = stack.enter_context(database(settings)) if request.record else settings
        files = stack.enter_context(RunFiles(request.out))
        ports = stack.enter_context(_ports(request))
        film = TrackFilm(files.part("tracks.mp4"), request.source) if request.picture else None
        camera = Camera(
            site=site,
            stream=stream,
            first=first,
            detector=ports.detector,
            reader=ports.reader,
            evidence=EvidenceFolder(request.out / "evidence"),
            signer=signer,
            options=CameraOptions(
                ingest_host=socket.gethostname() if stream.live else None,
                now=(lambda: datetime.now(UTC)) if stream.live else None,
            ),
            listener=None if film is None else film.add,
        )
        begun = perf_counter()
        outcomes: list[PassOutcome] = []
        for outcome in _outcomes(request, camera, stream, first, frames):
            outcomes.append(outcome)
            files.write(outcome)
        seconds = perf_counter() - begun
        if film is not None:
            film.close(camera.scene, outcomes)
        facts = run_facts(camera, stream, ports, seconds=seconds)
        files.finish(facts)
        if request.record:
            record_run(request.out / "evidence", ready, site)
    return _summary(request, camera, outcomes, facts)


def _check(path: Path, site: Mapping[str, Any], image_size: tuple[int, int] | None = None) -> None:
    try:
        Scene.from_mapping(site, image_size=image_size)
    except BadSite as error:
        raise BadSite(f"{path}: {error}") from None


@contextmanager
def _ports(request: WatchRequest) -> Iterator[Ports]:
    opened = local_ports(request.weights) if request.in_process else ray_ports(request.weights)
    with opened as ports:
        yield ports


def _outcomes(
    request: WatchRequest, camera: Camera, stream: VideoStream, first: Any, frames: Iterator[Any]
) -> Iterator[PassOutcome]:
    with cli.progress(quiet=request.quiet) as bar:
        task = bar.add_task(f"watching {camera.scene.camera.id}", total=None)
        yield from camera.process(first)
        while True:
            frame = stream.next_live_frame(0.5) if stream.live else next(frames, None)
            if frame is None and not stream.live:
                break
            if frame is None:
                yield from camera.idle()
                continue
            yield from camera.process(frame)
            bar.update(task, advance=1)
            if request.seconds is not None and frame.stamp.t_s >= request.seconds:
                break
        yield from camera.finish()
        bar.update(task, total=bar.tasks[0].completed)


def _summary(
    request: WatchRequest, camera: Camera, outcomes: list[PassOutcome], facts: dict[str, Any]
) -> str:
    verdicts = [line for outcome in outcomes for line in outcome.verdict_lines()]
    violations = [line for line in verdicts if line["verdict"] == "violation"]
    lines = [
        f"{len(outcomes)} passes, {len(violations)} violations, "
        f"{len(verdicts) - len(violations)} abstentions; {facts['frames']['decoded']} frames at "
        f"{facts['frames_per_second']:.0f} per second"
    ]
    for line in violations:
        detail = json.dumps(_headline(line["details"]), ensure_ascii=False)
        lines.append(f"  {line['at']}  {line['type']:16} {line['plate'] or 'no plate':9} {detail}")
    lines.extend(
        f"  {kind.value} rests: the site has no {part}" for kind, part in camera.resting.items()
    )
    lines.append(f"written to {request.out}")
    return "\n".join(lines)


def _headline(details: dict[str, Any]) -> dict[str, Any]:
    wanted = (
        "speed_kmh",
        "interval_kmh",
        "speed_limit_kmh",
        "time_after_red_seconds",
        "invaded_lane_id",
        "invasion_duration_seconds",
    )
    return {key: details[key] for key in wanted if key in details}
