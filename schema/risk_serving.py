"""What a risk deployment needs of the database: the champion's row, what is seen of subjects, answers kept.

It must not know any model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol

import psycopg
from sqlalchemy.exc import DBAPIError

from enforcement.errors import BadInput
from schema.model_rows import ModelRow, active
from schema.risk_keeping import keep_answers
from schema.risk_reading import Seen, SubjectKind
from schema.risk_seen import read_seen
from schema.risk_writing import Predictions
from schema.session import open_engine, unavailable


class Subject(Protocol):
    """Whom a question is about: the driver where there is one, else the vehicle."""

    @property
    def driver_dni(self) -> str | None: ...  # noqa: D102
    @property
    def plate(self) -> str | None: ...  # noqa: D102


class RiskDesk:
    """One model's desk at one database; every method raises Unavailable when that does not answer."""

    def __init__(self, url: str, model_name: str, *, visits: int) -> None:
        """visits: how many there are at once, each with its connection kept."""
        self._engine = open_engine(url, pool_size=1)
        self._kept = open_engine(url, pool_size=visits, ping=False)
        self._name = model_name

    def champion(self) -> ModelRow | None:
        """The version to serve."""
        try:
            with self._engine.connect() as connection:
                return active(connection, self._name)
        except DBAPIError as error:
            raise unavailable(error) from error

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()
        self._kept.dispose()

    @contextmanager
    def visit(self) -> Iterator[Visit]:
        """A connection for one reading and one writing, each a round trip."""
        visit = Visit(self._kept)
        try:
            yield visit
        finally:
            visit.leave()


class Visit:
    """One kept connection. Its methods also raise BadInput for a subject that no database can hold."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._held: Any = None

    def seen(self, subjects: Sequence[Subject]) -> Iterator[tuple[Seen, list[tuple[int, int]]]]:
        """What is seen of drivers and of vehicles, each with (place in subjects, index in what is seen)."""
        wanted = {
            SubjectKind.DRIVER: [(n, s.driver_dni) for n, s in enumerate(subjects) if s.driver_dni],
            SubjectKind.PLATE: [
                (n, s.plate) for n, s in enumerate(subjects) if s.plate and not s.driver_dni
            ],
        }
        for kind, named in wanted.items():
            if not named:
                continue
            seen = self._read(kind, sorted({str(key) for _, key in named}))
            place = {key: index for index, key in enumerate(seen.keys.tolist())}
            found = [(n, place[str(key)]) for n, key in named if key in place]
            if found:
                yield seen, found

    def keep(self, **answers: Any) -> None:
        """A row for each answer, before it is given."""
        with _told():
            keep_answers(self._connection(), Predictions(**answers))

    def leave(self) -> None:
        """The connection goes back."""
        if self._held is not None:
            self._held.close()
            self._held = None

    def _read(self, kind: SubjectKind, keys: Sequence[str]) -> Seen:
        with _told():
            with suppress(psycopg.OperationalError, DBAPIError):
                return read_seen(self._connection(), kind, keys)
            # A restarted database has closed what was kept: all of it goes, and one more try is made.
            if self._held is not None:
                self._held.invalidate()
                self._held = None
            self._engine.dispose()
            return read_seen(self._connection(), kind, keys)

    def _connection(self) -> psycopg.Connection[Any]:
        if self._held is None:
            self._held = self._engine.raw_connection()
            self._held.driver_connection.autocommit = True
        driver: psycopg.Connection[Any] = self._held.driver_connection
        return driver


@contextmanager
def _told() -> Iterator[None]:
    """The driver's errors in the product's words."""
    try:
        yield
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        raise BadInput(f"question: {str(error).splitlines()[0]}") from error
    except (psycopg.Error, DBAPIError) as error:
        raise unavailable(error) from error
