"""When scheduled jobs are due, and schedule files that cannot be used."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from enforcement.errors import BadInput
from jobs import timetable
from jobs.scheduler import SCHEDULE, known_jobs

# A Wednesday, 09:47 in Lima.
NOW = datetime(2026, 11, 25, 14, 47, 12, tzinfo=UTC)


def due(tmp_path: Path, line: str, now: datetime = NOW) -> str | None:
    path = tmp_path / "schedule.yaml"
    path.write_text(f"zone: America/Lima\njobs:\n  archive: {{{line}}}\n")
    found = timetable.read(path, ["archive"])[0].last_due(now)
    return None if found is None else found.strftime("%a %d %H:%M")


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("every: 5 minutes", "Wed 25 09:45"),
        ("every: 1 hour", "Wed 25 09:00"),
        ('at: "02:00"', "Wed 25 02:00"),
        ('at: "22:00"', "Tue 24 22:00"),  # today's has not come yet
        ('at: "02:00", day: sunday, late: 7 days', "Sun 22 02:00"),
        ('at: "02:00", day: 1, late: 40 days', "Sun 01 02:00"),
        ('at: "02:00", day: sunday', None),  # three days ago is too late
        ("every: 5 minutes, late: 1 minute", None),
    ],
)
def test_a_job_was_last_due(tmp_path: Path, line: str, wanted: str | None) -> None:
    assert due(tmp_path, line) == wanted


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("jobs: {archive: {every: soon}}", "archive: soon"),
        ("jobs: {archive: {every: 0 minutes}}", "archive: 0 minutes"),
        ("jobs: {archive: {}}", "either every or at"),
        ("jobs: {archive: {at: '25:00'}}", "archive: "),
        ("jobs: {archive: {at: '02:00', day: 31}}", "from 1 to 28"),
        ("jobs: {nothing: {at: '02:00'}}", "job nothing does not exist"),
        ("jobs: {archive: {att: '02:00'}}", "att: no such setting"),
        ("zone: Mars/Olympus\njobs: {}", "zone"),
        ("[1, 2]", "expected zone and jobs"),
        ("jobs: {archive: [", "expected zone and jobs"),
    ],
)
def test_a_schedule_that_cannot_be_used_is_one_line(tmp_path: Path, text: str, line: str) -> None:
    path = tmp_path / "schedule.yaml"
    path.write_text(text)
    with pytest.raises(BadInput) as refused:
        timetable.read(path, ["archive"])
    assert line in str(refused.value)
    assert str(path) in str(refused.value)


def test_the_shipped_schedule_names_jobs_that_exist() -> None:
    assert len(timetable.read(SCHEDULE, known_jobs())) > 5
