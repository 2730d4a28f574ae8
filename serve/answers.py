"""JSON answers written once, by pydantic's encoder, with no model in between.

It must not know what it writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic_core import to_json
from starlette.responses import Response

from serve.api_answers import ProblemDetails
from serve.problems import MEDIA_TYPE


def plain(value: Any) -> Any:
    """What the encoder does not know."""
    if isinstance(value, Decimal):
        return str(value)
    if hasattr(value, "items"):
        return dict(value)
    return str(value)


def json_answer(
    content: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer of any JSON value; datetimes as ISO 8601 with offset, decimals as strings."""
    body = to_json(content, fallback=plain, inf_nan_mode="null")
    return Response(body, status_code=status, media_type="application/json", headers=headers)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What an endpoint's documentation says of its refusals."""
    described = {"schema": ProblemDetails.model_json_schema()}
    return {
        status: {"description": "Problem details", "content": {MEDIA_TYPE: described}}
        for status in statuses
    }
