"""The audit, newest first; reading it is itself an act, and written down."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import AwareDatetime

from schema import api_audit
from serve.answers import json_answer, problems
from serve.api_answers import Rows
from serve.api_types import Text
from serve.callers import SignedIn, record, resource
from serve.state import ApiState

router = resource("/audit", "audit")
Word = Annotated[Text | None, Query(max_length=255)]


@router.get("", response_model=Rows, responses=problems(401, 403, 422))
async def audit(
    request: Request,
    api: ApiState,
    caller: SignedIn,
    user_id: UUID | None = None,
    action: Word = None,
    resource_type: Word = None,
    resource_id: Word = None,
    success: bool | None = None,
    since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    until: Annotated[AwareDatetime | None, Query(alias="to")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[Text | None, Query(max_length=512)] = None,
) -> Response:
    """Acts, each with its place and digest in the chain."""
    filters = api_audit.AuditFilters(
        user_id=user_id,
        action=action,
        resource_type=resource_type,
        resource_id=resource_id,
        success=success,
        since=since,
        until=until,
    )
    async with api.pool.acquire() as connection, connection.transaction():
        rows, following = await api_audit.list_entries(
            connection, filters, limit=limit, cursor=cursor
        )
        await record(connection, request, caller, action="read", resource_type="audit")
    return json_answer({"items": rows, "next_cursor": following})
