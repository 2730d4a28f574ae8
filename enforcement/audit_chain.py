"""The audit's chain: each row's digest covers the row and the digest before it.

digest = SHA-256(previous digest || canonical JSON of the row). An edited row no longer fits its digest,
a removed one leaves a gap, a moved one stands before what it follows. Whoever can rewrite every later
row and the head as well is not seen here: note the head's digest elsewhere (docs/adr/0016). It must not
know where rows are kept.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from ipaddress import ip_address
from typing import Any
from uuid import UUID

from enforcement.plain import canonical_json

GENESIS = "0" * 64

# What the digest covers, besides the place in the chain. Names are those of the data model's columns.
FIELDS = (
    "id",
    "user_id",
    "username",
    "action",
    "resource_type",
    "resource_id",
    "old_values",
    "new_values",
    "ip_address",
    "user_agent",
    "endpoint",
    "http_method",
    "success",
    "error_message",
    "timestamp",
    "metadata",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainedEntry:
    """One row with its links. index counts from 1 without gaps; None for a row outside the chain."""

    index: int | None
    previous: str | None
    digest: str | None
    fields: Mapping[str, Any]


class FaultKind(StrEnum):
    """What was done to a row, or to the rows before it."""

    EDITED = "edited"
    REMOVED = "removed"
    REORDERED = "reordered"
    OUTSIDE = "outside the chain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One row that does not fit. index: its place in the chain; row_id: its id, None where it is gone."""

    kind: FaultKind
    index: int | None
    row_id: int | None
    detail: str

    def __str__(self) -> str:
        row = "" if self.row_id is None else f" (id {self.row_id})"
        place = "a row" if self.index is None else f"row {self.index}"
        return f"{place}{row}: {self.kind}: {self.detail}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A place in the chain that is known from elsewhere: index of a row and its digest."""

    index: int = 0
    digest: str = GENESIS


def settled(value: Any) -> Any:  # noqa: PLR0911 - one return for each kind of value
    """A JSON value as the database will give it back: no NUL, no half characters, whole floats as ints.

    A number that is none becomes null; amounts, ids and dates become text.
    """
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() else value
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {settled(str(key)): settled(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [settled(item) for item in value]
    return value


def canonical(index: int, fields: Mapping[str, Any]) -> bytes:
    """The bytes that a row's digest covers, the same whichever driver read it.

    Raises ValueError for a naive timestamp.
    """
    row: dict[str, Any] = {name: settled(fields.get(name)) for name in FIELDS}
    row["user_id"] = None if row["user_id"] is None else str(row["user_id"])
    row["ip_address"] = None if row["ip_address"] is None else plain_address(row["ip_address"])
    row["timestamp"] = _instant(fields["timestamp"])
    return canonical_json({"index": index, **row})


def digest_of(previous: str, index: int, fields: Mapping[str, Any]) -> str:
    """A row's digest, lower-case hex."""
    return hashlib.sha256(previous.encode("ascii") + canonical(index, fields)).hexdigest()


def plain_address(address: Any) -> str | None:
    """An address as stored; None for what is none (a test client's name)."""
    try:
        parsed = ip_address(str(address).split("/", 1)[0].split("%", 1)[0])
    except ValueError:
        return None
    return parsed.compressed


class ChainVerifier:
    """Looks at rows one by one, in order of their index, those outside the chain first or last.

    start: what the first row must follow; the beginning by default.
    """

    def __init__(self, start: Anchor | None = None) -> None:
        self._at = start or Anchor()
        self._last_id = 0

    def look(self, entry: ChainedEntry) -> Iterator[Fault]:
        """What is wrong with this row, and with its place after those before it. Exhaust it."""
        row_id = int(entry.fields["id"])
        if entry.index is None or entry.previous is None or entry.digest is None:
            yield _fault(FaultKind.OUTSIDE, entry, "it was not added by the product")
            return
        yield from _place_faults(entry, entry.index, self._at)
        if row_id <= self._last_id:
            yield _fault(FaultKind.REORDERED, entry, "its id comes before that of a row before it")
        if digest_of(entry.previous, entry.index, entry.fields) != entry.digest:
            yield _fault(FaultKind.EDITED, entry, "its content does not match its digest")
        self._at = Anchor(index=entry.index, digest=entry.digest)
        self._last_id = max(row_id, self._last_id)

    def end(self, head: Anchor) -> Iterator[Fault]:
        """What is wrong with the end; head: the last row that there must be."""
        yield from _end_faults(self._at, head)


def faults(
    entries: Iterable[ChainedEntry], *, start: Anchor | None = None, head: Anchor | None = None
) -> Iterator[Fault]:
    """Every row that does not fit, in order of the chain. head None: the end is not known."""
    verifier = ChainVerifier(start)
    for entry in entries:
        yield from verifier.look(entry)
    if head is not None:
        yield from verifier.end(head)


def verify(
    entries: Iterable[ChainedEntry], *, start: Anchor | None = None, head: Anchor | None = None
) -> Fault | None:
    """The first fault, None for an intact chain."""
    return next(faults(entries, start=start, head=head), None)


def _place_faults(entry: ChainedEntry, index: int, at: Anchor) -> Iterator[Fault]:
    due = at.index + 1
    if index > due:
        gone = f"rows {due} to {index - 1} are" if index - 1 > due else f"row {due} is"
        yield Fault(
            kind=FaultKind.REMOVED, index=due, row_id=None, detail=f"{gone} no longer there"
        )
    elif index < due:
        yield _fault(FaultKind.REORDERED, entry, f"its place in the chain was due before {due}")
    elif entry.previous != at.digest:
        # The row before fits its own digest, or it has been named already: it is not the one that this
        # row was chained to.
        yield Fault(
            kind=FaultKind.EDITED,
            index=at.index,
            row_id=None,
            detail=f"it was rewritten: row {index} was chained to another",
        )


def _end_faults(at: Anchor, head: Anchor) -> Iterator[Fault]:
    if at.index < head.index:
        yield Fault(
            kind=FaultKind.REMOVED,
            index=at.index + 1,
            row_id=None,
            detail=f"the last {head.index - at.index} of {head.index} rows are no longer there",
        )
    elif (at.index, at.digest) != (head.index, head.digest):
        yield Fault(
            kind=FaultKind.EDITED,
            index=at.index,
            row_id=None,
            detail="the last row is not the one that was last noted",
        )


def _fault(kind: FaultKind, entry: ChainedEntry, detail: str) -> Fault:
    return Fault(kind=kind, index=entry.index, row_id=int(entry.fields["id"]), detail=detail)


def _instant(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError("an audit row's time needs a zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds")
