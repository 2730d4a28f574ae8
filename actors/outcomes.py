"""What a camera hands on: completed passes with plate and sealed evidence, in the order they ended.

The lines of `passes.jsonl` and `verdicts.jsonl` (DESIGN §6) are made here, so that every way of running
writes the same ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from enforcement.observer import Judged
from enforcement.plate_consensus import PlateConsensus
from enforcement.plates import PlateRead
from enforcement.scene import Scene
from enforcement.verdicts import InfractionType, Verdict, Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class PassOutcome:
    """One vehicle's pass, finished. evidence: bundle id by infraction type, for violations."""

    judged: Judged
    scene: Scene
    epoch: datetime
    plate: PlateConsensus
    reads: tuple[PlateRead, ...]
    evidence: Mapping[InfractionType, str] = field(default_factory=dict)

    def instant(self, t_s: float) -> datetime:
        """Capture seconds as an aware datetime in the zone's own time."""
        zone = ZoneInfo(self.scene.zone.timezone)
        return (self.epoch + timedelta(seconds=t_s)).astimezone(zone)

    def pass_line(self) -> dict[str, Any]:
        """A line of `passes.jsonl`."""
        pass_ = self.judged.pass_
        track, speed = pass_.track, pass_.speed
        return {
            "camera_id": self.scene.camera.id,
            "track_id": track.track_id,
            "vehicle_class": pass_.vehicle_class.label,
            "first_seen": self._iso(float(track.t_s[0])),
            "last_seen": self._iso(float(track.t_s[-1])),
            "frames": len(track),
            "speed_kmh": _rounded(speed.speed_kmh, 2),
            "speed_sigma_kmh": _rounded(speed.sigma_kmh, 3),
            "speed_refusal": None if speed.refusal is None else speed.refusal.value,
            "lane_id": pass_.lane_id,
            "heading_deg": _rounded(pass_.heading_deg, 1),
            "plate": self.plate.plate,
            "plate_confidence": _rounded(self.plate.confidence, 3) if self.plate.plate else None,
            "plate_reads": len(self.reads),
        }

    def verdict_lines(self) -> list[dict[str, Any]]:
        """Lines of `verdicts.jsonl`; evidence is relative to the run's folder."""
        return [self._verdict_line(verdict) for verdict in self.judged.verdicts]

    def _verdict_line(self, verdict: Verdict) -> dict[str, Any]:
        violation = verdict if isinstance(verdict, Violation) else None
        bundle = self.evidence.get(verdict.type) if violation is not None else None
        return {
            "verdict": "abstention" if violation is None else "violation",
            "type": verdict.type.value,
            "reason": None if isinstance(verdict, Violation) else verdict.reason.value,
            "track_id": verdict.track_id,
            "at": self._iso(verdict.at_s),
            "details": dict(verdict.details),
            "plate": self.plate.plate,
            "confidence": None if violation is None else round(violation.confidence, 4),
            "evidence": None if bundle is None else f"evidence/{bundle}",
        }

    def _iso(self, t_s: float) -> str:
        return self.instant(t_s).isoformat(timespec="milliseconds")


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
