"""Rows as bytes of `COPY … FROM STDIN (FORMAT BINARY)`, packed by a plan made once per kind of row.

Numbers and instants have one width, so those of a row are one `struct` call; the server reads them without
parsing text. It must not know what the rows mean, nor who writes them.
https://www.postgresql.org/docs/15/sql-copy.html#id-1.9.3.55.9.4
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from operator import attrgetter, itemgetter
from typing import Any
from uuid import UUID

from pydantic_core import PydanticSerializationError, to_json
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import BigInteger, DateTime, Float, Integer, String, TypeEngine, Uuid

_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
_TRAILER = struct.pack("!h", -1)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TEXT_OID = 25
_LENGTH = struct.Struct("!i")
_NULL = _LENGTH.pack(-1)
# Names of cameras, kinds and severities come again and again.
_WORDS = 4096
# A server that already has the first rows works while the next are packed.
_AT_ONCE = 500


class RowPacker:
    """Packs rows whose attributes are named as the table's columns.

    names: the columns to fill; `columns` is the order in which they are packed.
    """

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        types = {name: table.c[name].type for name in names}
        fixed = [name for name in names if _letter(types[name]) is not None]
        varying = [name for name in names if name not in fixed]
        self.columns = fixed + varying
        self._letters = [_letter(types[name]) or "" for name in fixed]
        self._instants = [n for n, name in enumerate(fixed) if isinstance(types[name], DateTime)]
        self._fixed = _attributes(fixed)
        self._varying = _attributes(varying)
        self._encoders = [_encoder(types[name]) for name in varying]
        self._layout = _Layout(self._letters, [False] * len(fixed), len(self.columns))

    def pack(self, rows: Iterable[object]) -> Iterator[bytes]:
        """All that COPY reads, in pieces. Raises ValueError for a value that its column cannot hold."""
        yield _HEADER
        left = iter(rows)
        while some := list(islice(left, _AT_ONCE)):
            try:
                yield b"".join(self._pieces(some))
            except (struct.error, TypeError, AttributeError, PydanticSerializationError) as error:
                raise ValueError(f"a row's value does not fit its column: {error}") from error
        yield _TRAILER

    def _pieces(self, rows: Sequence[object]) -> list[bytes]:
        pieces: list[bytes] = []
        add, encoders, layout = pieces.append, self._encoders, self._layout
        for row in rows:
            cells = list(self._fixed(row))
            for place in self._instants:
                cells[place] = _microseconds(cells[place])
            values = layout.pick(cells)
            if cells.count(None) != layout.absent or None in values:
                absent = [cell is None for cell in cells]
                layout = self._layout = _Layout(self._letters, absent, len(self.columns))
                values = layout.pick(cells)
            add(layout.pack(values))
            for encode, value in zip(encoders, self._varying(row), strict=True):
                add(encode(value))
        return pieces


class _Layout:
    """A row's start for one pattern of absent values: number of columns, then those of one width.

    Every value stands behind constant bytes, its length and any absent ones before it.
    """

    def __init__(self, letters: Sequence[str], absent: Sequence[bool], columns: int) -> None:
        form, constant, self._parts = "!", struct.pack("!h", columns), list[Any]()
        for letter, gone in zip(letters, absent, strict=True):
            if gone:
                constant += _NULL
                continue
            constant += _LENGTH.pack(struct.calcsize(f"!{letter}"))
            form += f"{len(constant)}s{letter}"
            self._parts += [constant, 0]
            constant = b""
        self._parts.append(constant)
        self._pack = struct.Struct(f"{form}{len(constant)}s").pack
        self._present = [n for n, gone in enumerate(absent) if not gone]
        self.absent = len(absent) - len(self._present)
        self.pick = _picker(self._present)

    def pack(self, values: tuple[Any, ...]) -> bytes:
        """The bytes of the values that are there."""
        parts = self._parts.copy()
        parts[1::2] = values
        return self._pack(*parts)


def _picker(places: Sequence[int]) -> Callable[[list[Any]], tuple[Any, ...]]:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda cells: tuple(cells[place] for place in places)


def _attributes(names: Sequence[str]) -> Callable[[object], tuple[Any, ...]]:
    # attrgetter of one name gives the value itself.
    if len(names) > 1:
        return attrgetter(*names)
    return lambda row: tuple(getattr(row, name) for name in names)


def _microseconds(instant: datetime | None) -> int | None:
    if instant is None:
        return None
    if instant.tzinfo is None:
        raise ValueError("instants of a batch must be aware")
    return (instant - _EPOCH) // _MICROSECOND


def _letter(kind: TypeEngine[Any]) -> str | None:
    """struct's letter of a type of one width, None for the others."""
    for of, letter in _LETTERS:
        if isinstance(kind, of):
            return letter
    return None


# BigInteger is an Integer to SQLAlchemy, so it is asked first; an instant is microseconds since 2000.
_LETTERS: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (DateTime, "q"),
    (BigInteger, "q"),
    (Integer, "i"),
    (Float, "d"),
)


def _encoder(kind: TypeEngine[Any]) -> Callable[[Any], bytes]:
    for of, encoder in _ENCODERS:
        if isinstance(kind, of):
            return encoder
    raise NotImplementedError(f"no binary form of {kind!r} is written yet")


def _field(data: bytes) -> bytes:
    return _LENGTH.pack(len(data)) + data


@lru_cache(_WORDS)
def _text(value: str | None) -> bytes:
    return _NULL if value is None else _field(value.encode())


def _jsonb(value: Any) -> bytes:
    return _NULL if value is None else _field(b"\x01" + to_json(value))


def _uuid(value: str | UUID | None) -> bytes:
    return _NULL if value is None else _field(UUID(str(value)).bytes)


def _text_array(values: Sequence[str] | None) -> bytes:
    if values is None:
        return _NULL
    size = struct.pack("!ii", len(values), 1) if values else b""
    start = struct.pack("!iii", 1 if values else 0, 0, _TEXT_OID)
    return _field(start + size + b"".join(_field(value.encode()) for value in values))


_ENCODERS: tuple[tuple[type[TypeEngine[Any]], Callable[[Any], bytes]], ...] = (
    (JSONB, _jsonb),
    (Uuid, _uuid),
    (ARRAY, _text_array),
    (String, _text),
)
