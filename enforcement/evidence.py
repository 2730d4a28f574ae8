"""What is known about a violation before it is sealed, and the words of sealing.

Files are known here by name, size and digest; keys by what they sign. Where a bundle lies, who stores it
and how its manifest is spelled is not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from enforcement.frames import ClockHealth
from enforcement.passes import MeasurementModel, VehiclePass
from enforcement.plates import PlateRead
from enforcement.scene import Scene
from enforcement.signals import SignalHistory
from enforcement.track_json import track_json
from enforcement.verdicts import Rule, Violation

FORMAT = "vigia-evidence/1"
MANIFEST, SIGNATURE, TRACK = "manifest.json", "manifest.sig", "track.json"
CLIP, SNAPSHOT, PLATE = "clip.mp4", "snapshot.jpg", "plate.jpg"
REQUIRED = frozenset({CLIP, SNAPSHOT, TRACK})
"""Files without which nothing is sealed; the manifest and its signature come with the seal."""
ALLOWED = REQUIRED | {PLATE}

_BUNDLES = UUID("6e5f0b1c-64d5-5c2e-9a57-0d5a1b6f2f11")


class Signer(Protocol):
    """Whoever seals. key_id: SHA-256 of the raw public key, hex."""

    @property
    def key_id(self) -> str:
        """Name of the key, derived from it."""

    @property
    def public_key(self) -> bytes:
        """The raw public key, 32 bytes."""

    def sign(self, data: bytes) -> bytes:
        """Ed25519 signature over data, 64 bytes."""


class Verifier(Protocol):
    """A key someone trusts."""

    @property
    def key_id(self) -> str:
        """Name of the key, derived from it."""

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """Whether this key signed exactly data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDigest:
    """One file's content: SHA-256 (hex) and size."""

    sha256: str
    size: int

    @classmethod
    def of(cls, data: bytes) -> FileDigest:
        """Digest of content in memory."""
        return cls(sha256=hashlib.sha256(data).hexdigest(), size=len(data))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLink:
    """A sealed bundle's place in its camera's chain on one host; sequence counts from 1."""

    sequence: int
    bundle_id: str
    manifest_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Software:
    """What ran. source_sha256: digest of the source tree."""

    version: str
    source_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelIdentity:
    """A model that took part: its name and the SHA-256 of its file, hex."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateEvidence:
    """The consensus and every read it rests on; text None with the reason."""

    text: str | None
    confidence: float
    reason: str | None
    reads: tuple[PlateRead, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleDraft:
    """Everything known about one violation, before it is sealed.

    signals: what the rule was given. captured_epoch: capture time of t_s = 0. image_size: (width,
    height) the scene was built with. models: by role, `detector`, `plate_reader`, `second_look`. clip_span_s:
    capture times the clip covers. ingest_host: None when a file was analysed. sealed_at: handed in,
    so that the same file gives the same bundle.
    """

    violation: Violation
    rule: Rule
    pass_: VehiclePass
    scene: Scene
    model: MeasurementModel
    signals: SignalHistory
    captured_epoch: datetime
    clock: ClockHealth
    image_size: tuple[int, int] | None
    software: Software
    models: Mapping[str, ModelIdentity]
    simulated: bool
    sealed_at: datetime
    plate: PlateEvidence | None = None
    clip_span_s: tuple[float, float] | None = None
    ingest_host: str | None = None
    other: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.captured_epoch.tzinfo is None or self.sealed_at.tzinfo is None:
            raise ValueError("captured_epoch and sealed_at need a time zone")

    @property
    def captured_at(self) -> datetime:
        """Instant of the violation in the zone's own time, to the microsecond."""
        return self.instant(self.violation.at_s)

    def instant(self, t_s: float) -> datetime:
        """Capture seconds as an aware datetime in the zone's own time."""
        at = self.captured_epoch + timedelta(seconds=t_s)
        return at.astimezone(ZoneInfo(self.scene.zone.timezone))

    @property
    def idempotency_key(self) -> str:
        """camera, track, rule, capture time: the same violation seen twice is one."""
        at = self.captured_at.astimezone(UTC).isoformat(timespec="microseconds")
        violation = self.violation
        return f"{self.scene.camera.id}|{violation.track_id}|{violation.type.value}|{at}"

    @property
    def bundle_id(self) -> str:
        """UUID that follows from the idempotency key."""
        return str(uuid5(_BUNDLES, self.idempotency_key))

    def track_json(self) -> bytes:
        """Content of track.json."""
        return track_json(
            track=self.pass_.track,
            scene=self.scene,
            model=self.model,
            signals=self.signals,
            rule=self.rule,
            image_size=self.image_size,
        )
