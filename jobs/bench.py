"""`python -m jobs.bench NAME`: every figure the product claims, measured here and now.

One JSON object on stdout, progress on stderr. Ratios are measured side by side in one run.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from enforcement.errors import BadInput
from jobs import cli

EPILOG = """\
benches:
  accuracy   our speeds, verdicts and plates against exact truth (--type, --level, --passes, --seed)
  detector   the shipped weights on labelled pictures (--images DIR) and frames per second
  box_bias   mean error of box bottoms by height, through the product's own decoding
  plates     the plate reader on photographs (--images DIR)
  pipeline   frames per second of the whole pipeline over the bare detector (--cameras N)
  peers      frames per second and speed error beside other open systems
  recovery   kill -9 at random instants: nothing lost, nothing twice (--rounds N)
  reconnect  thousands of reconnects: memory; a stream cut and restored: stall and return times
  api        the operators' API beside bare handlers with the same SQL (--rows N)
  risk       the risk deployments beside direct prediction, and a champion change under load
  risk_truth both risk models beside the generator's own probabilities (--drivers N)
  risk_scoring  scoring by Ray Data beside a bare XGBoost loop (--rows N)
  ingest     telemetry beside bare COPY of the same rows; report to visible
  queries    the data model's five questions, its statements beside ours (--rows N)
  archive    the archive beside bare COPY … TO and a Parquet write; memory (--rows N)
  archive_kills  archive, retention and restore killed with kill -9: rows lost, rows doubled
  backup_kills   backups killed with kill -9: what a restore then lacks, copies that do not verify
  report     the monthly report: seconds and memory (--rows N)
  memory     resident memory of the whole system over time

`python -m jobs.bench NAME --help` explains each. Figures vary with the machine: quote the ratios.
"""


def main(arguments: Sequence[str]) -> int:
    """Find the bench, parse its arguments, print its figures."""
    known = _known()
    if not arguments or arguments[0] in ("-h", "--help"):
        parser = cli.parser("bench", "Measure what the product claims.", EPILOG)
        parser.add_argument("name", choices=known)
        parser.parse_args(arguments or ["--help"])
        return cli.DONE
    name = arguments[0]
    if name not in known:
        raise BadInput(f"{name}: no such bench; one of {', '.join(known)}")
    module = _module(name)
    parser = cli.parser(f"bench {name}", module.__doc__ or name)
    parser.add_argument("--json", action="store_true", help="one JSON object (the default anyway)")
    module.add_arguments(parser)
    given = parser.parse_args(arguments[1:])
    # Ray tells of dead processes on stdout, which is for the one object.
    with contextlib.redirect_stdout(sys.stderr):
        figures = module.run(given)
    sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
    return cli.DONE


def _known() -> list[str]:
    """Benches by their files, without importing any."""
    folder = Path(__file__).parent / "benches"
    return sorted(
        p.stem for p in folder.glob("*.py") if "\ndef add_arguments(" in p.read_text("utf-8")
    )


def _module(name: str) -> Any:
    return importlib.import_module(f"jobs.benches.{name}")


if __name__ == "__main__":
    sys.exit(cli.run(main, "bench"))
