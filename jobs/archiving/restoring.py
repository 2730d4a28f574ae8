"""A month of the archive back in its table, every row equal to what it was, or nothing at all.

One transaction: rows that are there already stay as they are and must equal the file's. It must not remove
anything, neither rows nor files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import psycopg
import pyarrow as pa
from psycopg import sql

from adapters.remote_files import Place
from enforcement.errors import BadInput, EvidenceBroken, NotFound
from jobs.archiving import parquet
from schema import archive_ledger, archive_tables, audit_anchor, table_pieces
from schema.archive_ledger import Archived
from schema.archive_tables import AgeingTable, Column, Connection, Month
from schema.row_digest import RowDigest
from schema.row_stream import arrow_schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Restorer:
    """session: holds the job's lock; the month is one transaction of it."""

    session: Connection
    place: Place

    def restore(
        self,
        table: AgeingTable,
        month: Month,
        *,
        keep: timedelta,
        on_rows: Callable[[int], None] = lambda _: None,
    ) -> int:
        """Bring the month back and keep it for so long; returns how many rows were not there.

        Raises BadInput when the archive has no such month, its file is damaged, its columns no longer fit
        the table, or rows of the table contradict it: then nothing has changed.
        """
        found = archive_ledger.live(self.session, table.name, month)
        if not found:
            raise BadInput(f"{table.name} {month}: the archive has no such month")
        archived = found[0]
        columns = self._columns(table, archived)
        try:
            with self.session.transaction():
                self._stage(table, columns, archived, on_rows)
                table_pieces.ensure(self.session, table, month)
                added = self._add(table, columns)
                self._compare(table, month, columns)
                if table.name == "audit_logs" and not audit_anchor.move_before(self.session, month):
                    raise BadInput(
                        f"audit_logs {month}: bring the months after it back first, the newest first"
                    )
                archive_ledger.mark_restored(self.session, archived, keep)
        except (EvidenceBroken, NotFound) as error:
            raise BadInput(f"{table.name} {month}: {error}") from error
        except psycopg.errors.IntegrityError as error:
            raise BadInput(
                f"{table.name} {month}: the table refuses a row ({str(error).splitlines()[0]})"
            ) from error
        return added

    def _columns(self, table: AgeingTable, archived: Archived) -> list[Column]:
        """The archive's columns as the table has them. An archive of an older schema may lack some."""
        now = {one.name: one for one in archive_tables.columns(self.session, table.name)}
        for old in archived.columns:
            if old.name not in now:
                raise BadInput(
                    f"{table.name} {archived.month}: archived by schema {archived.revision} with a"
                    f" column {old.name} that the table no longer has"
                )
            if now[old.name].type != old.type:
                raise BadInput(
                    f"{table.name} {archived.month}: archived by schema {archived.revision} with"
                    f" {old.name} as {old.type}, which is {now[old.name].type} now"
                )
        return [now[old.name] for old in archived.columns]

    def _stage(
        self,
        table: AgeingTable,
        columns: list[Column],
        archived: Archived,
        on_rows: Callable[[int], None],
    ) -> None:
        stored = self.place.digest(archived.path)
        if stored is None or stored.sha256 != archived.file_sha256:
            raise BadInput(
                f"{table.name} {archived.month}: {self.place.url}/{archived.path} is"
                f" {'missing' if stored is None else 'damaged: it is not the file that was stored'}"
            )
        self.session.execute(
            sql.SQL("CREATE TEMP TABLE staged ON COMMIT DROP AS SELECT {} FROM {} LIMIT 0").format(
                _names(columns), sql.Identifier(table.name)
            )
        )
        digest = RowDigest(arrow_schema(columns))
        statement = sql.SQL("COPY staged FROM STDIN (FORMAT csv)")
        with self.session.cursor() as cursor, cursor.copy(statement) as copy:
            for data in parquet.as_csv(self._read(archived, digest, on_rows)):
                copy.write(data)
        if (digest.rows, digest.hexdigest()) != (archived.rows, archived.content_digest):
            raise EvidenceBroken(f"{archived.path}: its rows are not those that were archived")

    def _read(
        self, archived: Archived, digest: RowDigest, on_rows: Callable[[int], None]
    ) -> Iterator[pa.RecordBatch]:
        for batch in parquet.read(self.place, archived.path):
            digest.update(batch)
            on_rows(batch.num_rows)
            yield batch

    def _add(self, table: AgeingTable, columns: list[Column]) -> int:
        own = [one for one in columns if not one.generated]
        same = sql.SQL(" AND ").join(
            sql.SQL("there.{0} = staged.{0}").format(sql.Identifier(name)) for name in table.key
        )
        done = self.session.execute(
            sql.SQL(
                "INSERT INTO {table} ({names}) SELECT {names} FROM staged"
                " WHERE NOT EXISTS (SELECT 1 FROM {table} AS there WHERE {same})"
            ).format(table=sql.Identifier(table.name), names=_names(own), same=same)
        )
        return done.rowcount

    def _compare(self, table: AgeingTable, month: Month, columns: list[Column]) -> None:
        at = sql.Identifier(table.time_column)
        row = self.session.execute(
            sql.SQL(
                "SELECT count(*) FROM (SELECT * FROM staged EXCEPT ALL"
                " SELECT {names} FROM {table} WHERE {at} >= %s AND {at} < %s) AS other"
            ).format(names=_names(columns), table=sql.Identifier(table.name), at=at),
            (month.low, month.high),
        ).fetchone()
        if row is None or row[0]:
            raise BadInput(
                f"{table.name} {month}: {row and row[0]} rows of the table are not as the archive has"
                " them; nothing was changed"
            )


def _names(columns: Iterable[Column]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(one.name) for one in columns)
