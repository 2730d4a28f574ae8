"""`python -m jobs.verify_audit`: whether anybody edited, removed or moved a row of the audit.

It holds no SQL and no cryptography: the schema reads the chain, enforcement checks it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from adapters.settings import read_settings
from enforcement.audit_chain import Anchor, ChainedEntry, ChainVerifier, Fault
from enforcement.errors import BadInput
from jobs import cli
from jobs.create_user import refuse_old_schema
from jobs.migrate import database_url
from schema import api_audit
from schema.api_pool import open_connection

MOST_FAULTS = 1000

EPILOG = """\
Each row of the audit carries the digest of the row before it. This walks the whole chain in one
snapshot and names every row that was edited, removed or moved, and those that the product did not write.

Whoever can rewrite the whole table and its end as well leaves a chain that fits. Note the head that this
prints, somewhere that database administrators cannot write, and give it back later:
  python -m jobs.verify_audit                                   prints head.index and head.digest
  python -m jobs.verify_audit --expect 18230:9f2c…              exit 1 when that row is another now

Which database: --database-url, else VIGIA_DATABASE_URL, else the private PostgreSQL in .local/.
Prints one JSON object on stdout: intact, rows, head, faults (the first thousand).
Exit codes: 0 intact, 1 not (each fault a line on stderr), 2 bad input.
"""


@dataclass(slots=True)
class Findings:
    """What the walk found."""

    rows: int = 0
    faults: list[Fault] = field(default_factory=list)
    expected_seen: bool = False


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns its exit code."""
    parser = cli.parser("verify_audit", "Check the audit's chain.", EPILOG)
    parser.add_argument("--database-url", metavar="URL", help="plain postgresql:// URL")
    parser.add_argument("--expect", metavar="INDEX:DIGEST", help="a head noted earlier")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    options = parser.parse_args(arguments)
    expected = None if options.expect is None else _anchor(options.expect)
    url = options.database_url or database_url(read_settings())
    refuse_old_schema(url)
    head, findings = asyncio.run(_walk(url, expected, quiet=options.quiet))
    faults = [str(fault) for fault in findings.faults]
    if expected is not None and not findings.expected_seen:
        faults.append(f"row {expected.index}: not the one that was noted")
    result = {
        "intact": not faults,
        "rows": findings.rows,
        "head": {"index": head.index, "digest": head.digest},
        "faults": faults[:MOST_FAULTS],
    }
    for fault in faults[:MOST_FAULTS]:
        sys.stderr.write(f"verify_audit: {fault}\n")
    sys.stdout.write(json.dumps(result) + "\n")
    return cli.NO if faults else cli.DONE


async def _walk(url: str, expected: Anchor | None, *, quiet: bool) -> tuple[Anchor, Findings]:
    connection = await open_connection(url)
    findings = Findings()
    try:
        async with connection.transaction(readonly=True, isolation="repeatable_read"):
            start, head = await api_audit.head(connection)
            verifier = ChainVerifier(start)
            with cli.progress(quiet=quiet) as progress:
                task = progress.add_task("audit", total=head.index - start.index)
                async for entry in api_audit.chain(connection):
                    _look(entry, verifier, findings, expected)
                    progress.advance(task)
            findings.faults.extend(verifier.end(head))
    finally:
        await connection.close()
    return head, findings


def _look(
    entry: ChainedEntry, verifier: ChainVerifier, findings: Findings, expected: Anchor | None
) -> None:
    findings.rows += 1
    faults: Iterator[Fault] = verifier.look(entry)
    findings.faults.extend(faults)
    if expected is not None and (entry.index, entry.digest) == (expected.index, expected.digest):
        findings.expected_seen = True


def _anchor(text: str) -> Anchor:
    index, _, digest = text.partition(":")
    if not index.isdigit() or len(digest) != 64 or set(digest.lower()) - set("0123456789abcdef"):
        raise BadInput("--expect: INDEX:DIGEST, a row's number and 64 hexadecimal digits")
    return Anchor(index=int(index), digest=digest.lower())


if __name__ == "__main__":
    sys.exit(cli.run(main, "verify_audit"))
