"""`python -m jobs.legal_hold`: what a court or an appeal needs stays as it is, whatever its age.

It holds nothing in its own memory: holds are rows that the retention job asks for each time.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Sequence

from enforcement.errors import BadInput
from jobs import batch_job, cli
from schema import legal_holds
from schema.archive_tables import AGEING, Month

EPILOG = """\
A hold on an infraction keeps its evidence at hand, and every month of events or predictions that refers to it
in the database. A hold on a table keeps the rows of whole months. Both last until released.

Examples:
  python -m jobs.legal_hold --infraction INF-20261003-00042 --reason "Expediente 123-2026"
  python -m jobs.legal_hold --table audit_logs --from 2026-01 --to 2026-03 --reason "Oficio 9-2026"
  python -m jobs.legal_hold --list
  python -m jobs.legal_hold --release 0b9f…                 by the id that --list shows

Prints one JSON object on stdout. Exit codes: 0 done, 2 bad input.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    parser = cli.parser("legal_hold", "Hold, release and list.", EPILOG)
    batch_job.add_arguments(parser)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--infraction", metavar="CODE")
    what.add_argument("--table", choices=sorted(AGEING))
    what.add_argument("--release", metavar="ID")
    what.add_argument("--list", action="store_true")
    parser.add_argument("--from", dest="first", metavar="YYYY-MM", help="with --table")
    parser.add_argument("--to", dest="last", metavar="YYYY-MM", help="with --table, inclusive")
    parser.add_argument("--reason")
    options = parser.parse_args(arguments)
    given = {k: v for k, v in vars(options).items() if v and k not in ("database_url", "quiet")}
    _check(options)
    with batch_job.run("legal_hold", options, parameters=given) as job:
        who = getpass.getuser()
        if options.list:
            job.figures["holds"] = legal_holds.standing(job.session)
        elif options.release:
            legal_holds.release(job.session, options.release, by=who)
            job.figures["released"] = options.release
        elif options.infraction:
            job.figures["held"] = legal_holds.hold_infraction(
                job.session, options.infraction, reason=options.reason, by=who
            )
        else:
            job.figures["held"] = legal_holds.hold_table(
                job.session,
                options.table,
                since=Month.parse(options.first).low,
                until=Month.parse(options.last).high,
                reason=options.reason,
                by=who,
            )
    return job.finish()


def _check(options: argparse.Namespace) -> None:
    if (options.infraction or options.table) and not (options.reason or "").strip():
        raise BadInput("--reason: say why it is held")
    if options.table:
        if not options.first or not options.last:
            raise BadInput("--from, --to: which months of the table")
        if Month.parse(options.last) < Month.parse(options.first):
            raise BadInput("--to: before --from")


if __name__ == "__main__":
    sys.exit(cli.run(main, "legal_hold"))
