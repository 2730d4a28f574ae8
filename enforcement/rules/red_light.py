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

from enforcement.approach import Approach, approach_to, crossing
from enforcement.passes import VehiclePass, same_direction
from enforcement.scene import Scene, SignalHead
from enforcement.signals import RedPhase, SignalHistory, SignalState
from enforcement.verdicts import Abstention, InfractionType, Reason, Verdict, Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class RedLight:
    """The rule.

    doubts: how many standard errors the leading edge must clear the line by. proceed_m: how far past the
    line the vehicle must go: one that stops on the line is not accused of running the light. max_onset_s:
    widest bounds on the onset of red that may still accuse. witnesses: observations that must each show it
    wholly behind during red: one box can be another vehicle's.
    """

    doubts: float = 2.0
    proceed_m: float = 3.0
    max_gap_s: float = 0.8
    max_onset_s: float = 1.0
    witnesses: int = 3
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
        approach = approach_to(pass_, pass_.path, scene.road.to_world(scene.stop_line))
        if approach is None:
            return None
        crossing_s = crossing(approach, approach.lead_m)
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
        approach: Approach,
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
        earliest = crossing(approach, approach.most_m)
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
        approach: Approach,
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

    def _seen_across(self, approach: Approach, crossing_s: float, red: RedPhase) -> bool:
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

    def _behind(self, approach: Approach, red: RedPhase, crossing_s: float) -> float | None:
        """Probability of being wholly behind while red surely held; None when not beyond doubt.

        It is that of the weakest of the best witnesses.
        """
        rows = approach.usable & (approach.t_s >= red.from_s) & (approach.t_s <= crossing_s)
        margin = np.sort(-approach.most_m[rows] / approach.sigma_m[rows])
        if len(margin) < self.witnesses or margin[-self.witnesses] < self.doubts:
            return None
        return float(ndtr(margin[-self.witnesses]))

    def _abstain(self, pass_: VehiclePass, at_s: float, reason: Reason) -> Abstention:
        return Abstention(
            type=self.type, track_id=pass_.track.track_id, at_s=at_s, reason=reason, details={}
        )


def _past_grace(red: RedPhase, crossing_s: float, grace_s: float) -> float:
    """Probability that the crossing came after the grace, onset uniform between its bounds."""
    if red.onset_low_s is None or red.onset_high_s is None:
        return 1.0
    width = max(red.onset_high_s - red.onset_low_s, 1e-3)
    return float(np.clip((crossing_s - grace_s - red.onset_low_s) / width, 0.0, 1.0))
