"""What a risk deployment needs of the database: the champion's row, records of subjects, answers kept.

It must not know any model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from sqlalchemy.exc import DBAPIError

from schema.model_rows import ModelRow, active
from schema.risk_reading import Record, SubjectKind, read_record
from schema.risk_writing import Predictions, write_predictions
from schema.session import open_engine, unavailable


class Subject(Protocol):
    """Whom a question is about: the driver where there is one, else the vehicle."""

    @property
    def driver_dni(self) -> str | None: ...  # noqa: D102
    @property
    def plate(self) -> str | None: ...  # noqa: D102


class RiskDesk:
    """One model's desk at one database; every method raises Unavailable when that does not answer."""

    def __init__(self, url: str, model_name: str) -> None:
        self._engine = open_engine(url, pool_size=2)
        self._name = model_name

    def champion(self) -> ModelRow | None:
        """The version to serve."""
        try:
            with self._engine.connect() as connection:
                return active(connection, self._name)
        except DBAPIError as error:
            raise unavailable(error) from error

    def records(
        self, subjects: Sequence[Subject]
    ) -> Iterator[tuple[Record, list[tuple[int, int]]]]:
        """Records of drivers and of vehicles, each with (place in subjects, index in the record)."""
        wanted = {
            SubjectKind.DRIVER: [(n, s.driver_dni) for n, s in enumerate(subjects) if s.driver_dni],
            SubjectKind.PLATE: [
                (n, s.plate) for n, s in enumerate(subjects) if s.plate and not s.driver_dni
            ],
        }
        for kind, named in wanted.items():
            if not named:
                continue
            try:
                with self._engine.connect() as connection:
                    record = read_record(connection, kind, sorted({str(key) for _, key in named}))
            except DBAPIError as error:
                raise unavailable(error) from error
            place = {key: index for index, key in enumerate(record.keys.tolist())}
            found = [(n, place[str(key)]) for n, key in named if key in place]
            if found:
                yield record, found

    def keep(self, **answers: Any) -> None:
        """A row for each answer, before it is given."""
        try:
            with self._engine.begin() as connection:
                write_predictions(connection, Predictions(**answers))
        except DBAPIError as error:
            raise unavailable(error) from error
