"""What the caller was told, wants to be told, and what was sent; nobody reads another's."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Request, Response

from enforcement.errors import BadInput
from enforcement.notice_rules import Channel
from enforcement.notifications import is_on, types_for
from schema import api_notifications, api_reading
from schema.api_pool import Connection, Row
from serve.answers import json_answer, problems
from serve.api_answers import Preferences, Rows
from serve.api_types import NotificationPreferences, Text
from serve.callers import Caller, SignedIn, record, resource
from serve.etags import content_etag, require_seen
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


@router.get("/preferences", response_model=Preferences, responses=problems(401, 403))
async def get_preferences(api: ApiState, caller: SignedIn) -> Response:
    """Every notice that may concern the caller, by channel: on or off, and the default; and its language."""
    async with api.pool.acquire() as connection:
        shown = await _preferences(connection, caller)
    return json_answer(shown, headers={"ETag": content_etag(shown)})


@router.put("/preferences", response_model=Preferences, responses=problems(401, 403, 412, 422, 428))
async def put_preferences(
    request: Request,
    api: ApiState,
    caller: SignedIn,
    given: NotificationPreferences,
    if_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Switch notices on or off, and their language; what is left out stays. Answers with all of them."""
    concern = {rule.type for rule in types_for(caller.permissions)}
    for one in given.items:
        if one.type not in concern:
            raise BadInput(f"type: {one.type} never concerns this account")
    wanted = {(one.type.value, one.channel.value): one.enabled for one in given.items}
    own = caller.account.id
    async with api.pool.acquire() as connection, connection.transaction():
        before = await _preferences(connection, caller, lock=True)
        require_seen(if_match, before)
        await api_notifications.set_preferences(connection, own, wanted)
        if given.language is not None:
            await api_notifications.set_language(connection, own, given.language)
        after = await _preferences(connection, caller)
        await record(
            connection,
            request,
            caller,
            action="update",
            resource_type="notification_preferences",
            resource_id=str(own),
            old_values=_changed(before, after),
            new_values=_changed(after, before),
        )
    return json_answer(after, headers={"ETag": content_etag(after)})


@router.get(
    "/{notification_id}/deliveries", response_model=Rows, responses=problems(401, 403, 404, 422)
)
async def list_deliveries(api: ApiState, caller: SignedIn, notification_id: UUID) -> Response:
    """What was sent of one notice, through which channel, and when; another's is not found."""
    async with api.pool.acquire() as connection:
        rows = await api_notifications.deliveries(connection, caller.account.id, notification_id)
    return json_answer({"items": rows, "next_cursor": None})


async def _preferences(connection: Connection, caller: Caller, *, lock: bool = False) -> Row:
    language = await api_notifications.language(connection, caller.account.id, lock=lock)
    switched = await api_notifications.preferences(connection, caller.account.id)
    items = [
        {
            "type": rule.type.value,
            "channel": channel.value,
            "enabled": is_on(rule, channel, switched),
            "default": channel in rule.channels,
        }
        for rule in types_for(caller.permissions)
        for channel in Channel
    ]
    return {"items": items, "language": language.value}


def _changed(now: Row, other: Row) -> Row:
    """What of the one is not so in the other, as the audit keeps it."""
    flat = [
        {f"{one['type']}.{one['channel']}": one["enabled"] for one in row["items"]}
        | {"language": row["language"]}
        for row in (now, other)
    ]
    return {name: value for name, value in flat[0].items() if flat[1].get(name) != value}
