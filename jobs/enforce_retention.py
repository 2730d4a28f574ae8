"""`python -m jobs.enforce_retention`: rows past their time leave the database, evidence grows colder.

It drops nothing that had to be archived and is not, and nothing that is held.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from adapters.evidence_classes import evidence_classes
from adapters.evidence_store import store_place
from jobs import batch_job, cli
from jobs.archiving.copying import LOCK
from jobs.archiving.dropping import WRONG, Dropper, Outcome
from jobs.archiving.evidence import Cooler
from schema import archive_ledger
from schema.archive_tables import AGEING, table
from schema.rollups import ROLLUPS, forget

EPILOG = """\
Policies are rows of retention_policies. Rows go by whole months, once the last of a month is past its
time: telemetry after 90 (events, health) or 30 days (metrics; their roll-up stays a year), predictions after
a year and the audit after two, both only when the archive holds the month and the table still says exactly
what the archive's file says. Infractions are archived and stay.

Evidence is never deleted. Clips are at hand 30 days and pictures 90, then in a cheaper class, and after two
years in the cheapest: on S3 the classes STANDARD_IA and GLACIER, object by object; in a folder the whole
bundle moves to evidence-cold/ and evidence-frozen/ (each may be another disk), and its address stays.

What is held (jobs.legal_hold) stays where and as it is, and so does the evidence of infractions that are
pending or under appeal.

Examples:
  python -m jobs.enforce_retention
  python -m jobs.enforce_retention --table events
  python -m jobs.enforce_retention --dry-run               what is due, and nothing done

Prints one JSON object on stdout.
Exit codes: 0 done, 1 something due could not go (each a line on stderr), 2 bad input.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    parser = cli.parser("enforce_retention", "Drop and cool what is past its time.", EPILOG)
    batch_job.add_arguments(parser)
    parser.add_argument("--table", action="append", choices=sorted(AGEING), help="repeatable")
    parser.add_argument("--no-evidence", action="store_true", help="leave evidence alone")
    parser.add_argument("--dry-run", action="store_true", help="only say what is due")
    options = parser.parse_args(arguments)
    names = options.table or sorted(AGEING)
    given = {"tables": names, "dry_run": options.dry_run}
    with batch_job.run("enforce_retention", options, parameters=given, lock=LOCK) as job:
        job.figures.update(dropped=[], kept=[])
        dropper = Dropper(url=job.url, session=job.session, place=store_place(job.settings))
        for name in names:
            _drop(job, dropper, name, dry_run=options.dry_run)
        if not options.dry_run:
            job.figures["buckets_forgotten"] = _forget(job)
        if not options.no_evidence:
            cooler = Cooler(session=job.session, classes=evidence_classes(job.settings))
            job.figures["evidence"] = cooler.cool(job, dry_run=options.dry_run)
    job.finish()
    wrong = [one for one in job.figures["kept"] if one["why"] in WRONG]
    for one in wrong:
        sys.stderr.write(f"enforce_retention: {one['table']} {one['month']}: {one['why']}\n")
    return cli.NO if wrong else cli.DONE


def _drop(job: batch_job.Job, dropper: Dropper, name: str, *, dry_run: bool) -> None:
    months = dropper.due(table(name))
    task = job.bar(name, total=len(months))
    for month in months:
        row = {"table": name, "month": str(month)}
        if dry_run:
            job.figures["kept"].append({**row, "why": "dry run"})
        else:
            outcome = dropper.drop(table(name), month)
            if outcome is Outcome.DROPPED:
                job.figures["dropped"].append(row)
            else:
                job.figures["kept"].append({**row, "why": outcome.value})
        job.advance(task)


def _forget(job: batch_job.Job) -> int:
    keep = archive_ledger.policy(job.session, "inference_metrics_5min").keep
    return forget(job.session, ROLLUPS["inference_metrics_5min"], keep)


if __name__ == "__main__":
    sys.exit(cli.run(main, "enforce_retention"))
