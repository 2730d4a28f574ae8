"""The operators' API and console, started and stopped: under uvicorn in this process, or on Ray Serve.

It must not know any route.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from adapters.settings import Settings
from enforcement.errors import BadInput, Unavailable

PATIENCE_S = 20.0


def api_server(
    settings: Settings,
    *,
    host: str,
    port: int,
    pool_size: int = 10,
    forwarded: bool = False,
    rate_limits: bool = True,
) -> Any:
    """A uvicorn server over the API, not yet running; settings must name an answering database."""
    import uvicorn  # noqa: PLC0415 - only this way of serving needs it

    from serve.app import build_app  # noqa: PLC0415
    from serve.middleware import Limits, unlimited  # noqa: PLC0415

    pace = Limits if rate_limits else unlimited
    app = build_app(settings=settings, pool_size=pool_size, limits=pace(forwarded=forwarded))
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
    )
    return uvicorn.Server(config)


@contextmanager
def serving(settings: Settings, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """The API beside other work, gone at the end; gives its address, `http://host:port`.

    port 0 takes a free one. Raises BadInput when the port is taken, Unavailable when it does not start.
    """
    chosen = port or free_port(host)
    refuse_taken(host, chosen)
    server = api_server(settings, host=host, port=chosen, pool_size=4)
    thread = threading.Thread(target=server.run, name="api", daemon=True)
    thread.start()
    give_up = time.monotonic() + PATIENCE_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > give_up:
            raise Unavailable(f"the API did not start on {host}:{chosen}")
        time.sleep(0.05)
    try:
        yield f"http://{host}:{chosen}"
    finally:
        server.should_exit = True
        thread.join(timeout=PATIENCE_S)


@contextmanager
def serving_on_ray(settings: Settings, options: Any, *, host: str, port: int) -> Iterator[str]:
    """The API as a Serve application of the Ray that runs already; gives its address.

    options: `serve.deployment.Options`. That Ray must have been started with `set_for_ray` called before.
    """
    from ray import serve as ray_serve  # noqa: PLC0415 - uvicorn needs none of it

    from serve.deployment import APPLICATION, application, start_proxy  # noqa: PLC0415

    try:
        start_proxy(host, port)
        ray_serve.run(application(options, settings), name=APPLICATION, route_prefix="/")
        yield f"http://{host}:{port}"
    finally:
        ray_serve.shutdown()


def set_for_ray() -> None:
    """Put into the environment what every Ray process of the API must find there when it starts."""
    from adapters.settings import set_for_children  # noqa: PLC0415
    from serve.deployment import ENVIRONMENT  # noqa: PLC0415

    set_for_children(ENVIRONMENT)


def free_port(host: str) -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def refuse_taken(host: str, port: int) -> None:
    """Raise BadInput when somebody listens there already: said before anything else is started."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise BadInput(f"{host}:{port}: cannot listen there ({error.strerror})") from None
