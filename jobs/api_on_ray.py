"""The operators' API as an application of Ray Serve here or on a cluster, and nothing of it left after.

`jobs.serve_api --ray` and the bench stand on it. It must not know any route.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from adapters.free_port import free_port, port_is_free
from adapters.marked_processes import end_marked
from adapters.settings import Settings, set_for_children
from enforcement.errors import BadInput, Unavailable

MARK = "VIGIA_SESSION"
# Where Serve's proxy tells how it fares, on every interface: its own habit, kept where nobody else is.
_PROXY_PORTS = {"RAY_SERVE_HAPROXY_METRICS_PORT": 9101, "RAY_SERVE_HAPROXY_STATS_PORT": 8404}
_ANYWHERE = "0.0.0.0"  # noqa: S104 - asked for, not opened


@contextmanager
def serve_on_ray(settings: Settings, host: str, port: int) -> Iterator[None]:
    """Ray and Serve's proxy, listening; afterwards both are gone, with every process they began.

    A cluster that settings name is joined, and of it only the application is taken down.
    """
    import ray  # noqa: PLC0415 - must start after the environment is set
    from ray import serve as ray_serve  # noqa: PLC0415

    from serve.deployment import ENVIRONMENT, start_proxy  # noqa: PLC0415

    if not port_is_free(port, host=host):
        raise BadInput(f"{host}:{port}: cannot listen there, the port is taken")
    mark = uuid4().hex
    set_for_children({**ENVIRONMENT, MARK: mark, **_proxy_ports()})
    try:
        _start_ray(settings.ray_address)
        start_proxy(host, port)
        yield
    finally:
        with _undisturbed():
            if settings.ray_address is not None:
                ray_serve.shutdown()
            # A Ray of our own goes as a whole: Serve would first wait for balancers that are not there.
            ray.shutdown()
            end_marked(MARK, mark)


def _start_ray(address: str | None) -> None:
    """Join the cluster at an address or start Ray here; a loaded machine gets a second try."""
    import ray  # noqa: PLC0415

    for attempt in (1, 2):
        try:
            ray.init(address=address or "local", log_to_driver=False, include_dashboard=False)
        except Exception as error:
            # Ray raises a bare Exception when its node is slow to start.
            ray.shutdown()
            if attempt == 2 or "timed out" not in str(error):
                words = str(error).strip().partition("\n")[0]
                raise Unavailable(f"Ray does not start: {words}") from error
        else:
            return


def run_api(options: Any, settings: Settings) -> None:
    """Bring the application up; called again, replace its replicas one by one while they answer."""
    from ray import serve as ray_serve  # noqa: PLC0415

    from serve.deployment import APPLICATION, application  # noqa: PLC0415

    ray_serve.run(application(options, settings), name=APPLICATION, route_prefix="/")


def _proxy_ports() -> dict[str, str]:
    return {
        name: str(usual if port_is_free(usual, host=_ANYWHERE) else free_port())
        for name, usual in _PROXY_PORTS.items()
    }


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A second Ctrl-C does not stop the clearing up."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
