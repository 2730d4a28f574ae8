"""The operators' API as an application of Ray Serve here or on a cluster, and nothing of it left after.

`jobs.up`, `jobs.serve_api --ray` and the bench stand on it. It must not know any route.
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
from jobs.api_server import refuse_taken

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

    from actors.ray_start import start_ray  # noqa: PLC0415

    refuse_taken(host, port)
    with ray_for_serve():
        try:
            start_ray(settings.ray_address)
            with proxy(settings, host, port):
                yield
        finally:
            with _undisturbed():
                ray.shutdown()


@contextmanager
def ray_for_serve() -> Iterator[None]:
    """Ray begun inside is fit for Serve; afterwards every process that was begun inside is gone."""
    from serve.deployment import ENVIRONMENT  # noqa: PLC0415

    mark = uuid4().hex
    set_for_children({**ENVIRONMENT, MARK: mark, **_proxy_ports()})
    try:
        yield
    finally:
        with _undisturbed():
            end_marked(MARK, mark)


@contextmanager
def proxy(settings: Settings, host: str, port: int) -> Iterator[None]:
    """Serve's proxy on the running Ray; taken down from a cluster, left to Ray's own end on one of ours."""
    from ray import serve as ray_serve  # noqa: PLC0415

    from serve.deployment import start_proxy  # noqa: PLC0415

    try:
        start_proxy(host, port)
        yield
    finally:
        # A Ray of our own goes as a whole: Serve would first wait for balancers that are not there.
        if settings.ray_address is not None:
            with _undisturbed():
                ray_serve.shutdown()


def run_api(options: Any, settings: Settings) -> None:
    """Bring the application up; called again, replace its replicas one by one while they answer.

    Raises Unavailable; what answered before goes on.
    """
    from serve.deployment import APPLICATION, application, deploy  # noqa: PLC0415

    deploy(application(options, settings), name=APPLICATION, prefix="/")


def run_risks(settings: Settings) -> None:
    """Bring the risk models' deployments up beside it; they listen nowhere."""
    from serve.deployment import deploy  # noqa: PLC0415
    from serve.risk import APPLICATION, RiskOptions, application  # noqa: PLC0415

    deploy(application(RiskOptions(cpus=0.0), settings), name=APPLICATION, prefix=None)


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
