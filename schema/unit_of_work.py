"""One transaction with its repositories; rolled back unless committed.

It must not know what is done inside it.
"""

from __future__ import annotations

from types import TracebackType

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from schema.repositories import InfractionRepository
from schema.session import unavailable


class UnitOfWork:
    """`with UnitOfWork(factory) as work: …; work.commit()`.

    Leaving without commit rolls back. A lost or refused connection is raised as Unavailable: the
    caller keeps what it has and does the whole unit again, which the idempotency key makes safe. A row
    that breaks a key or a check, as of a camera that has no row, stays sqlalchemy's IntegrityError: only
    the caller knows whether waiting helps.
    """

    session: Session
    infractions: InfractionRepository

    def __init__(self, factory: sessionmaker[Session]) -> None:
        self._factory = factory

    def __enter__(self) -> UnitOfWork:
        self.session = self._factory()
        self.infractions = InfractionRepository(self.session)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.session.rollback()
        except (OperationalError, InterfaceError):
            # The connection is gone, and with it the transaction.
            self.session.invalidate()
        finally:
            self.session.close()
        if isinstance(error, OperationalError | InterfaceError):
            raise unavailable(error) from error

    def commit(self) -> None:
        """Make everything since the beginning durable."""
        self.session.commit()
