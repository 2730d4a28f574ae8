"""The digest of rows: where batches are cut makes no difference, every changed value does."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.row_digest import RowDigest

SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("speed", pa.float64()),
        ("plate", pa.string()),
        ("paid", pa.bool_()),
        ("amount", pa.decimal128(10, 2)),
        ("at", pa.timestamp("us", "UTC")),
    ]
)
ROWS: list[dict[str, Any]] = [
    {"id": 1, "speed": 71.5, "plate": "ABC-123", "paid": True, "amount": Decimal("1284.00"),
     "at": datetime(2026, 3, 4, tzinfo=UTC)},
    {"id": 2, "speed": None, "plate": None, "paid": None, "amount": None, "at": None},
    {"id": 3, "speed": 0.0, "plate": "", "paid": False, "amount": Decimal(0),
     "at": datetime(1970, 1, 1, tzinfo=UTC)},
    {"id": 4, "speed": 88.25, "plate": "ñandú", "paid": True, "amount": Decimal("0.01"),
     "at": datetime(2026, 3, 5, tzinfo=UTC)},
]  # fmt: skip


def digest(rows: list[dict[str, Any]], cuts: tuple[int, ...] = ()) -> str:
    whole = pa.RecordBatch.from_pylist(rows, SCHEMA)
    found = RowDigest(SCHEMA)
    edges = [0, *sorted(cuts), len(rows)]
    for low, high in pairwise(edges):
        found.update(whole.slice(low, high - low))
    return found.hexdigest()


@given(st.lists(st.integers(0, 4), max_size=4))
def test_where_batches_are_cut_makes_no_difference(cuts: list[int]) -> None:
    assert digest(ROWS, tuple(cuts)) == digest(ROWS)


@pytest.mark.parametrize("column", SCHEMA.names)
@pytest.mark.parametrize("row", [1, 2])
def test_no_value_and_an_empty_one_are_not_the_same(row: int, column: str) -> None:
    # Row 2 has nothing, row 3 has zero, false, an empty text, the first instant.
    other = [dict(one) for one in ROWS]
    other[row][column] = ROWS[3 - row][column]
    assert digest(other) != digest(ROWS)


def test_a_text_that_moves_between_neighbours_is_seen() -> None:
    other = [dict(one) for one in ROWS]
    other[0]["plate"], other[2]["plate"] = "ABC-12", "3"
    assert digest(other) != digest(ROWS)


def test_rows_in_another_order_are_others() -> None:
    assert digest(ROWS[::-1]) != digest(ROWS)


def test_what_lies_in_the_place_of_a_null_makes_no_difference() -> None:
    schema = pa.schema([("n", pa.int64())])
    found = []
    for hidden in (7, 0):
        values = pa.array([1, hidden, 3], pa.int64()).buffers()[1]
        valid = pa.array([True, False, True]).buffers()[1]
        array = pa.Array.from_buffers(pa.int64(), 3, [valid, values])
        one = RowDigest(schema)
        one.update(pa.RecordBatch.from_arrays([array], schema=schema))
        found.append(one.hexdigest())
    assert found[0] == found[1]
