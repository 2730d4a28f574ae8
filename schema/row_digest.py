"""One digest of many rows in order, the same for rows as streamed and for rows read back from a file.

Per column SHA-256 over which values there are, over the values, and of text over their lengths; then one
over all of those. Where the
batches were cut, how a file was compressed and what lies in the place of a NULL make no difference. It must
not know where rows come from.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

_WIDTH_BITS = 8


class RowDigest:
    """Takes batches of one schema; says how many rows there were and what they hash to."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._columns = [_Column() for _ in schema]
        self.rows = 0

    def update(self, batch: pa.RecordBatch) -> None:
        """Add the rows of one batch, whose columns are in the schema's order."""
        self.rows += batch.num_rows
        for digest, column in zip(self._columns, batch.columns, strict=True):
            digest.update(column)

    def hexdigest(self) -> str:
        """Lower-case hex over names, types, number and content of all rows so far."""
        whole = hashlib.sha256(f"{self.rows}\n".encode())
        for field, column in zip(self._schema, self._columns, strict=True):
            whole.update(f"{field.name}\t{field.type}\t{column.hexdigest()}\n".encode())
        return whole.hexdigest()


class _Column:
    """A stream of its own for each kind of byte, so that where batches are cut makes no difference."""

    def __init__(self) -> None:
        self._there, self._values, self._lengths = (hashlib.sha256() for _ in range(3))

    def update(self, column: pa.Array) -> None:
        self._there.update(_bytes_of(pc.cast(column.is_valid(), pa.uint8())))
        kind = column.type
        if pa.types.is_string(kind):
            filled = column.fill_null("") if column.null_count else column
            self._lengths.update(_bytes_of(pc.binary_length(filled)))
            self._values.update(_text_of(filled))
        elif pa.types.is_boolean(kind):
            filled = column.fill_null(pa.scalar(value=False))
            self._values.update(_bytes_of(pc.cast(filled, pa.uint8())))
        else:
            zero = Decimal(0) if pa.types.is_decimal(kind) else 0
            filled = column.fill_null(pa.scalar(zero, kind)) if column.null_count else column
            self._values.update(_bytes_of(filled))

    def hexdigest(self) -> str:
        return " ".join(one.hexdigest() for one in (self._there, self._lengths, self._values))


def _bytes_of(array: pa.Array) -> memoryview:
    """The values' bytes of an array of fixed width without NULLs."""
    buffer = array.buffers()[1]
    if buffer is None:
        return memoryview(b"")
    width = array.type.bit_width // _WIDTH_BITS
    return memoryview(buffer)[array.offset * width : (array.offset + len(array)) * width]


def _text_of(array: pa.Array) -> memoryview:
    """The characters of all values, one after the other."""
    offsets, text = array.buffers()[1:]
    if offsets is None or text is None or not len(array):
        return memoryview(b"")
    places = memoryview(offsets).cast("B").cast("i")
    return memoryview(text)[places[array.offset] : places[array.offset + len(array)]]
