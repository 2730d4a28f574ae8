"""Our own dataclasses to JSON values and back, so that a measurement can be repeated from a file.

Floats keep their shortest exact spelling, so a round trip changes nothing. The type comes from the code,
never from the file. No file, key or vendor is known here.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

import numpy as np

_SIGNIFICANT = 9


def canonical_json(value: Any) -> bytes:
    """One spelling per value: sorted keys, no spaces, UTF-8, no NaN. Raises ValueError, TypeError."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode("utf-8")


def to_plain(value: Any) -> Any:  # noqa: PLR0911 - one return for each kind of value
    """JSON values of a dataclass, mapping, sequence, enum, date or NumPy scalar or array.

    A float that is no number becomes null: unknown. A naive datetime raises ValueError.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.name.lower() if isinstance(value, int) else to_plain(value.value)
    if isinstance(value, np.ndarray):
        return [to_plain(item) for item in value]
    if isinstance(value, np.float32):
        return to_plain(float(str(value)))
    if isinstance(value, np.generic):
        return to_plain(value.item())
    if isinstance(value, Mapping):
        return {str(to_plain(key)): to_plain(item) for key, item in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(to_plain(item) for item in value)
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("a datetime in evidence needs a time zone")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int | bool):
        return value
    raise TypeError(f"evidence cannot hold a {type(value).__name__}")


def from_plain(kind: Any, value: Any) -> Any:  # noqa: PLR0911 - one return for each kind of type
    """The value of type `kind` that `to_plain` wrote. Raises ValueError, TypeError or KeyError."""
    if value is None:
        return None
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        (kind,) = [a for a in arguments if a is not type(None)]
        return from_plain(kind, value)
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return typing.cast(Any, kind)(**{k: from_plain(hints[k], v) for k, v in value.items()})
    if origin is not None:
        return _container(origin, arguments, value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind[value.upper()] if issubclass(kind, int) else kind(value)
    if kind in (date, datetime):
        return kind.fromisoformat(value)
    return float(value) if kind is float else value


def _container(origin: Any, arguments: tuple[Any, ...], value: Any) -> Any:
    if isinstance(value, Mapping):
        key, item = arguments
        return {from_plain(key, k): from_plain(item, v) for k, v in value.items()}
    if origin is tuple and arguments[-1] is not Ellipsis:
        return tuple(from_plain(a, v) for a, v in zip(arguments, value, strict=True))
    items = [from_plain(arguments[0], v) for v in value]
    return tuple(items) if origin is tuple else frozenset(items) if origin is frozenset else items


def rounded(value: Any) -> Any:
    """JSON values with every float at nine significant digits.

    Results are compared at this precision, so the last bits in which linear algebra libraries
    differ do not decide whether a measurement was repeated.
    """
    if isinstance(value, float):
        return float(f"{value:.{_SIGNIFICANT - 1}e}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return value
