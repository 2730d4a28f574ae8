"""Backups killed with kill -9 at random instants: rows that a restore then lacks, copies that do not verify.

Base backups and shipping of the log are killed in turn on a private server that goes on taking rows. After
each kill, and again once the same command ran to its end, every backup that the store lists must be whole;
every --drill rounds the newest is restored and compared: rows marked before a finished shipping must be
there.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.embedded_postgres import EmbeddedPostgres
from adapters.evidence_store import store_place
from adapters.settings import Settings, set_for_children
from enforcement.errors import BadInput, EvidenceBroken, Unavailable
from jobs import backup, cli, restore_drill
from jobs.backing_up import Backups
from jobs.benches.killed_job import run_job
from jobs.migrate import prepare
from schema import job_runs

_COMMANDS = {"backup": [], "backup_wal": ["--wal"]}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `bench backup_kills`."""
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--drill", type=int, default=5, metavar="N", help="restore every N rounds")
    parser.add_argument("--rows", type=int, default=500, help="that come in between two rounds")
    parser.add_argument("--seed", type=int, default=1)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Keys: rounds, killed (at their work), drills, unequal (drills), broken (copies), backups."""
    if min(args.rounds, args.drill, args.rows) < 1:
        raise BadInput("--rounds, --drill, --rows: must be positive")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        environment = {"VIGIA_LOCAL_DIR": folder, "VIGIA_DATABASE_URL": "", "VIGIA_STORE_URL": ""}
        set_for_children(environment)
        server = EmbeddedPostgres(Path(folder) / "postgres")
        url = server.start()
        try:
            prepare(url)
            kills = Kills(
                url=url,
                settings=Settings(local_dir=Path(folder)),
                environment=environment,
                rows=args.rows,
            )
            return kills.figures(args.rounds, every=args.drill, seed=args.seed)
        finally:
            server.stop()


@dataclass(slots=True, kw_only=True)
class Kills:
    """Rounds over one private server."""

    url: str
    settings: Settings
    environment: Mapping[str, str]
    rows: int
    taken: int = 0

    def figures(self, rounds: int, *, every: int, seed: int) -> dict[str, Any]:
        """Kill, look, run again, look, and at times restore; see `run`."""
        draw = random.Random(seed)  # noqa: S311 - instants, not secrets
        self._run("backup", None)
        counts: Counter[str] = Counter(rounds=rounds, killed=0, drills=0, unequal=0, broken=0)
        longest = dict.fromkeys(_COMMANDS, 2.0)
        with cli.progress() as progress:
            task = progress.add_task("kills", total=rounds)
            for turn in range(rounds):
                name = list(_COMMANDS)[turn % len(_COMMANDS)]
                self._take_rows()
                _, killed = self._run(name, draw.uniform(0, longest[name]))
                counts["killed"] += killed
                counts["broken"] += self._broken()
                seconds, _ = self._run(name, None)
                longest[name] = max(0.1, 0.5 * longest[name] + 0.6 * seconds)
                counts["broken"] += self._broken()
                if (turn + 1) % every == 0 or turn + 1 == rounds:
                    counts["drills"] += 1
                    counts["unequal"] += not self._restores()
                progress.advance(task)
        return {**counts, "backups": len(self._backups().all()), "vehicles": self.taken}

    def _take_rows(self) -> None:
        with job_runs.open_session(self.url, application="bench") as session:
            session.execute(
                "INSERT INTO vehicles (plate)"
                " SELECT 'K' || lpad(n::TEXT, 8, '0') FROM generate_series(%s::INT, %s::INT) AS n",
                (self.taken, self.taken + self.rows - 1),
            )
        self.taken += self.rows

    def _run(self, name: str, kill_after_s: float | None) -> tuple[float, bool]:
        return run_job(
            backup.main,
            name,
            ["--quiet", *_COMMANDS[name]],
            environment=self.environment,
            kill_after_s=kill_after_s,
            preload=__name__,
        )

    def _backups(self) -> Backups:
        return Backups(place=store_place(self.settings))

    def _broken(self) -> int:
        """Copies in the store that are not what their description or the server says."""
        backups = self._backups()
        broken = 0
        for one in backups.all():
            stored = backups.place.digest(one.path)
            broken += stored is None or stored.sha256 != one.sha256
        for piece in backups.log():
            try:
                backups.piece(piece)
            except EvidenceBroken:
                broken += 1
        return broken

    def _restores(self) -> bool:
        """Whether the newest backup and the log after it come back equal to what was marked."""
        code = cli.run(restore_drill.main, "restore_drill", ["--quiet"])
        if code == cli.BAD_INPUT:
            raise Unavailable("the drill could not begin")
        return code == cli.DONE
