"""What a signal head showed, and when red began, with the doubt that belongs to it.

Unknown is never red. Lamp pixels are read elsewhere; here are only states over time: single misread
frames are dropped, a lamp that goes on and off is flashing, and the onset of red lies between the last
reading that was not red and the first that was.
"""

from __future__ import annotations

from collections.abc import Sequence
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stretch of one state: first and last reading, how many were seen, mean confidence."""

    state: SignalState
    from_s: float
    to_s: float
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RedPhase:
    """A red that holds from_s..to_s. onset_s None: it was red before anyone looked.

    onset_low_s, onset_high_s bound the onset.
    """

    from_s: float
    to_s: float
    confidence: float
    onset_low_s: float | None
    onset_high_s: float | None

    @property
    def onset_s(self) -> float | None:
        """Middle of the bounds, seconds."""
        if self.onset_low_s is None or self.onset_high_s is None:
            return None
        return (self.onset_low_s + self.onset_high_s) / 2


KEEP_EVERY_S = 0.5
"""Inside a stretch of one state, readings are thinned to this spacing; its ends are always kept."""


@dataclass(slots=True)
class SignalHistory:
    """Readings of all heads, oldest first; replayable from evidence."""

    readings: dict[str, list[SignalReading]] = field(default_factory=dict)

    def add(self, reading: SignalReading) -> None:
        """Append one reading; time must not run backwards for a head."""
        rows = self.readings.setdefault(reading.signal_id, [])
        if rows and reading.t_s < rows[-1].t_s:
            raise ValueError(f"signal {reading.signal_id}: reading older than the last one")
        same = (
            len(rows) >= 2 and rows[-1].state is reading.state and rows[-2].state is reading.state
        )
        if (
            same
            and rows[-1].t_s - rows[-2].t_s < KEEP_EVERY_S
            and (reading.t_s - rows[-2].t_s < KEEP_EVERY_S)
        ):
            rows[-1] = reading
        else:
            rows.append(reading)

    def prune(self, before_s: float) -> None:
        """Forget readings older than before_s."""
        for rows in self.readings.values():
            keep = next((i for i, row in enumerate(rows) if row.t_s >= before_s), len(rows))
            del rows[:keep]

    def between(self, from_s: float, to_s: float) -> SignalHistory:
        """A copy of what was read in [from_s, to_s]."""
        return SignalHistory(
            readings={
                name: [row for row in rows if from_s <= row.t_s <= to_s]
                for name, rows in self.readings.items()
            }
        )

    def phases(self, signal_id: str) -> list[Phase]:
        """Stretches of one state; those shorter than a misread frame are dropped."""
        return _without_glitches(_runs(self.readings.get(signal_id, [])))

    def red_at(self, signal_id: str, t_s: float) -> RedPhase | None:
        """The red phase that holds at t_s, or None when that head was not surely red then."""
        phases = self.phases(signal_id)
        for position, phase in enumerate(phases):
            if phase.state is not SignalState.RED or not _holds(phase, t_s):
                continue
            if _is_flashing(phases, t_s):
                return None
            before = phases[position - 1] if position else None
            known = before is not None and before.state in _BEFORE_RED
            return RedPhase(
                from_s=phase.from_s,
                to_s=phase.to_s,
                confidence=phase.confidence,
                onset_low_s=before.to_s if known and before is not None else None,
                onset_high_s=phase.from_s if known else None,
            )
        return None

    def state_at(self, signal_id: str, t_s: float) -> SignalState:
        """The state that holds at t_s; unknown where nothing does."""
        phases = self.phases(signal_id)
        if _is_flashing(phases, t_s):
            return SignalState.FLASHING
        return next((p.state for p in phases if _holds(p, t_s)), SignalState.UNKNOWN)


GLITCH_S = 0.15
"""A state seen for no longer than this between two readings of another is a misread frame."""
UNSEEN_S = 1.0
"""Two readings of one state further apart than this say nothing of what was shown between them."""
FLASH_WINDOW_S = 4.0
"""A lamp seen on, off and on again within this time is flashing."""
_BEFORE_RED = (SignalState.AMBER, SignalState.GREEN)


def _holds(phase: Phase, t_s: float) -> bool:
    return phase.from_s <= t_s <= phase.to_s


def _runs(rows: Sequence[SignalReading]) -> list[Phase]:
    runs: list[Phase] = []
    start = 0
    for end in range(1, len(rows) + 1):
        same = end < len(rows) and rows[end].state is rows[start].state
        if same and rows[end].t_s - rows[end - 1].t_s <= UNSEEN_S:
            continue
        block = rows[start:end]
        runs.append(
            Phase(
                state=block[0].state,
                from_s=block[0].t_s,
                to_s=block[-1].t_s,
                confidence=sum(row.confidence for row in block) / len(block),
            )
        )
        if same:
            runs.append(_unseen(rows[end - 1].t_s, rows[end].t_s))
        start = end
    return runs


def _unseen(from_s: float, to_s: float) -> Phase:
    return Phase(state=SignalState.UNKNOWN, from_s=from_s, to_s=to_s, confidence=0.0)


def _without_glitches(runs: list[Phase]) -> list[Phase]:
    """Drop short stretches that stand between two of the same state, then join those two."""
    kept: list[Phase] = []
    for position, run in enumerate(runs):
        last = kept[-1] if kept else None
        after = runs[position + 1] if position + 1 < len(runs) else None
        if last is not None and after is not None and _is_glitch(last, run, after):
            continue
        if last is not None and last.state is run.state:
            kept[-1] = Phase(
                state=run.state,
                from_s=last.from_s,
                to_s=run.to_s,
                confidence=(last.confidence + run.confidence) / 2,
            )
        else:
            kept.append(run)
    return kept


def _is_glitch(before: Phase, run: Phase, after: Phase) -> bool:
    short = run.to_s - run.from_s <= GLITCH_S
    return short and after.state is before.state and after.from_s - before.to_s <= UNSEEN_S


def _is_flashing(phases: Sequence[Phase], t_s: float) -> bool:
    """On, off, on (or off, on, off) inside the window around t_s."""
    near = [
        p for p in phases if p.to_s >= t_s - FLASH_WINDOW_S and p.from_s <= t_s + FLASH_WINDOW_S
    ]
    lit = [p.state in (SignalState.RED, SignalState.AMBER) for p in near]
    dark = [p.state is SignalState.DARK for p in near]
    alternating = sum(
        (lit[i] and dark[i + 1]) or (dark[i] and lit[i + 1]) for i in range(len(near) - 1)
    )
    return alternating >= 2
