"""The monthly report over many infractions, as a user runs it: seconds, and memory of all its processes.

The rows lie in the report's month and the year before it, all in the database. Memory is the highest sum of
proportional shares of the command, of everything that it started and of the database server.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.settings import REPOSITORY, set_for_children
from enforcement.errors import BadInput, Unavailable
from jobs import cli
from jobs.benches.big_rows import add_size, big, fill
from jobs.benches.process_memory import family, share_of
from schema.archive_tables import Month

_SINCE = datetime(2024, 10, 1, 6, tzinfo=UTC)
_MONTH = Month.parse("2025-10")
_SAMPLE_S = 0.5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `bench report`."""
    add_size(parser)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Keys: rows, seconds, rows_per_s, peak_bytes."""
    if args.rows < 1000:
        raise BadInput("--rows: at least 1000")
    with big(args.data) as at, tempfile.TemporaryDirectory() as out:
        step = (_MONTH.high - _SINCE) / args.rows
        fill(at, "infractions", args.rows, since=_SINCE, step=step)
        set_for_children({"VIGIA_LOCAL_DIR": str(at.settings.local_dir)})
        pid_file = at.settings.local_dir / "postgres" / "data" / "postmaster.pid"
        begin = time.perf_counter()
        command = subprocess.Popen(
            [sys.executable, "-m", "jobs.report", "--database-url", at.url, "--month", str(_MONTH),
             "--out", f"{out}/report", "--quiet"],
            cwd=REPOSITORY, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        peak = _watch(command, pid_file)
        seconds = time.perf_counter() - begin
        if command.returncode != cli.DONE:
            raise Unavailable(f"jobs.report ended with {command.returncode}")
    return {
        "rows": args.rows,
        "seconds": round(seconds, 1),
        "rows_per_s": round(args.rows / seconds),
        "peak_bytes": peak,
    }


def _watch(command: subprocess.Popen[bytes], pid_file: Path) -> int:
    peak = 0
    with cli.progress() as progress:
        task = progress.add_task("report", total=None)
        while command.poll() is None:
            shares = [share_of(pid) for pid in family(pid_file)]
            peak = max(peak, sum(one[1] for one in shares if one is not None))
            progress.advance(task, _SAMPLE_S)
            time.sleep(_SAMPLE_S)
    return peak
