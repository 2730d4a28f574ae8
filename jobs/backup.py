"""`python -m jobs.backup`: a verified copy of the database in the store, and its log of changes after it.

It must not know what is in the database.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from adapters import base_backup
from adapters.embedded_postgres import EmbeddedPostgres
from adapters.evidence_store import store_place
from adapters.settings import Settings, read_settings
from enforcement.errors import BadInput
from jobs import batch_job, cli
from jobs.backing_up import Backups
from jobs.migrate import database_url
from schema import archive_ledger, job_runs, server_log

KEEP = 7
_PIECE_EVERY_S = 60

EPILOG = """\
A base backup is taken with pg_basebackup, checked with pg_verifybackup, packed (zstd), put into the store
under backups/base, read back and compared. The newest --keep are kept, and the log that they need.

The private database in .local/ is told on the first run to archive its log of changes (one restart, said on
stderr); --wal then moves finished pieces to backups/wal in the store. Run it every minute (jobs/schedule.yaml
does): that is how much a lost machine costs. A server of your own (VIGIA_DATABASE_URL) needs a login that may
replicate; let its own archive_command, or WAL-G or pgBackRest, keep its log.

Examples:
  python -m jobs.backup                      a base backup, and the log so far
  python -m jobs.backup --wal                only what the log has gained
  python -m jobs.backup --list               what the store holds
  python -m jobs.restore_drill               proves that it can be restored

Prints one JSON object on stdout.
Exit codes: 0 done, 1 a part is unavailable or a copy does not verify, 2 bad input, or a store that takes no
files.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    parser = cli.parser("backup", "Back the database up.", EPILOG)
    batch_job.add_arguments(parser)
    parser.add_argument("--keep", type=int, default=KEEP, metavar="N", help=f"default {KEEP}")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--wal", action="store_true", help="only ship the log of changes")
    mode.add_argument("--list", action="store_true", help="only say what there is")
    options = parser.parse_args(arguments)
    if options.keep < 1:
        raise BadInput("--keep: must be positive")
    settings = read_settings()
    options.database_url = options.database_url or database_url(settings)
    log = log_folder(settings, options.database_url)
    if options.wal and log is None:
        raise BadInput("--wal: this server is not ours: its own archive_command keeps its log")
    if log is not None and not options.list:
        _let_it_archive(settings, options.database_url, log)
    name = "backup_wal" if options.wal else "backup"
    given = {"keep": options.keep, "wal": options.wal}
    with batch_job.run(name, options, parameters=given, lock="backup", upkeep=options.wal) as job:
        backups = Backups(place=store_place(job.settings))
        if options.list:
            job.figures["backups"] = [
                {"name": one.name, "taken_at": one.taken_at, "bytes": one.bytes}
                for one in backups.all()
            ]
            return job.finish()
        if not options.wal:
            _base(job, backups, options)
        if log is not None:
            job.figures["mark"] = server_log.mark(job.session).isoformat()
            _ship(job, backups, log)
        if not options.wal:
            job.figures["removed"] = backups.keep(options.keep)
    return job.finish()


def log_folder(settings: Settings, url: str) -> Path | None:
    """Where our own server leaves finished pieces of its log; None for a server of somebody else's."""
    server = EmbeddedPostgres(Path(settings.local_dir) / "postgres")
    if not server.serves(url):
        return None
    data = server.data_folder
    return data.with_name(f"{data.name}-wal")


def _let_it_archive(settings: Settings, url: str, log: Path) -> None:
    log.mkdir(mode=0o700, exist_ok=True)
    base_backup.give_to_server(log)
    command = base_backup.archive_command(log)
    with job_runs.open_session(url, application="vigia-backup") as session:
        if server_log.archives(session, command):
            return
        running = server_log.archive_by(session, command, every_s=_PIECE_EVERY_S)
    if not running:
        sys.stderr.write("backup: the private database restarts once, to archive its log\n")
        server = EmbeddedPostgres(Path(settings.local_dir) / "postgres")
        server.stop()
        server.start()


def _base(job: batch_job.Job, backups: Backups, options: argparse.Namespace) -> None:
    at = archive_ledger.now(job.session)
    name = f"{at:%Y%m%dT%H%M%SZ}"
    first = server_log.current_piece(job.session)
    # A run that was killed leaves its copy, and pg_basebackup may still be writing to it: not into ours.
    scratches = Path(job.settings.local_dir) / "scratch" / "backup"
    shutil.rmtree(scratches, ignore_errors=True)
    scratches.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=scratches))
    try:
        task = job.bar("base backup")
        base_backup.take(job.url, scratch / "data")
        size = sum(path.stat().st_size for path in (scratch / "data").rglob("*") if path.is_file())
        job.progress.update(task, total=size)
        packed = scratch / "data.tar.zst"
        base_backup.pack(scratch / "data", packed, lambda done: job.advance(task, done))
        shutil.rmtree(scratch / "data")
        made = backups.put(packed, name, at, first, server_log.version(job.session))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    job.figures.update(backup=made.name, bytes=made.bytes, cluster_bytes=size)


def _ship(job: batch_job.Job, backups: Backups, log: Path) -> None:
    last = server_log.finish_piece(job.session)
    server_log.wait_until_archived(job.session, last)
    job.figures["pieces_of_log"] = backups.ship(log)


if __name__ == "__main__":
    sys.exit(cli.run(main, "backup"))
