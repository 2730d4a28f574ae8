"""The API as a Ray Serve application: one app and one pool per replica, replaced without a lost request.

Ray's `serve` is imported under another name, because this room has it. It must not know any route.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from ray import serve as ray_serve
from ray.exceptions import RayError

from adapters.settings import Settings, read_settings
from enforcement.errors import BadInput, Unavailable

APPLICATION = "vigia-api"
DEPLOYMENT = "api"
_START_TRIES = 4
_DEPLOY_TRIES = 3
# What every Ray process must have in its environment before it starts.
ENVIRONMENT = {
    "RAY_SERVE_ENABLE_HA_PROXY": "1",
    "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
    # A proxy that is slow to start is waited for. Serve's five seconds end it before it is up wherever
    # cameras have the cores, and the next one after it.
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",
    "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "30",
    # A request whose replica died before it said a word goes to another: no change of ours does harm
    # when it is asked for twice (ADR 0019). The proxy can only say again what it had whole when it first
    # said it, so it waits for a request's body; Ray writes this into the proxy's defaults as it stands, and
    # has no variable of its own for the second line.
    "RAY_SERVE_HAPROXY_RETRY_ON": "conn-failure empty-response\n    option http-buffer-request",
    # Until the proxy knows that a replica is gone it goes on choosing it, for it has the fewest requests:
    # of its usual three tries none was left for one that answers.
    "RAY_SERVE_HAPROXY_RETRIES": "10",
    # The proxy forgets a replica within a second; the rest of the usual thirty would only delay an update.
    "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "10",
}


class Options(BaseModel):
    """Arguments of the application in config.yaml. cpus: that Ray sets aside for a replica."""

    model_config = ConfigDict(extra="forbid")

    replicas: int = 1
    cpus: float = 0.5
    pool_size: int = 10
    forwarded: bool = False
    rate_limits: bool = True


class ApiReplica:
    """One replica. Promises nothing across a restart but what the database holds: rate counts and
    listeners begin anew.
    """

    def __init__(self, options: Options, settings: Settings | None = None) -> None:
        self._options = options
        self._settings = settings

    def __serve_build_asgi_app__(self) -> Any:
        """Called by Serve once the replica's process is up."""
        from serve.app import build_app  # noqa: PLC0415 - pulls in the web stack, only replicas need it
        from serve.middleware import Limits, unaddressed, unlimited  # noqa: PLC0415
        from serve.one_write import use_everywhere  # noqa: PLC0415

        use_everywhere()
        settings = self._settings or read_settings()
        if settings.database_url is None:
            raise BadInput("VIGIA_DATABASE_URL: a replica needs a database that all can reach")
        limits = Limits(forwarded=True) if self._options.forwarded else unaddressed()
        if not self._options.rate_limits:
            limits = unlimited(forwarded=self._options.forwarded)
        return build_app(settings=settings, pool_size=self._options.pool_size, limits=limits)


def application(options: Options, settings: Settings | None = None) -> Any:
    """The application to run; settings None: each replica reads its own environment."""
    wrapped = ray_serve.ingress()(ApiReplica)
    deployment = ray_serve.deployment(
        name=DEPLOYMENT,
        num_replicas=options.replicas,
        # A page of fifty rows waits on the database, not on the processor.
        max_ongoing_requests=200,
        # One more than wanted while an update runs: a new replica answers before an old one stops.
        max_surge_percent=50,
        graceful_shutdown_wait_loop_s=1.0,
        graceful_shutdown_timeout_s=30.0,
        health_check_period_s=5.0,
        health_check_timeout_s=20.0,
        ray_actor_options={"num_cpus": options.cpus},
    )(wrapped)
    return deployment.bind(options, settings)


def build(args: dict[str, Any]) -> Any:
    """What config.yaml names; args are Options."""
    return application(Options(**args))


def start_proxy(host: str, port: int) -> None:
    """Bring Serve and its proxy up on a running Ray.

    On a busy machine the proxy can miss its readiness checks, so it is tried again. Raises Unavailable.
    """
    for attempt in range(1, _START_TRIES + 1):
        try:
            ray_serve.start(http_options={"host": host, "port": port})
        except (RuntimeError, TimeoutError, RayError) as error:
            ray_serve.shutdown()
            if attempt == _START_TRIES:
                raise Unavailable(f"Ray Serve's proxy does not come up ({error})") from error
        else:
            return


def deploy(built: Any, *, name: str, prefix: str | None) -> None:
    """Bring an application up on Serve or replace its replicas, and wait until all of them answer.

    A replica that dies meanwhile is begun again by Serve, which gives the whole deployment up for failed all
    the same: it is asked again. Raises Unavailable with Serve's reason when that does not help.
    """
    for attempt in range(1, _DEPLOY_TRIES + 1):
        try:
            ray_serve.run(built, name=name, route_prefix=prefix)
        except (RuntimeError, TimeoutError, RayError) as error:
            if attempt == _DEPLOY_TRIES:
                raise Unavailable(f"Ray Serve does not bring {name} up ({error})") from error
        else:
            return
