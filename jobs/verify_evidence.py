"""`python -m jobs.verify_evidence PATH|URL`: is this evidence what was sealed?

Says what was changed, by file, signature or chain; with --remeasure it measures again from the bundle
alone. A key inside a bundle is never trusted: only this machine's own, or those named.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from adapters.evidence_reading import find_bundles, head_files, read_checked
from adapters.remote_files import Place, open_place
from adapters.settings import read_settings
from adapters.signing import PublicKey, load_public_key, trusted_key
from enforcement.errors import BadInput, EvidenceBroken, Unavailable
from enforcement.evidence import TRACK, ChainLink
from enforcement.evidence_check import Chain, Checked, chain_of, check_chain, check_head
from enforcement.remeasure import remeasure
from jobs import cli

_EPILOG = """\
examples:
  python -m jobs.verify_evidence out/demo/evidence
  python -m jobs.verify_evidence s3://bucket/evidence --public-key authority.pub.pem --remeasure

exit codes: 0 intact, 1 not (each problem is a line on stdout), 2 unusable input.
A folder of bundles is also checked for removed, reordered and doubled ones, per camera.
"""


def main(arguments: Sequence[str]) -> int:
    """Check one bundle or a folder of them; returns the exit code."""
    parser = cli.parser("verify_evidence", "Check sealed evidence against its seal.", _EPILOG)
    parser.add_argument("where", help="a bundle, or a folder of them: path, file:// or s3:// URL")
    parser.add_argument(
        "--public-key",
        type=Path,
        action="append",
        metavar="FILE",
        help="key you trust (PEM; may be given several times); default: this machine's own",
    )
    parser.add_argument(
        "--remeasure", action="store_true", help="measure again and compare speed and verdict"
    )
    given = parser.parse_args(arguments)
    settings = read_settings()
    trusted = [load_public_key(path) for path in given.public_key or ()] or [trusted_key(settings)]
    place = open_place(given.where, s3_endpoint=settings.s3_endpoint)
    try:
        paths = find_bundles(place)
        if not paths:
            raise BadInput(f"{given.where}: no evidence bundle there")
        return _verify(place, paths, trusted, remeasured=given.remeasure)
    except Unavailable as error:
        raise BadInput(str(error)) from error


def _verify(
    place: Place, paths: Sequence[str], trusted: Sequence[PublicKey], *, remeasured: bool
) -> int:
    problems = 0
    believed: list[Checked] = []
    with cli.progress(quiet=len(paths) == 1) as progress:
        for path in progress.track(paths, description="bundles"):
            checked = read_checked(place, path, trusted)
            found = list(checked.problems)
            if remeasured and checked.intact:
                found += _remeasured(place, path, checked)
            problems += _report(path or place.url, found, remeasured=remeasured)
            if checked.manifest is not None:
                believed.append(checked)
    alone = paths == [""]
    chain_problems = [] if alone else _chain_problems(place, paths, believed, trusted)
    for problem in chain_problems:
        sys.stdout.write(f"NOT INTACT {problem}\n")
    if alone and not problems:
        sys.stdout.write("one bundle alone: its chain was not checked\n")
    return cli.NO if problems or chain_problems else cli.DONE


def _report(name: str, problems: Sequence[str], *, remeasured: bool) -> int:
    for problem in problems:
        sys.stdout.write(f"NOT INTACT {name}: {problem}\n")
    if not problems:
        again = ", measured again with the same result" if remeasured else ""
        sys.stdout.write(f"intact {name}{again}\n")
    return len(problems)


def _remeasured(place: Place, path: str, checked: Checked) -> list[str]:
    data = place.read(f"{path}/{TRACK}".lstrip("/"))
    if data is None or checked.manifest is None:
        return [f"{TRACK}: missing"]
    try:
        return remeasure(checked.manifest, data)
    except EvidenceBroken as error:
        return [str(error)]


def _chain_problems(
    place: Place, paths: Sequence[str], believed: Sequence[Checked], trusted: Sequence[PublicKey]
) -> list[str]:
    heads: dict[Chain, ChainLink] = {}
    problems = []
    for name, data in head_files(place, paths).items():
        told = check_head(data, trusted)
        if told is None:
            problems.append(f"{name}: damaged, or not signed with a trusted key")
        else:
            heads[told[0]] = told[1]
    chains: dict[Chain, list[Checked]] = defaultdict(list)
    for checked in believed:
        if checked.manifest is not None:
            chains[chain_of(checked.manifest)].append(checked)
    for chain in sorted({*chains, *heads}, key=str):
        name = "@".join(part for part in chain if part)
        problems += check_chain(name, chains[chain], heads.get(chain))
    return problems


if __name__ == "__main__":
    sys.exit(cli.run(main, "verify_evidence"))
