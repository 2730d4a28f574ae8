"""`python -m jobs.report`: a month's infractions as Parquet for analysts and as one page for people.

It holds no figures of its own: rows are gathered, counted by Ray Data and shown by jobs/reporting.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from actors.wiring import Cluster
from adapters.evidence_store import store_place
from enforcement.errors import BadInput, EvidenceBroken
from jobs import batch_job, cli
from jobs.reporting import writing
from jobs.reporting.counting import ZONE, Span, Spans
from jobs.reporting.figures import figures
from jobs.reporting.gathering import sources
from jobs.reporting.spread import count, tasks
from schema.archive_ledger import now
from schema.archive_tables import Month

_WINDOW_DAYS = 28
_LIMA = ZoneInfo(ZONE)

EPILOG = """\
The month is one of Lima. Counted are infractions by type, zone, hour and day, the vehicles with most, each
camera's yield and precision, how many vehicles offended again within a year, fines issued, paid and appealed,
and each camera's rate before and after with its interval: against the month before, or against the four
weeks before a change that you name with --change.

Rows come from the archive where it holds a month as the database has it, else from the database; months
before the report's are read for what is compared. Counting is done by Ray Data, on this machine or on the
cluster of RAY_ADDRESS, with memory that does not grow with rows.

Written to DIR: report.html (one file, no network, to be read or printed), report.json, and a Parquet file for
each table. The same goes to reports/YYYY-MM/ in the store, where the console's page of reports finds it.

Examples:
  python -m jobs.report --month 2026-10 --out out/report-2026-10
  python -m jobs.report --month last
  python -m jobs.report --month 2026-10 --change CAM001=2026-10-12 --change CAM002=2026-10-20

Prints one JSON object on stdout. Exit codes: 0 done, 1 a part is unavailable, 2 bad input: a month that
has not begun or has no infractions, a camera that does not exist, a store that takes no files, a damaged
archive.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    parser = cli.parser("report", "Report on a month.", EPILOG)
    batch_job.add_arguments(parser)
    parser.add_argument("--month", required=True, metavar="YYYY-MM", help="or last")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default out/report-YYYY-MM")
    parser.add_argument(
        "--change", action="append", default=[], metavar="CAMERA=DATE",
        help="compare four weeks before and after it; repeatable",
    )  # fmt: skip
    parser.add_argument("--no-publish", action="store_true", help="not to the store")
    options = parser.parse_args(arguments)
    given = {"month": options.month, "change": options.change}
    with batch_job.run("report", options, parameters=given) as job:
        _report(job, options)
    return job.finish()


def _report(job: batch_job.Job, options: argparse.Namespace) -> None:
    at = now(job.session)
    month = _month(options.month, at)
    cameras, zones = writing.names(job.session, "devices"), writing.names(job.session, "zones")
    spans = spans_of(month, _changes(options.change, cameras, at), until=at)
    place = store_place(job.settings)
    whole = Span(low=spans.history.low, high=max(_ends(spans)))
    with (
        sources(job, place, whole) as found,
        Cluster.connect(job.settings.ray_address, background=True),
    ):
        job.figures["rows_of_archive"] = sum(one.rows for one in found if one.archived)
        job.figures["rows_of_database"] = sum(one.rows for one in found if not one.archived)
        try:
            task = job.bar("counting", total=tasks(place, found))
            endpoint = job.settings.s3_endpoint
            sums = count(place, endpoint, found, spans, on_part=partial(job.advance, task))
        except EvidenceBroken as error:
            raise BadInput(f"--month: {error}") from error
    made_up = writing.simulated(job.session)
    report = figures(sums, spans, zones=zones, cameras=cameras, simulated=made_up)
    if not report.summary["infractions"]:
        raise BadInput(f"--month: {month} has no infractions")
    made = writing.Made(month=month, at=at.astimezone(_LIMA), spans=spans, report=report)
    out = options.out or Path("out") / f"report-{month}"
    names = writing.write(out, made)
    if not options.no_publish:
        for name in names:
            place.publish(f"{writing.REPORTS}/{month}/{name}", out / name)
    job.figures.update(month=str(month), out=str(out), summary=report.summary)


def spans_of(month: Month, changes: Mapping[str, datetime], *, until: datetime) -> Spans:
    """What a report on a month counts. changes: instants by camera. until: nothing is known after it."""
    low, high = _lima(month.first_day), min(_lima(month.next.first_day), until)
    before = Month.of(datetime.combine(month.first_day - timedelta(days=1), time(12), _LIMA))
    window = timedelta(days=_WINDOW_DAYS)
    return Spans(
        month=Span(low=low, high=high),
        previous=Span(low=_lima(before.first_day), high=low),
        history=Span(low=_lima(month.first_day.replace(year=month.first_day.year - 1)), high=low),
        before={camera: Span(low=at - window, high=at) for camera, at in changes.items()},
        after={
            camera: Span(low=at, high=min(at + window, until)) for camera, at in changes.items()
        },
    )


def _ends(spans: Spans) -> list[datetime]:
    return [spans.month.high, *(span.high for span in spans.after.values())]


def _month(text: str, at: datetime) -> Month:
    this = Month(first_day=at.astimezone(_LIMA).date().replace(day=1))
    if text == "last":
        return Month(first_day=(this.first_day - timedelta(days=1)).replace(day=1))
    month = Month.parse(text)
    if month > this:
        raise BadInput(f"--month: {month} has not begun")
    return month


def _changes(
    given: Sequence[str], cameras: Mapping[str, str], until: datetime
) -> dict[str, datetime]:
    found = {}
    for text in given:
        camera, _, day = text.partition("=")
        if camera not in cameras:
            raise BadInput(f"--change: {camera}: no such camera")
        try:
            found[camera] = _lima(date.fromisoformat(day))
        except ValueError:
            raise BadInput(f"--change: {text}: expected CAMERA=YYYY-MM-DD") from None
        if found[camera] >= until:
            raise BadInput(f"--change: {text}: has not come yet")
    return found


def _lima(day: date) -> datetime:
    return datetime.combine(day, time(0), _LIMA)


if __name__ == "__main__":
    sys.exit(cli.run(main, "report"))
