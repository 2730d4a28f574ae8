"""Telemetry beside bare COPY of the same rows, and how long a row takes from being reported to being seen.

Bare is COPY of text that was rendered before the clock started, in batches of the same size, into the same
tables: events and metrics in turn. Visible: rows go through the recorder as cameras hand them over, and a
second connection looks for them every ten milliseconds.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from actors.recording import RecorderService
from enforcement.errors import BadInput
from jobs import cli
from jobs.benches.big_rows import Big, big
from schema.batches import NewEvent, NewInferenceMetric, Row, write_batch
from schema.job_runs import open_session
from schema.session import open_engine

_BATCH = 2000
_CAMERAS = 50
_LOOK_S = 0.01


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `bench ingest`."""
    parser.add_argument("--rows", type=int, default=100_000, help="of each kind, each way")
    parser.add_argument("--seconds", type=float, default=20.0, help="of looking for rows")
    parser.add_argument(
        "--cameras",
        type=int,
        default=200,
        help="that report once a second while rows are looked for",
    )


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Keys: ratio, visible_p99_s, by{events, metrics}: ratio and rows per second each, visible_p50_s."""
    if min(args.rows, args.cameras) < 1 or args.seconds <= 0:
        raise BadInput("--rows, --cameras, --seconds: must be positive")
    with big(None, people=10) as at:
        by = {"events": _kind(at, _event, args.rows), "metrics": _kind(at, _metric, args.rows)}
        waits = sorted(_visible(at, args.cameras, args.seconds))
    ours = sum(one["ours_s"] for one in by.values())
    bare = sum(one["bare_s"] for one in by.values())
    return {
        "ratio": round(bare / ours, 3),
        "visible_p99_s": round(waits[int(0.99 * (len(waits) - 1))], 3),
        "visible_p50_s": round(waits[len(waits) // 2], 3),
        "rows_seen": len(waits),
        "by": by,
    }


def _kind(at: Big, make: Any, count: int) -> dict[str, float]:
    now = datetime.now(UTC)
    rows = [make(n, now - timedelta(seconds=n / 50)) for n in range(count)]
    batches = [rows[n : n + _BATCH] for n in range(0, count, _BATCH)]
    rendered = [_rendered(batch) for batch in batches]
    names = ", ".join(one.name for one in fields(rows[0]))
    table = "events" if isinstance(rows[0], NewEvent) else "inference_metrics"
    took = {"ours": 0.0, "bare": 0.0}
    engine = open_engine(at.url, pool_size=1)
    with (
        open_session(at.url, application="bare") as bare,
        engine.connect() as ours,
        cli.progress() as progress,
    ):
        task = progress.add_task(table, total=2 * count)
        for turn, (batch, text) in enumerate(zip(batches, rendered, strict=True)):
            for way in ("ours", "bare") if turn % 2 else ("bare", "ours"):
                begin = time.perf_counter()
                if way == "ours":
                    write_batch(ours, batch)
                    ours.commit()
                else:
                    with (
                        bare.cursor() as cursor,
                        cursor.copy(f"COPY {table} ({names}) FROM STDIN".encode()) as copy,
                    ):
                        copy.write(text)
                took[way] += time.perf_counter() - begin
                progress.advance(task, len(batch))
    engine.dispose()
    return {
        "ratio": round(took["bare"] / took["ours"], 3),
        "rows_per_s": round(count / took["ours"]),
        "ours_s": round(took["ours"], 3),
        "bare_s": round(took["bare"], 3),
    }


def _rendered(rows: Sequence[Row]) -> bytes:
    """COPY text of rows; no value here holds a tab or a line's end."""
    names = [one.name for one in fields(rows[0])]
    lines = []
    for row in rows:
        cells = []
        for name in names:
            value = getattr(row, name)
            cells.append("\\N" if value is None else _text(value))
        lines.append("\t".join(cells))
    return ("\n".join(lines) + "\n").encode()


def _text(value: Any) -> str:
    text = json.dumps(value, separators=(",", ":")) if isinstance(value, dict) else str(value)
    return text.replace("\\", "\\\\")


def _event(number: int, at: datetime) -> NewEvent:
    return NewEvent(
        event_type="detection",
        event_category="inference_complete",
        device_id=f"BC{number % _CAMERAS}",
        timestamp=at,
        data={"frames": 25, "detections": number % 9, "confidence": (number % 1000) / 1000},
        severity="info",
    )


def _metric(number: int, at: datetime) -> NewInferenceMetric:
    return NewInferenceMetric(
        device_id=f"BC{number % _CAMERAS}",
        timestamp=at,
        fps=24.5 + number % 7 / 10,
        latency_ms=31.25 + number % 100,
        throughput_frames_per_sec=24.5,
        detections_count=number % 9,
        tracked_objects_count=number % 5,
        infractions_count=0,
        decode_latency_ms=2.125,
        detection_latency_ms=15.5,
        tracking_latency_ms=1.25,
        avg_detection_confidence=0.875,
    )


@dataclass(slots=True)
class _Looking:
    """When each report was handed over, and when it was first seen."""

    handed: dict[datetime, float]
    waits: list[float]
    ended: threading.Event

    def look(self, url: str) -> None:
        with open_session(url, application="look") as session:
            since = datetime.now(UTC) - timedelta(minutes=1)
            while not self.ended.wait(_LOOK_S):
                rows = session.execute(
                    "SELECT DISTINCT timestamp FROM inference_metrics"
                    " WHERE timestamp > %s AND device_id LIKE 'BC%%' AND gpu_id = 77 ORDER BY 1",
                    (since,),
                ).fetchall()
                seen = time.perf_counter()
                for (at,) in rows:
                    since = at
                    if at in self.handed:
                        self.waits.append(seen - self.handed[at])


def _visible(at: Big, cameras: int, seconds: float) -> list[float]:
    looking = _Looking(handed={}, waits=[], ended=threading.Event())
    service = RecorderService(replace(at.settings, database_url=at.url))
    looker = threading.Thread(target=looking.look, args=(at.url,), daemon=True)
    looker.start()
    begin = time.perf_counter()
    number = 0
    while (elapsed := time.perf_counter() - begin) < seconds:
        now = datetime.now(UTC)
        event, metric = _event(number, now), replace(_metric(number, now), gpu_id=77)
        looking.handed[now] = time.perf_counter()
        service.telemetry(
            {
                "inference_metrics": [_plain(metric)],
                "events": [_plain(event)],
            }
        )
        number += 1
        time.sleep(max(0.0, number / cameras - elapsed))
    time.sleep(2)
    looking.ended.set()
    looker.join()
    service.stop()
    if len(looking.waits) < number:
        # What was never seen is not left out of the figure.
        looking.waits.extend([float("inf")] * (number - len(looking.waits)))
    return looking.waits


def _plain(row: Row) -> dict[str, Any]:
    return asdict(row)
