"""What is known of drivers and vehicles over time, as columns: the only food of the risk models.

A row counts from the instant its verdict was known until the instant it no longer stood, so that a
feature can be computed as of any instant in the past. It must not know where rows come from, nor what
is computed from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from enforcement.errors import BadInput

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

DAY_S: Final = 86_400.0
YEAR_S: Final = 365.0 * DAY_S
HORIZON_S: Final = YEAR_S
"""Both risks are of the twelve months after the instant."""
LOOKBACK_S: Final = 3.0 * YEAR_S
"""What lies further back is not looked at: cameras have not been there for longer, and people change."""

TYPES: Final = (
    "SPEED_VIOLATION",
    "RED_LIGHT",
    "LANE_INVASION",
    "NO_SEATBELT",
    "PHONE_USAGE",
    "OTHER",
)
SEVERITIES: Final = ("leve", "grave", "muy_grave")
LICENCES: Final = ("A-I", "A-II", "A-III")
"""Groups of licence categories: private, taxi and small carriers, buses and trucks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Infractions, columns of equal length n, ordered by subject and then by detected_s.

    subject: (n,) index of the driver or vehicle. detected_s: (n,) capture time. known_s: when the verdict
    was given, inf while there is none. ended_s: from when on it does not stand, inf while it does; a
    rejected one has ended_s = known_s. All in seconds since 1970 UTC.
    kind: (n,) index in TYPES. severity: (n,) index in SEVERITIES, -1 unknown. excess_kmh: (n,) over the
    limit, NaN where speed is not the matter. limit_kmh: (n,) of the zone, NaN unknown. night: (n,) bool.
    """

    subject: Ints
    detected_s: Floats
    known_s: Floats
    ended_s: Floats
    kind: Ints
    severity: Ints
    excess_kmh: Floats
    limit_kmh: Floats
    night: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Raise BadInput for columns that are not a history."""
        lengths = {getattr(self, name).shape for name in self.__slots__}
        if len(lengths) != 1:
            raise BadInput(f"history: columns of different lengths {sorted(lengths)}")
        later = np.diff(self.subject) > 0
        ordered = later | ((np.diff(self.subject) == 0) & (np.diff(self.detected_s) >= 0))
        if not ordered.all():
            raise BadInput("history: rows are not ordered by subject and time of detection")
        if not np.isfinite(self.detected_s).all() or (self.known_s < self.detected_s).any():
            raise BadInput("history: a verdict before its detection, or a detection without a time")

    def __len__(self) -> int:
        return int(self.subject.shape[0])

    @property
    def stands(self) -> NDArray[np.bool_]:
        """(n,) whether it was validated and stands to this day."""
        return np.isfinite(self.known_s) & np.isinf(self.ended_s)

    def until(self, instant_s: float) -> History:
        """The same as it was at an instant: later detections gone, later verdicts not yet given."""
        kept = self.detected_s <= instant_s
        columns = {name: getattr(self, name)[kept] for name in self.__slots__}
        for name in ("known_s", "ended_s"):
            columns[name] = np.where(columns[name] <= instant_s, columns[name], np.inf)
        return History(**columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instants:
    """Where predictions are made, columns of equal length m.

    subject: (m,) index as in the history. at_s: (m,) seconds since 1970 UTC; the history up to and
    including it is seen. licensed_s: (m,) when the first licence was issued, NaN unknown. licence: (m,)
    index in LICENCES, -1 unknown. observed_since_s: when the cameras began; one number.
    """

    subject: Ints
    at_s: Floats
    licensed_s: Floats
    licence: Ints
    observed_since_s: float

    def __len__(self) -> int:
        return int(self.subject.shape[0])

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_] | slice) -> Instants:
        """Some of them."""
        return Instants(
            subject=self.subject[rows],
            at_s=self.at_s[rows],
            licensed_s=self.licensed_s[rows],
            licence=self.licence[rows],
            observed_since_s=self.observed_since_s,
        )

    def nameless(self) -> Instants:
        """The same with nothing known of the driver, as for a vehicle whose driver no one identified."""
        return Instants(
            subject=self.subject,
            at_s=self.at_s,
            licensed_s=np.full_like(self.licensed_s, np.nan),
            licence=np.full_like(self.licence, -1),
            observed_since_s=self.observed_since_s,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Each instant beside each infraction of its subject that is seen from it.

    instant, row: (p,) indices, ordered by instant and then by time of detection. age_s: (p,) how long
    before the instant. stands: (p,) it was validated and stood then; False: no verdict yet.
    """

    instant: Ints
    row: Ints
    age_s: Floats
    stands: NDArray[np.bool_]


def pairs_of(history: History, instants: Instants) -> Pairs:
    """What each instant sees: detected within the look-back, not ended by then. The one gate of time."""
    first = np.searchsorted(history.subject, instants.subject, side="left")
    last = np.searchsorted(history.subject, instants.subject, side="right")
    counts = last - first
    instant = np.repeat(np.arange(len(instants)), counts)
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    row = np.repeat(first, counts) + offsets
    at_s = instants.at_s[instant]
    age_s = at_s - history.detected_s[row]
    seen = (age_s >= 0.0) & (age_s <= LOOKBACK_S) & (history.ended_s[row] > at_s)
    instant, row, age_s = instant[seen], row[seen], age_s[seen]
    return Pairs(
        instant=instant, row=row, age_s=age_s, stands=history.known_s[row] <= instants.at_s[instant]
    )


def outcomes(events_subject: Ints, events_s: Floats, instants: Instants) -> NDArray[np.bool_]:
    """(m,) whether the subject has an event within HORIZON_S after the instant.

    events_subject, events_s: (n,) ordered by subject and time.
    """
    if not len(events_s):
        return np.zeros(len(instants), dtype=bool)
    order = np.lexsort((events_s, events_subject))
    subject, time = events_subject[order], events_s[order]
    # One key for both, so that one search serves all subjects.
    width = max(float(time.max()), float(instants.at_s.max())) + HORIZON_S + 1.0
    keys = subject.astype(np.float64) * width + time
    start = instants.subject.astype(np.float64) * width + instants.at_s
    after = np.searchsorted(keys, start, side="right")
    until = np.searchsorted(keys, start + HORIZON_S, side="right")
    return until > after


def night_of(at_s: Floats) -> NDArray[np.bool_]:
    """Whether instants lie between 20:00 and 06:00 in Peru, which keeps UTC-5 all year."""
    hour = (at_s / 3600.0 - 5.0) % 24.0
    return np.asarray((hour < 6.0) | (hour >= 20.0))


def chunks(instants: Instants, size: int = 200_000) -> Iterator[Instants]:
    """The same instants a part at a time, so that pairs stay small."""
    for begin in range(0, len(instants), size):
        yield instants.take(slice(begin, begin + size))
