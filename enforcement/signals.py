"""What a signal head showed, and when red began, with the doubt that belongs to it.

Unknown is never red. Lamp pixels are read elsewhere; here are only states over time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class SignalState(StrEnum):
    """State of one signal head in one frame."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"
    RED_AMBER = "red_amber"
    FLASHING = "flashing"
    DARK = "dark"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalReading:
    """One head in one frame, as the lamps looked (no memory): capture time and state."""

    signal_id: str
    t_s: float
    state: SignalState
    confidence: float


@dataclass(slots=True)
class SignalHistory:
    """Readings of all heads, oldest first, pruned by the owner; replayable from evidence."""

    readings: dict[str, list[SignalReading]] = field(default_factory=dict)

    def add(self, reading: SignalReading) -> None:
        """Append one reading; time must not run backwards for a head."""
        rows = self.readings.setdefault(reading.signal_id, [])
        if rows and reading.t_s < rows[-1].t_s:
            raise ValueError(f"signal {reading.signal_id}: reading older than the last one")
        rows.append(reading)
