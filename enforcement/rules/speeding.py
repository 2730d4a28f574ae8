"""SPEED_VIOLATION: the 95 % interval's lower end lies above limit + tolerance.

Confidence is the probability that the true mean speed over the measured stretch exceeds limit +
tolerance, given the measurement's standard uncertainty. It counts no doubt about the plate.
"""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import ndtr

from enforcement.catalogue import Tolerance
from enforcement.passes import VehiclePass
from enforcement.scene import Scene
from enforcement.signals import SignalHistory
from enforcement.trajectory import trajectory
from enforcement.verdicts import Abstention, InfractionType, Reason, Verdict, Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class Speeding:
    """The rule; the tolerance in force comes from the catalogue of the law."""

    tolerance: Tolerance
    type: InfractionType = InfractionType.SPEED_VIOLATION

    def missing(self, scene: Scene) -> str | None:
        """Part of the site this rule lacks."""
        if scene.road is None:
            return "calibration"
        return "zone.speed_limit_kmh" if scene.zone.speed_limit_kmh is None else None

    def judge(self, pass_: VehiclePass, scene: Scene, signals: SignalHistory) -> Verdict | None:
        """Violation beyond doubt, abstention with the reason, or nothing."""
        limit = scene.zone.speed_limit_kmh
        speed = pass_.speed
        if limit is None:
            return None
        at_s = speed.to_s or float(pass_.track.t_s[-1])
        if speed.refusal is not None:
            return self._abstain(pass_, at_s, speed.refusal, limit)
        interval = speed.interval_kmh
        if interval is None or speed.speed_kmh is None or speed.sigma_kmh is None:
            return None
        threshold = limit + self.tolerance.kmh
        if interval[0] <= threshold:
            if speed.speed_kmh <= limit:
                return None
            inside = speed.speed_kmh <= threshold
            reason = Reason.WITHIN_TOLERANCE if inside else Reason.UNCERTAIN_SPEED
            return self._abstain(pass_, at_s, reason, limit)
        return Violation(
            type=self.type,
            track_id=pass_.track.track_id,
            at_s=at_s,
            window_s=(speed.from_s, speed.to_s),
            confidence=float(ndtr((speed.speed_kmh - threshold) / speed.sigma_kmh)),
            details={
                "trajectory": trajectory(pass_),
                "acceleration": round(speed.acceleration_ms2, 3),
                "distance_traveled": round(speed.base_m, 2),
                "speed_kmh": round(speed.speed_kmh, 2),
                "speed_sigma_kmh": round(speed.sigma_kmh, 3),
                "interval_kmh": [round(v, 2) for v in interval],
                "speed_limit_kmh": limit,
                "tolerance_kmh": self.tolerance.kmh,
                "tolerance_source": self.tolerance.source,
                "observations": speed.observations,
                "budget_kmh": dict(speed.budget_kmh),
            },
        )

    def _abstain(self, pass_: VehiclePass, at_s: float, reason: Reason, limit: float) -> Abstention:
        speed = pass_.speed
        known = {} if speed.speed_kmh is None else {"speed_kmh": round(speed.speed_kmh, 2)}
        return Abstention(
            type=self.type,
            track_id=pass_.track.track_id,
            at_s=at_s,
            reason=reason,
            details={"speed_limit_kmh": limit, **known},
        )
