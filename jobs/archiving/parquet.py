"""A month of rows as one Parquet file: written from a stream, read back as the same batches.

It must not know the database, nor what is done with a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty, Queue
from threading import Event, Thread

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from adapters.durable import refusals
from adapters.remote_files import Place
from enforcement.errors import EvidenceBroken
from schema.row_digest import RowDigest

COMPRESSION = "zstd"
# Rows of a group are in memory at once; larger groups compress little better.
_GROUP_BYTES = 48 << 20
_GROUP_ROWS = 256_000
_READ_ROWS = 64_000
_AHEAD = 4  # batches
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CSV = csv.WriteOptions(include_header=False, quoting_style="needed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written. first_at, last_at: bounds of the time column."""

    rows: int
    digest: str
    first_at: datetime
    last_at: datetime


def write(
    path: Path,
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    *,
    time_column: str,
    metadata: dict[str, str],
    on_rows: Callable[[int], None],
) -> Written | None:
    """Stream batches into a new file; None, and no file, when there are no rows.

    Raises DiskRefuses when the disk does not take it; then nothing is left.
    """
    digest, bounds = RowDigest(schema), _Bounds(time_column)
    with refusals(path.parent):
        try:
            with pq.ParquetWriter(
                path, schema.with_metadata(metadata), compression=COMPRESSION
            ) as writer:
                for group in _groups(_ahead(batches)):
                    for batch in group:
                        digest.update(batch)
                        bounds.update(batch)
                    writer.write_table(pa.Table.from_batches(group, schema))
                    on_rows(sum(batch.num_rows for batch in group))
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    if bounds.low is None or bounds.high is None:
        path.unlink()
        return None
    return Written(
        rows=digest.rows, digest=digest.hexdigest(), first_at=bounds.low, last_at=bounds.high
    )


def digest_of(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> RowDigest:
    """The digest of all rows of some batches."""
    digest = RowDigest(schema)
    for batch in batches:
        digest.update(batch)
    return digest


def read(place: Place, path: str, names: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Batches of a stored file, all columns or those named.

    Raises NotFound where there is no file, EvidenceBroken where it is no whole Parquet file.
    """
    with place.opened(path) as file:
        try:
            yield from pq.ParquetFile(file).iter_batches(batch_size=_READ_ROWS, columns=names)
        except (pa.ArrowException, OSError) as error:
            raise EvidenceBroken(f"{place.url}/{path}: damaged ({_first(error)})") from error


def as_csv(batches: Iterable[pa.RecordBatch]) -> Iterator[memoryview]:
    """Batches as the CSV that COPY … FROM reads: NULL is nothing, an empty text is quoted."""
    for batch in batches:
        sink = pa.BufferOutputStream()
        csv.write_csv(batch, sink, _CSV)
        yield memoryview(sink.getvalue())


def schema_of(place: Place, path: str) -> pa.Schema:
    """Names and types in a stored file; raises as `read` does."""
    with place.opened(path) as file:
        try:
            return pq.read_schema(file).remove_metadata()
        except (pa.ArrowException, OSError) as error:
            raise EvidenceBroken(f"{place.url}/{path}: damaged ({_first(error)})") from error


def _ahead(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same batches, taken by a thread while others are written: neither side waits for the other."""
    ready: Queue[pa.RecordBatch | BaseException | None] = Queue(_AHEAD)
    stop = Event()

    def take() -> None:
        last: BaseException | None = None
        try:
            for batch in batches:
                ready.put(batch)
                if stop.is_set():
                    break
        except BaseException as error:  # noqa: BLE001 - raised where the batches are used
            last = error
        ready.put(last)

    thread = Thread(target=take, name="ahead", daemon=True)
    thread.start()
    try:
        while (batch := ready.get()) is not None:
            if isinstance(batch, BaseException):
                raise batch
            yield batch
    finally:
        stop.set()
        while thread.is_alive():
            with suppress(Empty):
                ready.get(timeout=0.05)
        thread.join()


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    group: list[pa.RecordBatch] = []
    for batch in batches:
        group.append(batch)
        if (
            sum(one.nbytes for one in group) >= _GROUP_BYTES
            or sum(one.num_rows for one in group) >= _GROUP_ROWS
        ):
            yield group
            group = []
    if group:
        yield group


def _first(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


class _Bounds:
    def __init__(self, column: str) -> None:
        self._column = column
        self.low: datetime | None = None
        self.high: datetime | None = None

    def update(self, batch: pa.RecordBatch) -> None:
        # As numbers: an instant of Arrow's would import pandas to become one of Python's.
        column = batch.column(batch.schema.get_field_index(self._column)).cast(pa.int64())
        found = pc.min_max(column).as_py()
        if found["min"] is not None:
            low, high = (_EPOCH + timedelta(microseconds=found[end]) for end in ("min", "max"))
            self.low = low if self.low is None else min(self.low, low)
            self.high = high if self.high is None else max(self.high, high)
