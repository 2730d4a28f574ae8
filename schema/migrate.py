"""Brings a database to the schema of this release, and says how far one is.

Revisions are linear; each is `pre` (additive, run before the new release) or `post` (run once the old
release has gone), so that the old release keeps running on the new schema in between. It must not know
how it is called.
"""

from __future__ import annotations

import io
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

from enforcement.errors import BadInput

_LOCATION = Path(__file__).parent / "migrations"
# Two processes that migrate at once take turns; the number is ours and arbitrary.
_LOCK = 7_204_411


def pending(engine: Engine, *, phase: str = "post") -> list[str]:
    """Revisions still to run, oldest first; with phase "pre", only those before the first post one.

    Raises BadInput when the database was brought up by a newer release.
    """
    with engine.connect() as connection:
        return [script.revision for script in _pending(connection, phase)]


def upgrade(engine: Engine, *, phase: str = "post") -> list[str]:
    """Run what is pending and return it. Idempotent; concurrent callers take turns.

    Each revision is one transaction: a failed one leaves nothing half-made.
    """
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        connection.commit()
        try:
            scripts = _pending(connection, phase)
            connection.rollback()
            if scripts:
                command.upgrade(_config(connection), scripts[-1].revision)
                connection.commit()
        except ProgrammingError as error:
            connection.rollback()
            raise BadInput(f"cannot migrate: {_first_line(error)}") from error
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
            connection.commit()
    return [script.revision for script in scripts]


def script() -> str:
    """The whole schema as SQL, for a database administrator; plain PostgreSQL, no hypertables."""
    output = io.StringIO()
    config = _config(None)
    config.output_buffer = output
    command.upgrade(config, "head", sql=True)
    return output.getvalue()


def revisions() -> list[Script]:
    """All revisions of this release, oldest first."""
    directory = ScriptDirectory.from_config(_config(None))
    return list(reversed(list(directory.walk_revisions())))


def phase_of(revision: Script) -> str:
    """`pre` or `post`."""
    return str(revision.module.phase)


def _pending(connection: Connection, phase: str) -> list[Script]:
    current = MigrationContext.configure(connection).get_current_revision()
    known = revisions()
    names = [known_one.revision for known_one in known]
    if current is not None and current not in names:
        raise BadInput(
            f"the database is at revision {current}, which this release does not know: it was"
            " brought up by a newer one"
        )
    waiting = known[names.index(current) + 1 :] if current else known
    if phase == "pre":
        posts = [n for n, known_one in enumerate(waiting) if phase_of(known_one) == "post"]
        waiting = waiting[: posts[0]] if posts else waiting
    return waiting


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_LOCATION).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _first_line(error: ProgrammingError) -> str:
    return str(error.orig).splitlines()[0]
