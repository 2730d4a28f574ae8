"""Models and what they predicted; read only."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from schema import api_reading
from serve.answers import json_answer, problems
from serve.api_answers import Rows
from serve.api_types import Text
from serve.callers import resource
from serve.state import ApiState

models = resource("/models", "models")
predictions = resource("/predictions", "models")
ROUTERS: tuple[APIRouter, ...] = (models, predictions)


@models.get("", response_model=Rows, responses=problems(401, 403))
async def list_models(api: ApiState) -> Response:
    """Versions, newest first within each name."""
    async with api.pool.acquire() as connection:
        rows = await api_reading.list_models(connection)
    return json_answer({"items": rows, "next_cursor": None})


@predictions.get("", response_model=Rows, responses=problems(401, 403, 422))
async def list_predictions(
    api: ApiState,
    infraction_id: UUID | None = None,
    model_id: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[Text | None, Query(max_length=512)] = None,
) -> Response:
    """Newest first."""
    async with api.pool.acquire() as connection:
        rows, following = await api_reading.list_predictions(
            connection, infraction_id=infraction_id, model_id=model_id, limit=limit, cursor=cursor
        )
    return json_answer({"items": rows, "next_cursor": following})
