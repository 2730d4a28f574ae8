"""The operators' API and console under uvicorn, in this process; on Ray Serve it is `serve.deployment`.

It must not know any route.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from adapters.free_port import free_port, port_is_free
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
    from serve.one_write import OneWriteProtocol  # noqa: PLC0415

    pace = Limits if rate_limits else unlimited
    app = build_app(settings=settings, pool_size=pool_size, limits=pace(forwarded=forwarded))
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=OneWriteProtocol,
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
    chosen = port or free_port()
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


def refuse_taken(host: str, port: int) -> None:
    """Raise BadInput when somebody listens there already: said before anything else is started."""
    if not port_is_free(port, host=host):
        raise BadInput(
            f"{host}:{port}: cannot listen there, the port is taken or the address not ours"
        )
