"""The whole live system on this machine or cluster, from database to supervisor, and down again.

Used by `jobs.up`, `jobs.demo` and the benches that kill its parts. It must not know what is shown.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from actors.ray_ports import call
from actors.supervisor import Supervisor
from actors.wiring import Cluster, RayFleet
from adapters.embedded_postgres import EmbeddedPostgres
from adapters.settings import DEFAULT_WEIGHTS, Settings
from adapters.signing import open_signing_key
from enforcement.errors import BadInput
from jobs.migrate import prepare
from schema.credentials import address_with_credentials
from schema.scenes import WantedCamera
from schema.session import open_engine, sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Handles of what runs. settings has the database's URL in it."""

    settings: Settings
    cluster: Cluster
    supervisor: Supervisor
    factory: sessionmaker[Session]
    detector: Any
    recorder: Any
    relay: Any

    def status(self) -> dict[str, Any]:
        """Status of every part, as plain values. Raises Unavailable when a part does not answer."""
        return {
            "cameras": self.supervisor.statuses(),
            "recorder": call(self.recorder, "status"),
            "relay": call(self.relay, "status"),
        }


@contextmanager
def database(settings: Settings, *, durable: bool = True) -> Iterator[Settings]:
    """Settings whose database answers and is migrated; the private one ends with its last user."""
    if settings.database_url is not None:
        prepare(settings.database_url)
        yield settings
        return
    private = EmbeddedPostgres(Path(settings.local_dir) / "postgres", durable=durable)
    with _last_one_stops(Path(settings.local_dir) / "postgres.users", private):
        url = private.start()
        prepare(url)
        yield replace(settings, database_url=url)


@contextmanager
def _last_one_stops(path: Path, server: EmbeddedPostgres) -> Iterator[None]:
    """Users hold a shared lock; who can have it alone on leaving was the last, and stops the server."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        users = path.open("a")
    except OSError as error:
        raise BadInput(f"{path.parent}: cannot hold a database ({error.strerror})") from None
    with users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield
        finally:
            with suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                server.stop()


@contextmanager
def system(
    settings: Settings,
    *,
    weights: Path = DEFAULT_WEIGHTS,
    paced: bool = True,
    start: datetime | None = None,
) -> Iterator[System]:
    """The system over the rows of `devices`; settings must name an answering database."""
    if settings.database_url is None:
        raise ValueError("a system needs a database: see `database`")
    open_signing_key(settings)
    with ExitStack() as stack:
        engine = open_engine(settings.database_url)
        stack.callback(engine.dispose)
        factory = sessions(engine)
        cluster = stack.enter_context(Cluster.connect(settings.ray_address))
        recorder = cluster.recorder(settings)
        relay = cluster.relay(settings)
        detector = cluster.detector_port(weights)
        fleet = RayFleet(cluster, detector, cluster.reader_port(), recorder)
        supervisor = Supervisor(
            factory,
            fleet,
            settings,
            source_of=lambda wanted: _source(factory, settings, wanted),
            paced=paced,
            start=start,
        )
        stack.callback(supervisor.stop)
        yield System(
            settings=settings,
            cluster=cluster,
            supervisor=supervisor,
            factory=factory,
            detector=detector.first,
            recorder=recorder.handle,
            relay=relay.handle,
        )


def _source(factory: sessionmaker[Session], settings: Settings, wanted: WantedCamera) -> str:
    with factory() as session:
        return address_with_credentials(
            session, wanted.device_id, wanted.source, key=settings.secret_key
        )
