"""Where a page of a list ended, as a text that only fits the list it came from.

It must not know any table.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from enforcement.errors import BadInput

_LONGEST = 500


def list_digest(*parts: Any) -> str:
    """Eight characters that name a list: its order and filters."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def encode(of: str, key: Sequence[str]) -> str:
    """The cursor after a row. of: the list's digest. key: the row's sort values and id, as text."""
    text = json.dumps([of, *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(of: str, cursor: str, *parsers: Callable[[str], Any]) -> list[Any]:
    """The key that `encode` was given, each value read by its parser, which raises ValueError.

    Raises BadInput for a damaged cursor or one of another list.
    """
    try:
        if len(cursor) > _LONGEST:
            raise ValueError
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        values = json.loads(raw)
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            raise ValueError
        if len(values) == len(parsers) + 1 and values[0] == of:
            return [parse(value) for parse, value in zip(parsers, values[1:], strict=True)]
    except (ValueError, binascii.Error, RecursionError):
        raise BadInput("cursor: not one that this list gave out") from None
    raise BadInput("cursor: made for another order or other filters")


def instant(text: str) -> datetime:
    """A parser: an instant with its zone."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("without a zone")
    return at


def row_id(text: str) -> int:
    """A parser: a positive 64-bit integer."""
    number = int(text)
    if not 0 < number < 1 << 63:
        raise ValueError("not a row's id")
    return number


def share(text: str) -> float:
    """A parser: a number from 0 to 1, exactly as it was."""
    number = float(text)
    if not 0 <= number <= 1:
        raise ValueError("not a share")
    return number
