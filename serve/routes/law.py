"""The law as rows: articles with their dates, sources and standing; the UIT of each year."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import Response

from schema.api_law import load_law
from serve.answers import json_answer, problems
from serve.api_types import Rows
from serve.callers import resource
from serve.state import ApiState

router = resource("/law", "law")


@router.get("/articles", response_model=Rows, responses=problems(401, 403))
async def articles(api: ApiState) -> Response:
    """Articles of all dates; `verified` says whether a person read the source."""
    async with api.pool.acquire() as connection:
        law = await load_law(connection)
    return json_answer({"items": [asdict(row) for row in law.articles], "next_cursor": None})


@router.get("/uit", response_model=Rows, responses=problems(401, 403))
async def uit(api: ApiState) -> Response:
    """The UIT of each year, soles."""
    async with api.pool.acquire() as connection:
        law = await load_law(connection)
    return json_answer({"items": [asdict(row) for row in law.uits], "next_cursor": None})
