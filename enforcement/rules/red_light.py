"""RED_LIGHT: wholly behind the line while it is red, then across it while it is still red.

The vehicle must be seen wholly behind the stop line at an instant at which red surely holds (its leading
edge behind by more than the doubt), cross it while that head is read red, after the grace counted from
the latest possible onset, and go on (IACP 2007's definition, FACTS §2). Amber, dark, flashing and
unknown accuse nobody. A camera that sees rears knows the leading edge only up to the vehicle's length:
it takes the longest vehicle of the class for "behind" and the shortest for "across".

Confidence is the product of: behind at that instant, later than the grace, and the mean confidence of
that red phase's lamp readings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from enforcement.detections import BoolArray, FloatArray
from enforcement.passes import VehiclePass, same_direction
from enforcement.path import GroundPath
from enforcement.scene import Scene, SignalHead
from enforcement.signals import RedPhase, SignalHistory, SignalState
from enforcement.verdicts import Abstention, InfractionType, Reason, Verdict, Violation

FRONT_SIGMA_M = 0.15
"""Doubt of where the end that the camera sees is, besides the box's noise, metres."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Approach:
    """Leading edge against the line, signed metres (negative behind).

    lead_m: with the class's typical length. least_m, most_m: with its shortest and longest where the
    length decides. sigma_m: doubt from the box. usable: rows used.
    """

    t_s: FloatArray
    lead_m: FloatArray
    least_m: FloatArray
    most_m: FloatArray
    sigma_m: FloatArray
    usable: BoolArray


@dataclass(frozen=True, slots=True, kw_only=True)
class RedLight:
    """The rule.

    doubts: how many standard errors the leading edge must clear the line by. proceed_m: how far past the
    line the vehicle must go: one that stops on the line is not accused of running the light. max_onset_s:
    widest bounds on the onset of red that may still accuse.
    """

    doubts: float = 2.0
    proceed_m: float = 3.0
    max_gap_s: float = 0.8
    max_onset_s: float = 1.0
    heading_within_deg: float = 50.0
    type: InfractionType = InfractionType.RED_LIGHT

    def missing(self, scene: Scene) -> str | None:
        """Part of the site this rule lacks."""
        if scene.road is None:
            return "calibration"
        if scene.stop_line is None:
            return "stop_line"
        return None if scene.signals else "signals"

    def judge(self, pass_: VehiclePass, scene: Scene, signals: SignalHistory) -> Verdict | None:
        """Violation, abstention with the reason, or nothing."""
        if pass_.path is None or scene.road is None or scene.stop_line is None:
            return None
        approach = _approach(pass_, pass_.path, scene.road.to_world(scene.stop_line))
        if approach is None:
            return None
        crossing_s = _crossing(approach, approach.lead_m)
        if crossing_s is None:
            return None
        for head in scene.signals:
            if not same_direction(pass_.heading_deg, head.heading_deg, self.heading_within_deg):
                continue
            return self._judge_head(pass_, approach, crossing_s, head, scene, signals)
        return None

    def _judge_head(
        self,
        pass_: VehiclePass,
        approach: _Approach,
        crossing_s: float,
        head: SignalHead,
        scene: Scene,
        signals: SignalHistory,
    ) -> Verdict | None:
        red = signals.red_at(head.id, crossing_s)
        if red is None:
            state = signals.state_at(head.id, crossing_s)
            if state in (SignalState.UNKNOWN, SignalState.DARK):
                return self._abstain(pass_, crossing_s, Reason.SIGNAL_UNKNOWN)
            return None
        reason = self._doubt(pass_, approach, crossing_s, red, scene.grace_s)
        if reason is not None:
            return self._abstain(pass_, crossing_s, reason)
        behind = self._behind(approach, red, crossing_s)
        if behind is None:
            return self._abstain(pass_, crossing_s, Reason.NOT_WHOLLY_BEHIND)
        earliest = _crossing(approach, approach.most_m)
        if earliest is not None and earliest - red.from_s <= scene.grace_s:
            # The longest vehicle of its class would have crossed sooner.
            return self._abstain(pass_, crossing_s, Reason.WITHIN_GRACE)
        onset = red.onset_s
        # Seen red from the start: at least this long after red, which is all that can be said.
        after = crossing_s - (red.from_s if onset is None else onset)
        return Violation(
            type=self.type,
            track_id=pass_.track.track_id,
            at_s=crossing_s,
            window_s=(max(float(pass_.track.t_s[0]), crossing_s - 10.0), crossing_s + 1.0),
            confidence=behind * red.confidence * _past_grace(red, crossing_s, scene.grace_s),
            details={
                "traffic_light_state": "red",
                "time_after_red_seconds": round(after, 3),
                "stop_line_crossed": True,
                "signal_id": head.id,
                "onset_seen": onset is not None,
                "onset_uncertainty_seconds": None
                if red.onset_low_s is None or red.onset_high_s is None
                else round((red.onset_high_s - red.onset_low_s) / 2, 3),
                "grace_seconds": scene.grace_s,
                "vehicle_class": pass_.vehicle_class.label,
            },
        )

    def _doubt(
        self,
        pass_: VehiclePass,
        approach: _Approach,
        crossing_s: float,
        red: RedPhase,
        grace: float,
    ) -> Reason | None:
        if red.onset_low_s is not None and red.from_s - red.onset_low_s > self.max_onset_s:
            return Reason.ONSET_UNCERTAIN
        # from_s is the latest instant at which red can have begun.
        if crossing_s - red.from_s <= grace:
            return Reason.WITHIN_GRACE
        near = np.abs(pass_.track.t_s - crossing_s) < 1.0
        if float(pass_.track.contested[near].mean()) > 0.3:
            return Reason.AMBIGUOUS_VEHICLE
        if not bool(pass_.track.regular[near].all()):
            return Reason.IRREGULAR_TIME
        if not self._seen_across(approach, crossing_s, red):
            return Reason.CROSSING_UNCERTAIN
        return None

    def _seen_across(self, approach: _Approach, crossing_s: float, red: RedPhase) -> bool:
        """Surely over the line during red, gone on past it, with no hole around the crossing."""
        t = approach.t_s
        usable = approach.usable
        before = t[usable & (t <= crossing_s)]
        after = t[usable & (t >= crossing_s)]
        if len(before) == 0 or len(after) == 0 or after[0] - before[-1] > self.max_gap_s:
            return False
        beyond = usable & (approach.least_m - self.doubts * approach.sigma_m > 0)
        during_red = beyond & (t > crossing_s) & (t <= red.to_s)
        # One that stops with its front over the line and leaves on green has not run the light.
        went_on = usable & (t > crossing_s) & (t <= red.to_s) & (approach.least_m > self.proceed_m)
        return bool(during_red.any()) and bool(went_on.any())

    def _behind(self, approach: _Approach, red: RedPhase, crossing_s: float) -> float | None:
        """Probability of being wholly behind at an instant of sure red; None when not beyond doubt."""
        rows = approach.usable & (approach.t_s >= red.from_s) & (approach.t_s <= crossing_s)
        if not rows.any():
            return None
        margin = -approach.most_m[rows] / approach.sigma_m[rows]
        best = float(margin.max())
        return float(ndtr(best)) if best >= self.doubts else None

    def _abstain(self, pass_: VehiclePass, at_s: float, reason: Reason) -> Abstention:
        return Abstention(
            type=self.type, track_id=pass_.track.track_id, at_s=at_s, reason=reason, details={}
        )


