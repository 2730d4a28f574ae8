"""The law as rows: articles with their dates, sources and standing; the UIT of each year."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Query, Response

from schema import api_reading
from serve.answers import json_answer, problems
from serve.api_answers import Rows
from serve.callers import resource
from serve.state import ApiState

router = resource("/law", "law")


@router.get("/articles", response_model=Rows, responses=problems(401, 403, 422))
async def articles(
    api: ApiState, day: Annotated[date | None, Query(alias="on", description="in force on")] = None
) -> Response:
    """Articles of all dates; `verified` says whether a person read the source."""
    async with api.pool.acquire() as connection:
        rows = await api_reading.law_articles(connection, on=day)
    return json_answer({"items": rows, "next_cursor": None})


@router.get("/uit", response_model=Rows, responses=problems(401, 403))
async def uit(api: ApiState) -> Response:
    """The UIT of each year, soles."""
    async with api.pool.acquire() as connection:
        rows = await api_reading.uit_values(connection)
    return json_answer({"items": rows, "next_cursor": None})
