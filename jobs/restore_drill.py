"""`python -m jobs.restore_drill`: restores the newest backup into a fresh server and says what it would cost.

It touches neither the database nor the backups.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from adapters import base_backup
from adapters.evidence_store import store_place
from adapters.free_port import free_port
from adapters.remote_files import Place
from enforcement.errors import BadInput, EvidenceBroken
from jobs import batch_job, cli
from jobs.backing_up import Backup, Backups
from schema import archive_ledger, job_runs, server_log
from schema.restored_rows import changed_since, counted

EPILOG = """\
Fetches the newest base backup and the log after it from the store, checks both, starts a server of its own
over them on a private port, lets it recover, and compares: every user, camera, vehicle, driver, infraction,
verdict, bundle, prediction, line of the audit and line of the archive's ledger that was there at the last
mark must be there again, column by column unless it changed since. Then it is thrown away.

  rpo_s   how much would have been lost had the machine gone now: the age of the newest mark restored;
          at most 300, else the answer is no
  rto_s   from the order to a compared, answering server; at most 3600, else the answer is no

Examples:
  python -m jobs.restore_drill
  python -m jobs.restore_drill --backup 20261101T060000Z     another than the newest (jobs.backup --list)

Prints one JSON object on stdout.
Exit codes: 0 restored, equal and within both bounds, 1 not (each reason on stderr), 2 no backup, or a
damaged one.
"""
MOST_RPO_S, MOST_RTO_S = 300.0, 3600.0


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    parser = cli.parser("restore_drill", "Prove that the backup restores.", EPILOG)
    batch_job.add_arguments(parser)
    parser.add_argument("--backup", metavar="NAME", help="default: the newest")
    options = parser.parse_args(arguments)
    with batch_job.run("restore_drill", options, parameters={"backup": options.backup}) as job:
        try:
            differences = _drill(job, options.backup)
        except EvidenceBroken as error:
            raise BadInput(f"the backup cannot be restored: {error}") from error
    job.finish()
    for line in differences:
        sys.stderr.write(f"restore_drill: {line}\n")
    return cli.NO if differences else cli.DONE


def _drill(job: batch_job.Job, name: str | None) -> list[str]:
    began, at = time.monotonic(), archive_ledger.now(job.session)
    place = store_place(job.settings)
    backup = _chosen(Backups(place=place), name)
    task = job.bar("fetched, checked, recovered, compared", total=4)
    with base_backup.server_folder("vigia-drill-") as folder:
        data, log = folder / "data", folder / "wal"
        _fetch(place, backup, folder, data, log)
        job.advance(task)
        base_backup.verify(data)
        job.advance(task)
        base_backup.begin_recovery(data, log)
        base_backup.give_to_server(log)
        port = free_port()
        with base_backup.running(data, port):
            job.advance(task)
            url = make_url(job.url).set(host="127.0.0.1", port=port)
            restored = url.render_as_string(hide_password=False)
            mark, differences = _compare(job, restored)
    job.advance(task)
    rpo_s = None if mark is None else round((at - mark).total_seconds(), 1)
    rto_s = round(time.monotonic() - began, 1)
    job.figures.update(backup=backup.name, rpo_s=rpo_s, rto_s=rto_s, equal=not differences)
    return differences + too_late(rpo_s, rto_s)


def too_late(rpo_s: float | None, rto_s: float) -> list[str]:
    """What a restored copy lacks although it is equal, a line each; seconds, rpo_s None without a mark."""
    said = []
    if rpo_s is None:
        said.append("no mark came back: how much would be lost is unknown")
    elif rpo_s > MOST_RPO_S:
        said.append(f"the newest {rpo_s:.0f} s would be lost, more than {MOST_RPO_S:.0f}")
    if rto_s > MOST_RTO_S:
        said.append(f"restoring took {rto_s:.0f} s, more than {MOST_RTO_S:.0f}")
    return said


def _chosen(backups: Backups, name: str | None) -> Backup:
    found = backups.all()
    if not found:
        raise BadInput(f"{backups.place.url}: holds no backup; run python -m jobs.backup")
    if name is None:
        return found[-1]
    one = next((one for one in found if one.name == name), None)
    if one is None:
        raise BadInput(f"--backup: {name}: no such backup")
    return one


def _fetch(place: Place, backup: Backup, folder: Path, data: Path, log: Path) -> None:
    packed = folder / "data.tar.zst"
    with place.opened(backup.path) as source, packed.open("wb") as sink:
        shutil.copyfileobj(source, sink, 1 << 20)
    log.mkdir()
    backups = Backups(place=place)
    for name in backups.log():
        if name[8:] >= backup.first_wal[8:]:
            (log / name).write_bytes(backups.piece(name))
    fetched = Place.of_folder(folder).digest(packed.name)
    if fetched is None or fetched.sha256 != backup.sha256:
        raise EvidenceBroken(f"{place.url}/{backup.path}: not the file that was stored")
    data.mkdir()
    base_backup.unpack(packed, data)
    packed.unlink()


def _compare(job: batch_job.Job, restored: str) -> tuple[datetime | None, list[str]]:
    """The newest mark in the restored database, and what differs of what was there at it."""
    with job_runs.open_session(restored, application="vigia-drill") as there:
        mark = server_log.last_mark(there)
        until = mark or archive_ledger.now(there)
        found = dict(counted(there, until, but=changed_since(job.session, until)))
    wanted = dict(counted(job.session, until))
    job.figures["rows_compared"] = sum(rows for rows, _ in wanted.values())
    return mark, [
        f"{table}: {found[table][0]} rows restored, {rows} wanted, or others"
        for table, (rows, digest) in wanted.items()
        if found[table] != (rows, digest)
    ]


if __name__ == "__main__":
    sys.exit(cli.run(main, "restore_drill"))
