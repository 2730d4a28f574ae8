"""What a camera reports every few seconds, as rows of `inference_metrics`, `device_health_logs`, `events`.

Plain values, so that they travel; the database's own types are put on where they are written.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from actors.seeing import StageClock
from adapters.video_stream import StreamCounts
from enforcement.frames import ClockHealth


def camera_rows(
    camera_id: str,
    stages: StageClock,
    counts: StreamCounts,
    clock: ClockHealth,
    *,
    seconds: float,
    state: str,
    at: datetime,
) -> dict[str, list[dict[str, Any]]]:
    """Rows by table for one reporting interval of so many seconds."""
    frames = max(1, stages.frames)
    latency_ms = 1000 * sum(stages.latencies_s) / max(1, len(stages.latencies_s))
    confidence = stages.confidence / stages.detections if stages.detections else None
    metrics = {
        "device_id": camera_id,
        "timestamp": at,
        "fps": round(stages.frames / seconds, 2),
        "latency_ms": round(latency_ms, 2),
        "throughput_frames_per_sec": round(stages.frames / seconds, 2),
        "gpu_id": None,
        "detections_count": stages.detections,
        "tracked_objects_count": stages.tracked,
        "infractions_count": stages.infractions,
        "decode_latency_ms": round(1000 * stages.decode_s / frames, 3),
        "detection_latency_ms": round(1000 * stages.detection_s / frames, 3),
        "tracking_latency_ms": round(1000 * stages.tracking_s / frames, 3),
        "ocr_latency_ms": None
        if not stages.reads
        else round(1000 * stages.ocr_s / stages.reads, 3),
        "avg_detection_confidence": confidence,
    }
    health = {
        "device_id": camera_id,
        "timestamp": at,
        "status": state,
        "fps": metrics["fps"],
        "dropped_frames": counts.dropped,
        "error_count": counts.decode_errors,
        "metadata": {
            "concealed": counts.concealed,
            "reconnects": counts.reconnects,
            "stalls": counts.stalls,
            "frozen": counts.frozen,
            "clock_jitter_s": clock.jitter_s,
            "clock_rate_ppm": clock.rate_ppm,
            "clock_steps": clock.steps,
        },
    }
    event = {
        "event_type": "detection",
        "event_category": "inference_complete",
        "device_id": camera_id,
        "timestamp": at,
        "data": {
            "frames": stages.frames,
            "detections": stages.detections,
            "confidence": confidence,
        },
        "severity": "info",
    }
    return {"inference_metrics": [metrics], "device_health_logs": [health], "events": [event]}
