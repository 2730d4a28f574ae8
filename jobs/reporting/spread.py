"""Counting spread over processes by Ray Data: files in, one table of sums out.

Each task reads some row groups of a file through the store's own adapter and gives back what they add, so
memory is that of a row group and of different keys. It must not know what is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from ray import data as ray_data

from adapters.remote_files import Place, open_place
from enforcement.errors import EvidenceBroken
from jobs.reporting.counting import COLUMNS, PART, Spans, combine, part
from jobs.reporting.gathering import Source

_ROWS_OF_A_TASK = 1_000_000


def count(
    place: Place,
    s3_endpoint: str | None,
    sources: Sequence[Source],
    spans: Spans,
    on_part: Callable[[int], None] = lambda _: None,
) -> pa.Table:
    """All sources' sums; needs Ray. Raises EvidenceBroken naming a file that cannot be read."""
    items = [item for source in sources for item in _tasks(place, source)]
    if not items:
        return PART.empty_table()
    context = ray_data.DataContext.get_current()
    context.enable_progress_bars = False
    counted = ray_data.from_items(items, override_num_blocks=len(items)).map_batches(
        partial(_count, url=place.url, s3_endpoint=s3_endpoint, spans=spans),
        batch_size=1,
        batch_format="pyarrow",
    )

    def parts() -> Iterator[pa.Table]:
        for table in counted.iter_batches(batch_size=None, batch_format="pyarrow"):
            on_part(1)
            yield table.select(PART.names).cast(PART)

    return combine(parts())


def tasks(place: Place, sources: Sequence[Source]) -> int:
    """How many parts there will be."""
    return sum(len(_tasks(place, source)) for source in sources)


def _tasks(place: Place, source: Source) -> list[dict[str, Any]]:
    with place.opened(source.path) as file:
        try:
            groups = pq.ParquetFile(file).metadata
        except (pa.ArrowException, OSError) as error:
            raise EvidenceBroken(f"{place.url}/{source.path}: damaged ({error})") from None
        found: list[dict[str, Any]] = []
        rows = _ROWS_OF_A_TASK
        for number in range(groups.num_row_groups):
            if rows >= _ROWS_OF_A_TASK:
                found.append({"path": source.path, "groups": []})
                rows = 0
            found[-1]["groups"].append(number)
            rows += groups.row_group(number).num_rows
    return found


def _count(batch: pa.Table, *, url: str, s3_endpoint: str | None, spans: Spans) -> pa.Table:
    place = open_place(url, s3_endpoint=s3_endpoint)
    return combine(part(rows, spans) for item in batch.to_pylist() for rows in _rows(place, item))


def _rows(place: Place, item: dict[str, Any]) -> Iterator[pa.Table]:
    with place.opened(item["path"]) as file:
        stored = pq.ParquetFile(file)
        # An archive of an older schema may lack a column; what it does not say is not known.
        there = [name for name in COLUMNS if name in stored.schema_arrow.names]
        for group in item["groups"]:
            rows = stored.read_row_group(group, columns=there)
            for name in set(COLUMNS) - set(there):
                rows = rows.append_column(name, pa.nulls(rows.num_rows, _missing(name)))
            yield rows


def _missing(name: str) -> pa.DataType:
    if name in ("fine_issued", "fine_paid"):
        return pa.bool_()
    if name in ("speed_excess", "fine_amount"):
        return pa.float64()
    return pa.timestamp("us", "UTC") if name.endswith("_at") else pa.string()
