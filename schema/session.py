"""Engines from a plain `postgresql://` URL, and one clear line when the database cannot serve us.

It must not know where the URL came from, nor any table.
"""

from __future__ import annotations

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from enforcement.errors import BadInput, Unavailable

VARIABLE = "VIGIA_DATABASE_URL"
MINIMUM_VERSION = 15
_CONNECT_SECONDS = 10


def database_url(plain: str, *, driver: str = "psycopg") -> URL:
    """The SQLAlchemy URL for a plain one; `driver` is psycopg (blocking) or asyncpg.

    Raises BadInput naming the variable; the message never holds the password.
    """
    try:
        url = make_url(plain)
    except (ArgumentError, ValueError):
        raise BadInput(f"{VARIABLE}: not a database URL; expected postgresql://…") from None
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        raise BadInput(f"{VARIABLE}: expected postgresql://…, got {url.drivername}://…")
    if not url.database:
        raise BadInput(f"{VARIABLE}: names no database; expected postgresql://host/NAME")
    return url.set(drivername=f"postgresql+{driver}")


def open_engine(plain: str, *, pool_size: int = 5, ping: bool = True) -> Engine:
    """A pool of blocking connections; connects lazily.

    A dead connection is replaced when taken, so a restarted database is met with one retry at most; without
    ping, taking one costs no round trip and the caller finds out.
    """
    return create_engine(
        database_url(plain),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=ping,
        connect_args={"connect_timeout": _CONNECT_SECONDS, "options": "-c timezone=UTC"},
    )


def sessions(engine: Engine) -> sessionmaker[Session]:
    """Makes sessions whose objects stay readable after commit."""
    return sessionmaker(engine, expire_on_commit=False)


def check_server(engine: Engine) -> None:
    """Refuse a server that cannot hold the schema.

    Raises BadInput when it cannot be reached with this URL, is older than 15 or has no PostGIS.
    """
    try:
        with engine.connect() as connection:
            _check(connection)
    except OperationalError as error:
        where = engine.url.set(drivername="postgresql").render_as_string(hide_password=True)
        raise BadInput(f"{VARIABLE}: cannot connect to {where} ({_reason(error)})") from None


def _check(connection: Connection) -> None:
    version = int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10_000
    if version < MINIMUM_VERSION:
        raise BadInput(f"{VARIABLE}: PostgreSQL {version} is too old, {MINIMUM_VERSION}+ is needed")
    postgis = connection.execute(
        text("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'")
    ).first()
    if postgis is None:
        raise BadInput(
            f"{VARIABLE}: the server has no PostGIS; install postgresql-{version}-postgis-3"
        )


def unavailable(error: DBAPIError | psycopg.Error) -> Unavailable:
    """The same failure in the product's words, for callers that keep their work and retry."""
    return Unavailable(f"database: {_reason(error)}")


def _reason(error: DBAPIError | psycopg.Error) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
    return lines[0].removeprefix("connection failed: ") if lines else type(cause).__name__
