"""Three answers, not two: a violation, an abstention with its reason, or nothing.

What is said here is said to a court: each violation carries its details and a confidence whose
meaning is written down. It must not know how a verdict is stored or shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from enforcement.passes import VehiclePass
    from enforcement.scene import Scene
    from enforcement.signals import SignalHistory


class InfractionType(StrEnum):
    """The data model's six names."""

    SPEED_VIOLATION = "SPEED_VIOLATION"
    LANE_INVASION = "LANE_INVASION"
    RED_LIGHT = "RED_LIGHT"
    NO_SEATBELT = "NO_SEATBELT"
    PHONE_USAGE = "PHONE_USAGE"
    OTHER = "OTHER"


class Reason(StrEnum):
    """Why a rule or a measurement refuses; written to files, so values never change meaning."""

    SHORT_BASE = "short_base"
    FEW_OBSERVATIONS = "few_observations"
    IRREGULAR_TIME = "irregular_time"
    POOR_TIMING = "poor_timing"
    OCCLUDED = "occluded"
    AMBIGUOUS_VEHICLE = "ambiguous_vehicle"
    UNCERTAIN_SPEED = "uncertain_speed"
    NOT_STRAIGHT = "not_straight"
    POOR_FIT = "poor_fit"
    INCONSISTENT_BOX = "inconsistent_box"
    UNSTEADY_SPEED = "unsteady_speed"
    NO_CALIBRATION = "no_calibration"
    POOR_CALIBRATION = "poor_calibration"
    OUTSIDE_MEASURED_AREA = "outside_measured_area"
    WITHIN_TOLERANCE = "within_tolerance"
    SIGNAL_UNKNOWN = "signal_unknown"
    ONSET_UNKNOWN = "onset_unknown"
    ONSET_UNCERTAIN = "onset_uncertain"
    WITHIN_GRACE = "within_grace"
    NOT_WHOLLY_BEHIND = "not_wholly_behind"
    CROSSING_UNCERTAIN = "crossing_uncertain"
    LANE_UNCERTAIN = "lane_uncertain"
    CLASS_UNCERTAIN = "class_uncertain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A rule says: this pass broke the law, beyond the doubt the rule documents.

    at_s: capture time of the violation, seconds of the stream's epoch.
    details: `violation_details` in the data model's shape for the type, plus our own keys.
    confidence: probability, 0..1, that the statement of the rule is true given its error model;
    each rule documents which doubts it counts. It is not the detector's score.
    """

    type: InfractionType
    track_id: int
    at_s: float
    details: dict[str, Any]
    confidence: float
    window_s: tuple[float, float] = field(default=(0.0, 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Abstention:
    """A rule had grounds to look and refuses to say; nobody is accused."""

    type: InfractionType
    track_id: int
    at_s: float
    reason: Reason
    details: dict[str, Any] = field(default_factory=dict)


Verdict = Violation | Abstention


class Rule(Protocol):
    """One infraction type. Pure: same pass, scene and signals, same answer."""

    @property
    def type(self) -> InfractionType:
        """The infraction this rule speaks of."""

    def missing(self, scene: Scene) -> str | None:
        """Name of the part of the site this rule lacks, or None if it can run there."""

    def judge(self, pass_: VehiclePass, scene: Scene, signals: SignalHistory) -> Verdict | None:
        """The verdict on one completed pass; None when there is nothing to say."""
