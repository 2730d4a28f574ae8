"""The schedule file, and when each of its jobs was last due. It must not know who runs them.

`jobs/schedule.yaml` says in its own words what may stand in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from enforcement.errors import BadInput

_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_SPAN = re.compile(r"(\d+) (minute|hour|day)s?")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_KEYS = {"job", "arguments", "every", "at", "day", "late"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One scheduled job. Either every, or at with perhaps a weekday (0 is Monday) or a day of the month."""

    name: str
    job: str
    arguments: tuple[str, ...] = ()
    every: timedelta | None = None
    at: time | None = None
    weekday: int | None = None
    day: int | None = None
    zone: ZoneInfo
    late: timedelta = timedelta(days=1)

    def last_due(self, now: datetime) -> datetime | None:
        """The latest instant at or before now at which it was due; None when that is too long ago."""
        local = now.astimezone(self.zone)
        due = self._every(local) if self.at is None else self._at(local)
        return due if now - due <= self.late else None

    def _every(self, local: datetime) -> datetime:
        midnight = datetime.combine(local.date(), time(0), self.zone)
        every = self.every or timedelta(days=1)
        return midnight + (local - midnight) // every * every

    def _at(self, local: datetime) -> datetime:
        day = local.date()
        while True:
            due = datetime.combine(day, self.at or time(0), self.zone)
            if due <= local and self._on(day):
                return due
            day -= timedelta(days=1)

    def _on(self, day: date) -> bool:
        if self.weekday is not None:
            return day.weekday() == self.weekday
        return self.day is None or day.day == self.day


def read(path: Path, known: Sequence[str]) -> list[Entry]:
    """Entries of a schedule file. known: names of jobs that exist.

    Raises BadInput with one line that names the file and what is wrong.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        zone = ZoneInfo(str(document.get("zone", "America/Lima")))
        jobs = document["jobs"].items()
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})") from None
    except ZoneInfoNotFoundError as error:
        raise BadInput(f"{path}: zone: {error.args[0]}") from None
    except (yaml.YAMLError, AttributeError, KeyError, TypeError, UnicodeDecodeError):
        raise BadInput(f"{path}: expected zone and jobs, as jobs/schedule.yaml has them") from None
    entries = []
    for name, row in jobs:
        try:
            entries.append(_entry(str(name), row or {}, zone, known))
        except (ValueError, TypeError, AttributeError) as error:
            raise BadInput(f"{path}: {name}: {error}") from None
    return entries


def _entry(name: str, row: Mapping[str, Any], zone: ZoneInfo, known: Sequence[str]) -> Entry:
    if set(row) - _KEYS:
        raise ValueError(f"{sorted(set(row) - _KEYS)[0]}: no such setting")
    job = str(row.get("job", name))
    if job not in known:
        raise ValueError(f"job {job} does not exist")
    if ("every" in row) == ("at" in row):
        raise ValueError("give either every or at")
    on = row.get("day")
    if on is not None and on not in _DAYS and on not in range(1, 29):
        raise ValueError(f"day: {on}: a day of the week, or of the month from 1 to 28")
    return Entry(
        name=name,
        job=job,
        arguments=tuple(str(one) for one in row.get("arguments", ())),
        every=_span(row["every"]) if "every" in row else None,
        at=time.fromisoformat(str(row["at"])) if "at" in row else None,
        weekday=_DAYS.index(on) if on in _DAYS else None,
        day=on if isinstance(on, int) else None,
        late=_span(row["late"]) if "late" in row else timedelta(days=1),
        zone=zone,
    )


def _span(text: Any) -> timedelta:
    found = _SPAN.fullmatch(str(text))
    if not found or not int(found[1]):
        raise ValueError(f"{text}: expected a span such as 5 minutes")
    return int(found[1]) * _UNITS[found[2]]
