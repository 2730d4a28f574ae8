"""Verdicts judged again by another person, who is not shown the first."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Request, Response

from schema import api_second_reviews
from schema.api_infractions import get_infraction
from serve.answers import json_answer, problems
from serve.api_answers import Rows, SecondLook, SecondVerdictMade
from serve.api_types import SecondVerdict
from serve.callers import SignedIn, record, resource
from serve.idempotency import IdempotencyKey, once
from serve.routes.infractions import current_vehicle, shown
from serve.state import ApiState

router = resource("/second-reviews", "second reviews")
ReviewId = Annotated[int, Path(ge=1, lt=1 << 63)]
# What the first reviewer made of it, and what would betray that.
_VERDICT = frozenset(
    {
        "status",
        "version",
        "history",
        "allowed_transitions",
        "validated_at",
        "rejection_reason",
        "fine",
        "no_fine",
        "fine_amount",
        "fine_code",
        "fine_issued",
        "fine_paid",
        "fine_paid_at",
        "updated_at",
    }
)
_COUNTERS = frozenset({"total_infractions", "last_infraction_date"})


@router.get("", response_model=Rows, responses=problems(401, 403))
async def list_open(api: ApiState, caller: SignedIn) -> Response:
    """Those the caller may be asked for, oldest first; never their own."""
    async with api.pool.acquire() as connection:
        rows = await api_second_reviews.list_open(connection, caller.account.id)
    return json_answer({"items": rows, "next_cursor": None})


@router.get("/{review_id}", response_model=SecondLook, responses=problems(401, 403, 404, 409, 422))
async def get_open(api: ApiState, caller: SignedIn, review_id: ReviewId) -> Response:
    """What to judge again: the infraction as the first reviewer saw it, without what became of it."""
    async with api.pool.acquire() as connection:
        identity = await api_second_reviews.open_one(connection, review_id, caller.account.id)
        row = await get_infraction(connection, identity)
    await current_vehicle(api, caller, row)
    seen = {name: value for name, value in shown(row, caller).items() if name not in _VERDICT}
    if seen["vehicle"] is not None:
        seen["vehicle"] = {k: v for k, v in seen["vehicle"].items() if k not in _COUNTERS}
    return json_answer({"id": review_id, "infraction": seen})


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
