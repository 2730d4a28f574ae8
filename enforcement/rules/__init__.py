"""One file per infraction type, each a pure function of a pass, a scene and signal history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from enforcement.catalogue import tolerance_on
from enforcement.rules.lane_invasion import LaneInvasion
from enforcement.rules.red_light import RedLight
from enforcement.rules.speeding import Speeding
from enforcement.verdicts import Rule


def rules_on(day: date | None) -> Sequence[Rule]:
    """Every rule that can be judged today, with the law of that day (None: date unknown)."""
    return (Speeding(tolerance=tolerance_on(day)), RedLight(), LaneInvasion())
