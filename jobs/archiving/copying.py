"""A month of a table into the archive: streamed out, stored, read back, compared, only then written down.

Killed at any instant: before the ledger's row the month is simply not archived, and what lies in the store
without a row is swept by the next run; after it the file is whole and compared. It must not drop anything.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from adapters.remote_files import Place
from enforcement.errors import EvidenceBroken
from jobs.archiving import parquet
from schema import archive_ledger, archive_tables
from schema.archive_ledger import Archived
from schema.archive_tables import AgeingTable, Connection, Month
from schema.row_stream import arrow_schema, batches

ARCHIVE = "archive"
# A month is not archived, dropped and brought back at once.
LOCK = "archive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Archiver:
    """session: holds the job's lock and writes the ledger. scratch: a folder of this job alone."""

    url: str
    session: Connection
    place: Place
    scratch: Path

    def due(self, table: AgeingTable) -> list[Month]:
        """Months past their hot period that the archive does not hold as they are, oldest first."""
        keep = archive_ledger.policy(self.session, table.name).keep
        before = archive_ledger.now(self.session) - keep
        held = {one.month: one for one in archive_ledger.live(self.session, table.name)}
        return [
            month
            for month in archive_tables.months_before(self.session, table, before)
            if month not in held or archive_ledger.changed_since(self.session, table, held[month])
        ]

    def archive(
        self, table: AgeingTable, month: Month, on_rows: Callable[[int], None] = lambda _: None
    ) -> Archived | None:
        """Put one month away; None when it has no rows.

        Raises DiskRefuses when the store takes no files, EvidenceBroken when what is read back differs:
        then the ledger says what it said before.
        """
        return next(self.archive_all(table, [month], on_rows), None)

    def archive_all(
        self,
        table: AgeingTable,
        months: Iterable[Month],
        on_rows: Callable[[int], None] = lambda _: None,
    ) -> Iterator[Archived]:
        """Put months away one after the other; each is read back while the next is streamed.

        Raises as `archive` does; months given before are then in the ledger.
        """
        pending: tuple[Archived, Future[None]] | None = None
        with ThreadPoolExecutor(1, thread_name_prefix="read-back") as pool:
            for month in months:
                made = self._copy(table, month, on_rows)
                if pending is not None:
                    yield self._record(*pending)
                pending = None
                if made is not None:
                    pending = made, pool.submit(self._read_back, made)
            if pending is not None:
                yield self._record(*pending)

    def _record(self, made: Archived, compared: Future[None]) -> Archived:
        compared.result()
        for path in archive_ledger.record(self.session, made):
            self.place.remove(path)
        return made

    def sweep(self, table: AgeingTable) -> int:
        """Remove what a killed run left, here and in the store; returns how many files of the store."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        known = {one.path for one in archive_ledger.live(self.session, table.name)}
        swept = 0
        root = f"{ARCHIVE}/{table.name}"
        for folder in self.place.entries(root)[1]:
            for name in self.place.entries(f"{root}/{folder}")[0]:
                if f"{root}/{folder}/{name}" not in known:
                    self.place.remove(f"{root}/{folder}/{name}")
                    swept += 1
        return swept

    def _copy(
        self, table: AgeingTable, month: Month, on_rows: Callable[[int], None]
    ) -> Archived | None:
        columns = archive_tables.columns(self.session, table.name)
        schema = arrow_schema(columns)
        query = archive_tables.select_month(table, month, schema.names).as_string(self.session)
        revision = archive_ledger.revision(self.session)
        as_of = archive_ledger.now(self.session)
        name = f"{uuid4().hex}.parquet"
        local = self.scratch / name
        self.scratch.mkdir(parents=True, exist_ok=True)
        try:
            written = parquet.write(
                local,
                schema,
                batches(self.url, query, schema),
                time_column=table.time_column,
                metadata={"table": table.name, "month": str(month), "revision": revision},
                on_rows=on_rows,
            )
            if written is None:
                return None
            path = f"{ARCHIVE}/{table.name}/month={month}/{name}"
            sha256, size = self._store(path, local)
        finally:
            local.unlink(missing_ok=True)
        return Archived(
            table=table.name,
            month=month,
            path=path,
            rows=written.rows,
            file_bytes=size,
            file_sha256=sha256,
            content_digest=written.digest,
            columns=tuple(columns),
            revision=revision,
            first_at=written.first_at,
            last_at=written.last_at,
            as_of=as_of,
        )

    def _read_back(self, made: Archived) -> None:
        stored = self.place.digest(made.path)
        schema = arrow_schema(made.columns)
        back = parquet.digest_of(parquet.read(self.place, made.path), schema)
        if (
            stored is None
            or (stored.sha256, stored.size) != (made.file_sha256, made.file_bytes)
            or (back.rows, back.hexdigest()) != (made.rows, made.content_digest)
        ):
            self.place.remove(made.path)
            raise EvidenceBroken(
                f"{self.place.url}/{made.path}: read back {back.rows} rows that are not the"
                f" {made.rows} that were written"
            )

    def _store(self, path: str, local: Path) -> tuple[str, int]:
        """Put the file into the store; digest and size that it must have there."""
        wanted = Place.of_folder(local.parent).digest(local.name)
        if wanted is None:
            raise EvidenceBroken(f"{local}: gone before it was stored")
        self.place.publish(path, local)
        return wanted.sha256, wanted.size
