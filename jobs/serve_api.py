"""`python -m jobs.serve_api`: the operators' API and console, on this machine until Ctrl-C.

Under uvicorn by default; with --ray as a Ray Serve application behind Serve's quick proxy. It must not
know any route.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Sequence

from adapters.settings import Settings, read_settings
from enforcement.errors import BadInput, Unavailable
from jobs import cli
from jobs.api_server import api_server
from jobs.system import database

_STEP_S = 0.5
DESCRIPTION = "Serve the operators' API and console until Ctrl-C."
EPILOG = """\
  python -m jobs.serve_api                 http://127.0.0.1:8000/console/ under uvicorn
  python -m jobs.serve_api --ray           the same as a Ray Serve application
  kill -HUP PID                            with --ray: replaces its replicas one by one, none unanswered
  serve deploy serve/config.yaml           on a cluster; see docs/api.md

The first account is made by `python -m jobs.create_user`.
"""


def main(arguments: Sequence[str]) -> int:
    """Serve until interrupted."""
    parser = cli.parser("serve_api", DESCRIPTION, EPILOG)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--pool", type=int, default=10, help="database connections per process")
    parser.add_argument("--ray", action="store_true", help="as a Ray Serve application")
    parser.add_argument("--replicas", type=int, default=1, help="with --ray")
    parser.add_argument("--seconds", type=float, help="stop after so long (for tests)")
    parser.add_argument(
        "--forwarded",
        action="store_true",
        help="believe X-Forwarded-For and -Proto: only behind a proxy of yours",
    )
    parser.add_argument(
        "--no-rate-limits", action="store_true", help="for measuring; never in service"
    )
    args = parser.parse_args(arguments)
    if not 1 <= args.port <= 65_535:
        raise BadInput(f"--port: {args.port} is none")
    if args.pool < 1 or args.replicas < 1:
        raise BadInput("--pool and --replicas must be at least 1")
    with database(read_settings()) as settings:
        if args.ray:
            return _on_ray(settings, args)
        return _under_uvicorn(settings, args)


def _under_uvicorn(settings: Settings, args: object) -> int:
    given = vars(args)
    server = api_server(
        settings,
        host=given["host"],
        port=given["port"],
        pool_size=given["pool"],
        forwarded=given["forwarded"],
        rate_limits=not given["no_rate_limits"],
    )
    sys.stderr.write(f"http://{given['host']}:{given['port']}/console/\n")
    if given["seconds"]:
        _stop_after(server, given["seconds"])
    server.run()
    return cli.DONE


def _stop_after(server: object, seconds: float) -> None:
    timer = threading.Timer(seconds, setattr, (server, "should_exit", True))
    timer.daemon = True
    timer.start()


def _on_ray(settings: Settings, args: object) -> int:
    from jobs.api_on_ray import run_api, serve_on_ray  # noqa: PLC0415 - uvicorn needs none of it
    from serve.deployment import Options  # noqa: PLC0415

    given = vars(args)
    options = Options(
        replicas=given["replicas"],
        pool_size=given["pool"],
        forwarded=given["forwarded"],
        rate_limits=not given["no_rate_limits"],
    )
    again = threading.Event()
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, lambda *_: again.set())
    with serve_on_ray(settings, given["host"], given["port"]):
        run_api(options, settings)
        sys.stderr.write(f"http://{given['host']}:{given['port']}/console/\n")
        end = None if given["seconds"] is None else time.monotonic() + given["seconds"]
        while end is None or time.monotonic() < end:
            if again.wait(_STEP_S):
                again.clear()
                sys.stderr.write(f"{_replaced(options, settings)}\n")
    return cli.DONE


def _replaced(options: object, settings: Settings) -> str:
    from jobs.api_on_ray import run_api  # noqa: PLC0415

    try:
        run_api(options, settings)
    except Unavailable as error:
        return f"serve_api: replicas not replaced, those that answer go on: {error}"
    return "replicas replaced"


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(cli.run(main, "serve_api"))
