"""`python -m jobs.import_accidents FILE`: accidents of a register, from CSV, all or none.

It must not know what is learnt from them.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from enforcement.accident_rows import AccidentRow, checked_columns, checked_row
from enforcement.errors import BadInput
from jobs import batch_job, cli
from schema.accident_import import import_accidents

EPILOG = """\
Columns: external_id (the register's number), occurred_at (ISO 8601 with offset); driver_dni or plate, or
both; optionally zone_id and severity (damage, injury, fatal). Drivers, vehicles and zones must be on record.

  external_id,occurred_at,driver_dni,plate,severity
  PNP-2026-000123,2026-03-14T07:45:00-05:00,12345678,ABC-123,damage

Example:
  python -m jobs.import_accidents accidentes-2026-03.csv --source pnp

One faulty line and nothing is imported; the same file again adds nothing.
Prints one JSON object: read, new. Exit codes: 0 done, 2 bad input: one line names line and column.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    parser = cli.parser("import_accidents", "Import accidents from CSV.", EPILOG)
    batch_job.add_arguments(parser)
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--source", required=True, help="which register")
    options = parser.parse_args(arguments)
    if not options.source.strip() or options.source == "simulated":
        raise BadInput("--source: name the register; 'simulated' is taken")
    rows = read_accidents(options.file, datetime.now(UTC))
    given = {"file": options.file.name, "source": options.source}
    with batch_job.run("import_accidents", options, parameters=given) as job:
        job.figures["read"] = len(rows)
        with job.engine.begin() as connection:
            job.figures["new"] = import_accidents(connection, options.source, rows)
    return job.finish()


def read_accidents(path: Path, now: datetime) -> list[tuple[int, AccidentRow]]:
    """(line, row) of a CSV file. Raises BadInput naming the file, the line and the column."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file, cli.progress() as bar:
            reader = csv.DictReader(file)
            checked_columns(reader.fieldnames)
            task = bar.add_task("reading", total=None)
            rows = []
            for raw in reader:
                rows.append((reader.line_num, checked_row(raw, reader.line_num, now)))
                bar.advance(task)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path}: cannot be read as CSV ({error})") from None
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from None
    _refuse_doubles(path, rows)
    return rows


def _refuse_doubles(path: Path, rows: Sequence[tuple[int, AccidentRow]]) -> None:
    seen: dict[str, int] = {}
    for line, row in rows:
        before = seen.setdefault(row.external_id, line)
        if before != line:
            raise BadInput(
                f"{path}: line {line}: external_id: {row.external_id} stands on line {before} already"
            )
    if not rows:
        raise BadInput(f"{path}: no accident in it")


if __name__ == "__main__":
    sys.exit(cli.run(main, "import_accidents"))
