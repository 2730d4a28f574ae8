"""`python -m jobs.simulate_history`: years of simulated drivers, to learn from before there are any.

It must not know how a driver behaves (simulation/driver_model.py), nor what is learnt.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from enforcement.errors import BadInput
from jobs import batch_job, cli
from jobs.batch_job import Job
from jobs.risk.simulated_rows import begin_of, plates_by_driver, tables
from schema.bulk import write_columns
from schema.sql_files import read_sql
from simulation.driver_records import record
from simulation.driving import drive

EPILOG = """\
Drivers, vehicles, infractions with their verdicts and payments, and accidents, with a known cause: exposure,
habit, recency, season, zone (docs/ml.md). Every row is marked simulated, and no name could be taken for a
real one. The same seed makes the same history; one that is there already is left alone.

Examples:
  python -m jobs.simulate_history --drivers 20000 --months 60 --seed 1
  python -m jobs.simulate_history --drivers 3000 --months 60 --seed 2 --until 2026-10-01

Which database: --database-url, else VIGIA_DATABASE_URL, else the private PostgreSQL in .local/.
Prints one JSON object on stdout: rows written by table. Exit codes: 0 done, 2 bad input.
"""
_MOST_DRIVERS = 5_000_000
_KNOWN = text("SELECT plate FROM vehicles WHERE plate = ANY(:plates)")


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    parser = cli.parser("simulate_history", "Write years of simulated drivers.", EPILOG)
    batch_job.add_arguments(parser)
    parser.add_argument("--drivers", type=int, required=True, metavar="N")
    parser.add_argument("--months", type=int, required=True, metavar="M", help="of history")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--until", metavar="DAY", help="last day, YYYY-MM-DD (today)")
    parser.add_argument(
        "--plate", action="append", default=[], help="a vehicle to be on record; repeatable"
    )
    options = parser.parse_args(arguments)
    until = _checked(options)
    given = {"drivers": options.drivers, "months": options.months, "seed": options.seed}
    with batch_job.run("simulate_history", options, parameters=given) as job:
        job.figures["simulated"] = True
        job.figures["written"] = simulate(
            job,
            drivers=options.drivers,
            months=options.months,
            seed=options.seed,
            until=until,
            plates=options.plate,
        )
    return job.finish()


def simulate(
    job: Job,
    *,
    drivers: int,
    months: int,
    seed: int,
    until: datetime,
    plates: Sequence[str] = (),
    settled: bool = False,
) -> dict[str, int]:
    """Write it in one transaction; returns rows by table, none when this seed's is there already.

    plates: of vehicles that are to be among them, known or not. settled: nothing waits for a verdict.
    """
    weeks = max(1, round(months * 365.25 / 12 / 7))
    with job.engine.begin() as connection:
        if _there(connection, seed):
            return {}
        driving = job.bar("driving", total=weeks)
        driven = drive(
            count=drivers,
            weeks=weeks,
            begin_s=begin_of(until, weeks),
            seed=seed,
            tick=lambda: job.advance(driving),
        )
        records = record(driven, seed=seed)
        records = records.settled() if settled else records
        given = plates_by_driver(list(plates), records)
        known = set(connection.execute(_KNOWN, {"plates": list(plates)}).scalars())
        made = list(tables(driven, records, seed=seed, plates=given, known=known))
        writing = job.bar("writing", total=sum(columns.num_rows for _, columns in made))
        # Counters and codes are in the columns already; a trigger for each of a million rows is minutes.
        connection.execute(text(read_sql("risk/quiet_triggers")))
        written = {}
        for table, columns in made:
            written[table] = write_columns(connection, table, columns)
            job.advance(writing, columns.num_rows)
        connection.execute(text(read_sql("risk/vehicle_counters")), {"plates": sorted(known)})
        connection.execute(text(read_sql("risk/wake_triggers")))
    return written


def _there(connection: Connection, seed: int) -> bool:
    found = connection.execute(
        text("SELECT 1 FROM zones WHERE id LIKE :like LIMIT 1"), {"like": f"SIM{seed}-Z%"}
    )
    return found.first() is not None


def _checked(options: argparse.Namespace) -> datetime:
    if not 1 <= options.drivers <= _MOST_DRIVERS:
        raise BadInput(f"--drivers: 1 to {_MOST_DRIVERS}")
    if not 1 <= options.months <= 600:
        raise BadInput("--months: 1 to 600")
    if not 0 <= options.seed <= 9_999:
        raise BadInput("--seed: 0 to 9999")
    now = datetime.now(UTC)
    if options.until is None:
        return now
    try:
        until = datetime.strptime(options.until, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise BadInput(f"--until: {options.until} is no day, write YYYY-MM-DD") from None
    if until > now:
        raise BadInput(f"--until: {options.until} has not come yet")
    return until


if __name__ == "__main__":
    sys.exit(cli.run(main, "simulate_history"))
