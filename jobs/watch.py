"""`python -m jobs.watch`: one source, one site, everything it shows and proves.

The same pipeline as the live system, over one file or camera. It must not know how a vehicle is measured
or judged.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from adapters.settings import DEFAULT_WEIGHTS, read_settings
from enforcement.errors import BadInput
from jobs import cli
from jobs.watching import WatchRequest, watch

DESCRIPTION = """\
Watch a video file or a camera on a described site: measure every vehicle, judge it, seal evidence.

Files run as fast as they can and no frame is dropped; the same file gives the same output.
"""

EPILOG = """\
examples:
  python -m jobs.watch street.mp4 --site site.yaml --start 2026-03-02T08:00:00-05:00 --out out/street
  python -m jobs.watch rtsp://admin:CODE@192.0.2.7:554/h264/ch1/main/av_stream --site site.yaml
  python -m jobs.watch street.mp4 --site site.yaml --in-process      # without Ray, same verdicts

writes into --out:
  passes.jsonl    a line per vehicle: class, times, speed ± standard uncertainty or why it was refused
  verdicts.jsonl  a line per verdict: violation or abstention, with its reason and evidence
  run.json        versions, digests, frames, clock health, frames per second
  evidence/ID/    sealed bundles; check them with python -m jobs.verify_evidence
  tracks.mp4      with --picture: the video with tracks, speeds and lanes drawn over it

docs/site-file.md describes the site file. Exit codes: 0 done, 2 bad input (one line on stderr).
"""


def main(arguments: Sequence[str]) -> int:
    """Parse, check, watch."""
    parser = cli.parser("watch", DESCRIPTION, EPILOG)
    parser.add_argument("source", metavar="SOURCE", help="video file or rtsp:// URL")
    parser.add_argument("--site", type=Path, required=True, help="site file (docs/site-file.md)")
    parser.add_argument(
        "--start",
        type=_instant,
        help="ISO 8601 instant with offset of the first frame; a file does not know its own",
    )
    parser.add_argument(
        "--detector", default="auto", help="auto (the shipped weights) or an .onnx or .pt file"
    )
    parser.add_argument("--out", type=Path, default=Path("out/watch"), help="folder written to")
    parser.add_argument("--in-process", action="store_true", help="no Ray: everything in here")
    parser.add_argument(
        "--record", action="store_true", help="also store bundles and rows (database needed)"
    )
    parser.add_argument("--picture", action="store_true", help="also draw tracks.mp4 for people")
    parser.add_argument("--seconds", type=float, help="stop after so many seconds of capture time")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    args = parser.parse_args(arguments)
    request = WatchRequest(
        source=args.source,
        site=args.site,
        start=args.start,
        weights=DEFAULT_WEIGHTS if args.detector == "auto" else Path(args.detector),
        out=args.out,
        in_process=args.in_process,
        record=args.record,
        picture=args.picture,
        seconds=args.seconds,
        quiet=args.quiet,
    )
    summary = watch(request, read_settings())
    sys.stdout.write(summary + "\n")
    return cli.DONE


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"--start: not ISO 8601: {text!r}") from None
    if instant.tzinfo is None:
        raise BadInput(f"--start: {text!r} has no offset; write 2026-03-02T08:00:00-05:00")
    return instant


if __name__ == "__main__":
    sys.exit(cli.run(main, "watch"))
