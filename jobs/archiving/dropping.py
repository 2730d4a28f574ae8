"""Rows leave the database: only whole months past their time, and never one the archive does not hold.

A month that must be archived first is compared with its file in the very transaction that drops it, while
nobody can write to it: what is there equals what the file holds, or it stays. It must not archive anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import psycopg

from adapters.remote_files import Place
from jobs.archiving import parquet
from schema import archive_ledger, archive_tables, audit_anchor, rollups, table_pieces
from schema.archive_ledger import Archived, Policy
from schema.archive_tables import AgeingTable, Connection, Month
from schema.row_stream import arrow_schema, batches

_LOCK_TIMEOUT = "10s"


class Outcome(StrEnum):
    """What became of a month that was due."""

    DROPPED = "dropped"
    HELD = "held"
    RESTORED = "restored"  # brought back on purpose, its time is not over
    NOT_ARCHIVED = "not archived"
    CHANGED = "changed since it was archived"
    DAMAGED = "the archive's file is missing or damaged"
    CHAIN = "an earlier month of the audit still stands"
    BUSY = "in use"


# What keeps a month although it should go, and so is somebody's business.
WRONG = frozenset(
    {Outcome.NOT_ARCHIVED, Outcome.CHANGED, Outcome.DAMAGED, Outcome.CHAIN, Outcome.BUSY}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropper:
    """session: holds the job's lock; each month is one transaction of it."""

    url: str
    session: Connection
    place: Place

    def due(self, table: AgeingTable) -> list[Month]:
        """Months past their time, oldest first; none of a table whose rows are never dropped."""
        policy = archive_ledger.policy(self.session, table.name)
        if not policy.drop_rows:
            return []
        before = archive_ledger.now(self.session) - policy.keep
        return archive_tables.months_before(self.session, table, before)

    def drop(self, table: AgeingTable, month: Month) -> Outcome:
        """Drop one month, or say why it stays."""
        policy = archive_ledger.policy(self.session, table.name)
        found = archive_ledger.live(self.session, table.name, month)
        archived = found[0] if found else None
        early = self._stays(policy, archived, archive_ledger.now(self.session))
        if early is not None:
            return early
        try:
            with self.session.transaction():
                return self._drop(table, month, archived)
        except _Stays as stays:
            if stays.why is Outcome.CHANGED and archived is not None:
                archive_ledger.mark_stale(self.session, archived)
            return stays.why
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            return Outcome.BUSY

    def _stays(self, policy: Policy, archived: Archived | None, now: datetime) -> Outcome | None:
        if archived is None:
            return Outcome.NOT_ARCHIVED if policy.archive_first else None
        if archived.keep_until is not None and archived.keep_until > now:
            return Outcome.RESTORED
        if archived.stale or archived.dropped_at is not None:
            # Dropped once and rows are here again: they came later and are not in the file.
            return Outcome.CHANGED
        stored = self.place.digest(archived.path)
        if stored is None or stored.sha256 != archived.file_sha256:
            return Outcome.DAMAGED
        return None

    def _drop(self, table: AgeingTable, month: Month, archived: Archived | None) -> Outcome:
        self.session.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'".encode())
        table_pieces.lock(self.session, table, month)
        if archive_ledger.held(self.session, table, month) is not None:
            raise _Stays(Outcome.HELD)
        if archived is not None:
            self._compare(table, month, archived)
        if table.name == "audit_logs" and not audit_anchor.move_past(self.session, month):
            raise _Stays(Outcome.CHAIN)
        rollups.before_drop(self.session, table, month)
        removed = table_pieces.remove(self.session, table, month)
        if archived is not None:
            if removed is not None and removed != archived.rows:
                raise _Stays(Outcome.CHANGED)
            archive_ledger.mark_dropped(self.session, archived)
        return Outcome.DROPPED

    def _compare(self, table: AgeingTable, month: Month, archived: Archived) -> None:
        columns = archive_tables.columns(self.session, table.name)
        if [(one.name, one.type) for one in columns] != [
            (one.name, one.type) for one in archived.columns
        ]:
            # A column came since: the file does not hold it.
            raise _Stays(Outcome.CHANGED)
        schema = arrow_schema(columns)
        query = archive_tables.select_month(table, month, schema.names).as_string(self.session)
        digest = parquet.digest_of(batches(self.url, query, schema), schema)
        if (digest.rows, digest.hexdigest()) != (archived.rows, archived.content_digest):
            raise _Stays(Outcome.CHANGED)


class _Stays(Exception):
    def __init__(self, why: Outcome) -> None:
        super().__init__(why)
        self.why = why
