"""Numbers of the law that judging needs, as rows with validity, source and standing.

The full catalogue is a table of the database; these rows are what a site without one falls back to, and
what the table is seeded with. No rule holds such a number itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from enforcement.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """Speed above the limit that is not sanctioned, km/h, valid from..to (None: still)."""

    kmh: float
    valid_from: date
    valid_to: date | None
    source: str
    verified: bool


DEFAULT_TOLERANCES: Sequence[Tolerance] = (
    Tolerance(
        kmh=5.0,
        valid_from=date(2022, 7, 18),
        valid_to=None,
        source="Lima, Decreto de Alcaldía 010 (2025): sanction only above limit + 5 km/h",
        verified=True,
    ),
)


def in_force(valid_from: date | None, valid_to: date | None, day: date) -> bool:
    """Whether a row with that first and last day (None: open) holds on a day."""
    return (valid_from is None or valid_from <= day) and (valid_to is None or day <= valid_to)


def tolerance_on(day: date | None, rows: Sequence[Tolerance] = DEFAULT_TOLERANCES) -> Tolerance:
    """The tolerance in force on a day; raises BadInput when no row covers it.

    None, for a recording that does not know its date, takes the newest row; such a recording is for
    looking, and its evidence carries the unknown date for all to see.
    """
    if day is None:
        return max(rows, key=lambda row: row.valid_from)
    for row in rows:
        if in_force(row.valid_from, row.valid_to, day):
            return row
    raise BadInput(f"catalogue: no speed tolerance in force on {day.isoformat()}")
