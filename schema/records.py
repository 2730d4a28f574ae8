"""What is handed to the database to keep: an accusation, its evidence, a report of a camera.

Plain values of the caller's own types; it must not know how they are stored.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

# Namespace of event ids; ours and fixed: an event's id follows from its idempotency key.
_EVENTS = uuid.UUID("6f2d1f3a-5f0e-5b58-9a3c-9f6f0a1b7c11")


def idempotency_key(*, camera_id: str, track_id: int, rule: str, captured_at: datetime) -> str:
    """One accusation's name, the same however often it is delivered.

    captured_at: capture time of the violation, aware. Raises ValueError for a naive one.
    """
    if captured_at.tzinfo is None:
        raise ValueError("captured_at must be aware")
    return f"{camera_id}|{track_id}|{rule}|{captured_at.astimezone(UTC).isoformat(timespec='microseconds')}"


def event_id(key: str) -> uuid.UUID:
    """The event id that belongs to an idempotency key, always the same."""
    return uuid.uuid5(_EVENTS, key)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInfraction:
    """One accepted violation, ready to become a row.

    type: one of the data model's six names. detected_at: capture time, aware. Speeds in km/h.
    plate: as printed, None when unread. confidence, ocr_confidence: 0..1.
    """

    camera_id: str
    track_id: int
    type: str
    detected_at: datetime
    details: Mapping[str, Any]
    confidence: float
    video_url: str
    snapshot_url: str
    zone_id: str | None = None
    plate: str | None = None
    vehicle_type: str | None = None
    detected_speed_kmh: float | None = None
    speed_limit_kmh: float | None = None
    ocr_confidence: float | None = None
    video_duration_s: float = 15.0
    plate_crop_url: str | None = None
    additional_images: Sequence[str] = ()
    weather_conditions: str | None = None
    visibility: str | None = None
    lighting_conditions: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Its idempotency key: camera, track, rule, capture time."""
        return idempotency_key(
            camera_id=self.camera_id,
            track_id=self.track_id,
            rule=self.type,
            captured_at=self.detected_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvidence:
    """The sealed bundle behind an infraction. Digests are SHA-256, lower-case hex.

    sizes: bytes of each file. previous_digest: that of the camera's bundle before, None for its first.
    """

    bundle_id: str
    store_url: str
    manifest_digest: str
    previous_digest: str | None
    signature_key_id: str
    software_version: str
    sealed_at: datetime
    sizes: Mapping[str, int]
    model_digests: Mapping[str, str] = field(default_factory=dict)
    calibration_digest: str | None = None
    device_serial: str | None = None
    device_certificate: str | None = None
    limit_source: str | None = None
    captured_from: datetime | None = None
    captured_to: datetime | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedInfraction:
    """What a save came to. created: False when the same accusation was already there."""

    id: uuid.UUID
    code: str
    event_id: uuid.UUID
    created: bool
