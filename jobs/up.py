"""`python -m jobs.up`: the system on the cameras that are configured, until Ctrl-C.

It must not know how a camera works; it keeps the parts running and shows how they fare.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from adapters.settings import DEFAULT_WEIGHTS, read_settings
from adapters.site_file import load_site
from enforcement.errors import BadInput, Unavailable
from jobs import cli
from jobs.api_on_ray import proxy, ray_for_serve, run_api, run_risks
from jobs.api_server import refuse_taken
from jobs.notify import notifying
from jobs.system import System, database, system
from schema.scenes import save_site
from schema.session import open_engine, sessions

DESCRIPTION = "Run the system on the configured cameras until Ctrl-C."
EPILOG = """\
Cameras are the rows of `devices`. Add or change one from a site file first:

  python -m jobs.up --add site.yaml rtsp://192.0.2.7:554/h264/ch1/main/av_stream
  python -m jobs.up                    cameras, and http://127.0.0.1:8000/console/
  python -m jobs.create_user rosa --role admin             the first account

Notices go out beside them; see `python -m jobs.notify --help`.
Embedded parts run by default; docs/operations.md lists the variable that replaces each.
"""
STEP_S = 2.0
NO_CAMERA = "up: no camera in `devices`; add one with --add SITE SOURCE (see --help)"


def main(arguments: Sequence[str]) -> int:
    """Add cameras, or run."""
    parser = cli.parser("up", DESCRIPTION, EPILOG)
    parser.add_argument(
        "--add",
        nargs=2,
        metavar=("SITE", "SOURCE"),
        action="append",
        default=[],
        help="save a camera's site file and its URL or file, then run",
    )
    parser.add_argument("--only-add", action="store_true", help="save cameras and leave")
    parser.add_argument("--detector", type=Path, default=DEFAULT_WEIGHTS, help="weights file")
    parser.add_argument("--seconds", type=float, help="stop after so long (for tests)")
    parser.add_argument(
        "--no-api", action="store_true", help="cameras alone, without API and console"
    )
    parser.add_argument(
        "--risk", action="store_true", help="serve the risk models too, for risks asked for at once"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address the API listens on")
    parser.add_argument("--port", type=int, default=8000, help="port of the API and console (8000)")
    args = parser.parse_args(arguments)
    if not (args.no_api or args.only_add):
        refuse_taken(args.host, args.port)
    sites = [(load_site(Path(site)), source) for site, source in args.add]
    with database(read_settings()) as settings:
        engine = open_engine(str(settings.database_url))
        with sessions(engine)() as session:
            for site, source in sites:
                save_site(session, site, source=source)
            session.commit()
        engine.dispose()
        if args.only_add:
            return cli.DONE
        with ExitStack() as stack:
            if not args.no_api:
                stack.enter_context(ray_for_serve())
            running = stack.enter_context(system(settings, weights=args.detector))
            running.supervisor.step()
            for reason in running.supervisor.refused.values():
                raise BadInput(reason)
            if not running.supervisor.running:
                raise BadInput(NO_CAMERA)
            # After the first look at the cameras: none is silent that was only not yet begun.
            stack.enter_context(notifying(settings))
            address = None
            if not args.no_api:
                address = f"http://{args.host}:{args.port}"
                stack.enter_context(_served(running, args))
            _watch(running, args.seconds, address)
    return cli.DONE


@contextmanager
def _served(running: System, args: argparse.Namespace) -> Iterator[None]:
    """API and console, and with --risk the models, on the Ray that runs the cameras."""
    from serve.deployment import Options  # noqa: PLC0415 - pulls in Serve, which cameras alone do without

    with ExitStack() as stack:
        with Console(stderr=True).status("starting API and console"):
            stack.enter_context(proxy(running.settings, args.host, args.port))
            # Cameras and detectors have the cores: a replica that waited for its share would never come.
            run_api(Options(cpus=0.0, pool_size=4), running.settings)
            if args.risk:
                run_risks(running.settings)
        yield


def _watch(running: System, seconds: float | None, address: str | None) -> None:
    begun = time.monotonic()
    with Live(console=Console(stderr=True), refresh_per_second=2) as live:
        while seconds is None or time.monotonic() - begun < seconds:
            try:
                running.supervisor.step()
                live.update(table(running.status(), address))
            except Unavailable as error:
                live.update(f"[yellow]degraded: {error}")
            time.sleep(STEP_S)


def table(status: dict[str, Any], address: str | None = None) -> Table:
    """Status of all parts for a terminal."""
    shown = Table(title="Vigía")
    for column in (
        "camera",
        "state",
        "frames",
        "fps",
        "ms",
        "dropped",
        "passes",
        "violations",
        "why",
    ):
        shown.add_column(column)
    for camera_id, one in sorted(status["cameras"].items()):
        shown.add_row(
            camera_id,
            str(one["state"]),
            str(one.get("frames", "")),
            f"{one.get('fps', 0):.0f}",
            f"{one.get('latency_ms', 0):.0f}",
            str(one.get("dropped", "")),
            str(one.get("passes", "")),
            str(one.get("violations", "")),
            str(one.get("reason") or ""),
        )
    recorder, relay = status["recorder"], status["relay"]
    shown.caption = (
        f"recorded {recorder['recorded']}, waiting {recorder['waiting']}"
        f" · events delivered {relay['delivered']}, waiting {relay['waiting']}"
        + (f" · recorder: {recorder['last_error']}" if recorder["last_error"] else "")
        + (f" · relay: {relay['last_error']}" if relay["last_error"] else "")
        + (f"\nconsole: {address}/console/" if address else "")
    )
    return shown


if __name__ == "__main__":
    sys.exit(cli.run(main, "up"))
