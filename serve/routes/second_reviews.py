"""Verdicts judged again by another person, who is not shown the first."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Request, Response

from schema import api_second_reviews
from serve.answers import json_answer, problems
from serve.api_answers import Rows, SecondVerdictMade
from serve.api_types import SecondVerdict
from serve.callers import SignedIn, record, resource
from serve.idempotency import IdempotencyKey, once
from serve.state import ApiState

router = resource("/second-reviews", "second reviews")
ReviewId = Annotated[int, Path(ge=1, lt=1 << 63)]


@router.get("", response_model=Rows, responses=problems(401, 403))
async def list_open(api: ApiState, caller: SignedIn) -> Response:
    """Those the caller may be asked for, oldest first; never their own."""
    async with api.pool.acquire() as connection:
        rows = await api_second_reviews.list_open(connection, caller.account.id)
    return json_answer({"items": rows, "next_cursor": None})


@router.post(
    "/{review_id}", response_model=SecondVerdictMade, responses=problems(401, 403, 404, 409, 422)
)
async def give_verdict(
    request: Request,
    api: ApiState,
    caller: SignedIn,
    review_id: ReviewId,
    given: SecondVerdict,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Give the second verdict, once."""

    async def act(connection: Any) -> Response:
        row = await api_second_reviews.give_verdict(
            connection, review_id, given.verdict, caller.account.id, given.reason
        )
        await record(
            connection,
            request,
            caller,
            action="second_review",
            resource_type="infraction",
            resource_id=str(row["infraction_id"]),
            new_values={"verdict": given.verdict, "agrees": row["agrees"]},
        )
        return json_answer(row)

    return await once(api, request, caller, idempotency_key, act)
