"""Archive, retention and restore killed with kill -9 at random instants: rows lost, rows doubled.

After each kill every row must be in the database or in the archive's live file, and once the same command
ran again to its end it must be exactly where that command puts it.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from dataclasses import dataclass
from typing import Any

from adapters.evidence_store import store_place
from adapters.settings import Settings, set_for_children
from enforcement.errors import BadInput, Unavailable
from jobs import archive, cli, enforce_retention, restore_archive
from jobs.archiving import parquet
from jobs.benches.big_rows import Big, big
from jobs.benches.killed_job import run_job
from schema import archive_ledger, bench_rows
from schema.archive_tables import Month

TABLE = "ml_predictions"
_MONTHS = ("2021-03", "2021-04")
_COMMANDS = {
    "archive": (archive.main, ["--table", TABLE]),
    "enforce_retention": (enforce_retention.main, ["--table", TABLE, "--no-evidence"]),
    "restore_archive": (restore_archive.main, ["--table", TABLE, "--month", _MONTHS[0]]),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `bench archive_kills`."""
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--rows", type=int, default=20_000, help="of each of two months")
    parser.add_argument("--seed", type=int, default=1)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Keys: rounds, killed (in their work), lost, doubled, misplaced."""
    if min(args.rounds, args.rows) < 1:
        raise BadInput("--rounds, --rows: must be positive")
    with big(None, people=1000) as at:
        months = [Month.parse(text) for text in _MONTHS]
        for number, month in enumerate(months):
            at.session.execute(
                "SELECT ensure_month_partitions(%s::regclass, %s, 1)", (TABLE, month.first_day)
            )
            step = (month.high - month.low) / (args.rows + 1)
            first = number * args.rows
            since = month.low - first * step + step
            bench_rows.add_rows(at.session, TABLE, args.rows, since=since, step=step, first=first)
        return Kills(at=at, months=months, seed=args.seed).figures(args.rounds)


@dataclass(slots=True, kw_only=True)
class Kills:
    """Rounds over one database."""

    at: Big
    months: list[Month]
    seed: int

    def figures(self, rounds: int) -> dict[str, Any]:
        """Kill, look, run again, look; see `run`."""
        draw = random.Random(self.seed)  # noqa: S311 - instants, not secrets
        wanted = self._in_database()
        counts: Counter[str] = Counter(rounds=rounds, killed=0, lost=0, doubled=0, misplaced=0)
        longest = 1.0
        with cli.progress() as progress:
            task = progress.add_task("kills", total=rounds)
            for turn in range(rounds):
                name = list(_COMMANDS)[turn % len(_COMMANDS)]
                seconds, killed = self._run(name, draw.uniform(0, longest))
                counts["killed"] += killed
                self._look(wanted, counts)
                seconds, _ = self._run(name, None)
                longest = max(0.1, 0.5 * longest + 0.6 * seconds)
                self._look(wanted, counts)
                counts["misplaced"] += self._misplaced(name, wanted)
                progress.advance(task)
                if name == "restore_archive":
                    # Everything is back in the database, and may be dropped again.
                    self._run_all_back()
        return dict(counts)

    def _look(self, wanted: Counter[str], counts: Counter[str]) -> None:
        here, there = self._in_database(), self._in_archive()
        counts["lost"] += sum((wanted - (here | there)).values())
        counts["doubled"] += sum((here - wanted).values()) + sum((there - wanted).values())

    def _misplaced(self, name: str, wanted: Counter[str]) -> int:
        """Rows that are not where the finished command puts them."""
        if name == "archive":
            return sum((wanted - self._in_archive()).values())
        if name == "enforce_retention":
            return sum(self._in_database().values())
        month = self.months[0]
        here = self._in_database(month)
        return sum((self._in_archive(month) - here).values())

    def _run_all_back(self) -> None:
        for month in self.months[1:]:
            code = cli.run(
                restore_archive.main,
                "restore_archive",
                [*self._options(), "--table", TABLE, "--month", str(month)],
            )
            if code != cli.DONE:
                raise Unavailable(f"restore of {month} ended with {code}")
        self.at.session.execute("UPDATE archives SET keep_until = NULL")

    def _environment(self) -> dict[str, str]:
        return {"VIGIA_LOCAL_DIR": str(self.at.settings.local_dir)}

    def _options(self) -> list[str]:
        set_for_children(self._environment())
        return ["--database-url", self.at.url, "--quiet"]

    def _run(self, name: str, kill_after_s: float | None) -> tuple[float, bool]:
        main, arguments = _COMMANDS[name]
        return run_job(
            main,
            name,
            [*self._options(), *arguments],
            environment=self._environment(),
            kill_after_s=kill_after_s,
            preload=__name__,
        )

    def _in_database(self, month: Month | None = None) -> Counter[str]:
        low, high = (self.months[0].low, self.months[-1].high)
        low, high = (low, high) if month is None else (month.low, month.high)
        query = (
            f"SELECT md5(p::text) FROM {TABLE} AS p WHERE predicted_at >= %s AND predicted_at < %s"  # noqa: S608
        )
        rows = self.at.session.execute(query.encode(), (low, high))
        return Counter(row[0] for row in rows)

    def _in_archive(self, month: Month | None = None) -> Counter[str]:
        """Rows of the live files, hashed by the server as it hashes its own."""
        found: Counter[str] = Counter()
        place = store_place(Settings(local_dir=self.at.settings.local_dir))
        for one in archive_ledger.live(self.at.session, TABLE, month):
            found.update(self._hashed(place, one.path))
        return found

    def _hashed(self, place: Any, path: str) -> list[str]:
        with self.at.session.transaction(), self.at.session.cursor() as cursor:
            cursor.execute(f"CREATE TEMP TABLE stored (LIKE {TABLE}) ON COMMIT DROP".encode())
            with cursor.copy("COPY stored FROM STDIN (FORMAT csv)") as copy:
                for data in parquet.as_csv(parquet.read(place, path)):
                    copy.write(data)
            rows = cursor.execute(
                f"SELECT md5(ROW(s.*)::{TABLE}::text) FROM stored AS s".encode()  # noqa: S608
            ).fetchall()
        return [str(row[0]) for row in rows]
