"""What the caller was told; nobody reads another's."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from schema import api_reading
from serve.answers import json_answer, problems
from serve.api_answers import Rows
from serve.api_types import Text
from serve.callers import SignedIn, resource
from serve.state import ApiState

router = resource("/notifications", "notifications")


@router.get("", response_model=Rows, responses=problems(401, 403, 422))
async def list_notifications(
    api: ApiState,
    caller: SignedIn,
    unread: bool = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[Text | None, Query(max_length=512)] = None,
) -> Response:
    """Newest first."""
    async with api.pool.acquire() as connection:
        rows, following = await api_reading.list_notifications(
            connection, caller.account.id, unread=unread, limit=limit, cursor=cursor
        )
    return json_answer({"items": rows, "next_cursor": following})


@router.post("/{notification_id}/read", status_code=204, responses=problems(401, 403, 404, 422))
async def read_notification(api: ApiState, caller: SignedIn, notification_id: UUID) -> Response:
    """Mark as read; again changes nothing, and another's is not found."""
    async with api.pool.acquire() as connection:
        await api_reading.read_notification(connection, caller.account.id, notification_id)
    return Response(status_code=204)