def _approach(pass_: VehiclePass, path: GroundPath, line: FloatArray) -> _Approach | None:
    """Signed distances along the heading, only while the path runs between the line's ends."""
    rows = path.measurable & ~pass_.track.concealed
    if int(rows.sum()) < 3:
        return None
    along = line[1] - line[0]
    length = float(np.linalg.norm(along))
    normal = np.array([-along[1], along[0]]) / length
    travel = path.centre[rows][-1] - path.centre[rows][0]
    if float(travel @ normal) < 0:
        normal = -normal
    lead = (path.front() - line[0]) @ normal
    lateral = (path.front() - line[0]) @ along / length
    if not _between_ends(lead, lateral, rows, length):
        return None
    variance = np.einsum("i,nij,j->n", normal, path.cov, normal)
    # Where the rear is what the box shows, the leading edge is a vehicle's length away from it.
    shape = path.shape
    shortest, longest = shape.length_range_m if _recedes(pass_) else (shape.length_m,) * 2
    lead = np.nan_to_num(lead, nan=0.0)
    return _Approach(
        t_s=pass_.track.t_s,
        lead_m=lead,
        least_m=lead - (shape.length_m - shortest),
        most_m=lead + (longest - shape.length_m),
        sigma_m=np.sqrt(np.nan_to_num(variance, nan=1e6) + FRONT_SIGMA_M**2),
        usable=rows & (pass_.track.occlusion < 0.5),
    )


def _recedes(pass_: VehiclePass) -> bool:
    """The box shrinks or climbs over the pass: the camera sees the rear."""
    bottom = pass_.track.xyxy[:, 3]
    return bool(bottom[-1] < bottom[0])


def _between_ends(
    lead: FloatArray, lateral: FloatArray, rows: BoolArray, length: float, slack_m: float = 0.5
) -> bool:
    seen = np.flatnonzero(rows)
    nearest = seen[int(np.argmin(np.abs(lead[seen])))]
    return bool(-slack_m <= lateral[nearest] <= length + slack_m)


def _crossing(approach: _Approach, lead_m: FloatArray) -> float | None:
    """Instant at which a leading edge passes the line for the last time from behind, seconds."""
    rows = np.flatnonzero(approach.usable)
    lead, t = lead_m[rows], approach.t_s[rows]
    crossings = np.flatnonzero((lead[:-1] <= 0) & (lead[1:] > 0))
    if len(crossings) == 0:
        return None
    i = int(crossings[-1])
    share = -lead[i] / (lead[i + 1] - lead[i])
    return float(t[i] + share * (t[i + 1] - t[i]))


def _past_grace(red: RedPhase, crossing_s: float, grace_s: float) -> float:
    """Probability that the crossing came after the grace, onset uniform between its bounds."""
    if red.onset_low_s is None or red.onset_high_s is None:
        return 1.0
    width = max(red.onset_high_s - red.onset_low_s, 1e-3)
    return float(np.clip((crossing_s - grace_s - red.onset_low_s) / width, 0.0, 1.0))
