"""One line of an accident register, checked: what it must say, and what it may not.

It must not know files or tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from enforcement.errors import BadInput

REQUIRED: Final = ("external_id", "occurred_at")
OPTIONAL: Final = ("driver_dni", "plate", "zone_id", "severity")
SEVERITIES: Final = ("damage", "injury", "fatal")
_LONGEST: Final = {"external_id": 100, "driver_dni": 20, "plate": 20, "zone_id": 50}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccidentRow:
    """One accident as a register tells it. occurred_at: aware. At least a driver or a plate."""

    external_id: str
    occurred_at: datetime
    driver_dni: str | None
    plate: str | None
    zone_id: str | None
    severity: str | None


def checked_columns(names: Sequence[str] | None) -> None:
    """Raise BadInput for a header that lacks a column, has an unknown one, or one twice."""
    if not names:
        raise BadInput("the file is empty: a header line is needed")
    missing = [name for name in REQUIRED if name not in names]
    unknown = [name for name in names if name not in (*REQUIRED, *OPTIONAL)]
    twice = sorted({name for name in names if list(names).count(name) > 1})
    if missing or unknown or twice:
        parts = [("lacks", missing), ("does not know", unknown), ("has twice", twice)]
        said = "; ".join(f"{word} {', '.join(some)}" for word, some in parts if some)
        raise BadInput(f"header: {said}")


def checked_row(raw: Mapping[str | None, str | None], line: int, now: datetime) -> AccidentRow:
    """One line as a row. line: for messages. Raises BadInput naming line and column."""
    if None in raw or None in raw.values():
        raise BadInput(f"line {line}: not as many values as the header has columns")
    values = {str(name): (value or "").strip() for name, value in raw.items()}
    for name, longest in _LONGEST.items():
        if len(values.get(name, "")) > longest:
            raise BadInput(f"line {line}: {name}: longer than {longest} characters")
    if not values["external_id"]:
        raise BadInput(f"line {line}: external_id: missing")
    if not (values.get("driver_dni") or values.get("plate")):
        raise BadInput(f"line {line}: neither driver_dni nor plate")
    severity = values.get("severity") or None
    if severity is not None and severity not in SEVERITIES:
        raise BadInput(f"line {line}: severity: {severity} is none of {', '.join(SEVERITIES)}")
    return AccidentRow(
        external_id=values["external_id"],
        occurred_at=_instant(values["occurred_at"], line, now),
        driver_dni=values.get("driver_dni") or None,
        plate=values.get("plate") or None,
        zone_id=values.get("zone_id") or None,
        severity=severity,
    )


def _instant(text: str, line: int, now: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"line {line}: occurred_at: {text or 'missing'}: not ISO 8601") from None
    if at.tzinfo is None:
        raise BadInput(f"line {line}: occurred_at: {text}: say its offset, for instance -05:00")
    if at > now:
        raise BadInput(f"line {line}: occurred_at: {text} has not come yet")
    return at
