"""A person's decision on an infraction, as four endpoints take it: once, on the version they saw.

It must not know which transitions there are: enforcement.review does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Request, Response
from pydantic import ValidationError

from enforcement.errors import NotPermitted, StaleVersion, TransitionRefused
from enforcement.review import Status, allowed_from
from schema import api_infractions
from schema.api_transitions import transition
from serve.answers import json_answer
from serve.api_types import InfractionId, TransitionAsked
from serve.callers import Caller, SignedIn, actor, origin, record_alone
from serve.etags import etag, expected_version, stale
from serve.idempotency import IdempotencyKey, once, usual_key
from serve.quick import Quick, path_uuid
from serve.state import Api, ApiState


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asks, about which infraction, having seen which version; if_match as sent, key where given."""

    request: Request
    api: Api
    caller: Caller
    infraction_id: UUID
    if_match: str | None
    key: str | None


async def _asked(
    request: Request,
    api: ApiState,
    caller: SignedIn,
    infraction_id: InfractionId,
    if_match: Annotated[str | None, Header()] = None,
    idempotency_key: IdempotencyKey = None,
) -> Asked:
    return Asked(
        request=request,
        api=api,
        caller=caller,
        infraction_id=infraction_id,
        if_match=if_match,
        key=idempotency_key,
    )


Deciding = Annotated[Asked, Depends(_asked)]


async def _read(request: Request, _: Api) -> tuple[UUID, TransitionAsked] | None:
    """The usual request for a transition."""
    headers = request.headers
    infraction_id = path_uuid(request, "infraction_id")
    if (
        infraction_id is None
        or headers.get("content-type") != "application/json"
        or not usual_key(headers.get("idempotency-key"))
    ):
        return None
    try:
        return infraction_id, TransitionAsked.model_validate_json(await request.body())
    except ValidationError:
        return None


async def _act(
    request: Request, api: Api, caller: Caller, asked: tuple[UUID, TransitionAsked]
) -> Response:
    infraction_id, given = asked
    headers = request.headers
    deciding = Asked(
        request=request,
        api=api,
        caller=caller,
        infraction_id=infraction_id,
        if_match=headers.get("if-match"),
        key=headers.get("idempotency-key"),
    )
    return await decide(deciding, to=given.to, reason=given.reason)


QUICK_TRANSITION = Quick(read=_read, act=_act)


async def decide(
    asked: Asked, *, to: str, reason: str | None, only_from: Status | None = None
) -> Response:
    """Carry a transition out once; on a stale version the problem carries the infraction as it is."""
    version = expected_version(asked.if_match)
    request, caller, infraction_id = asked.request, asked.caller, asked.infraction_id

    async def act(connection: Any) -> Response:
        if only_from is not None:
            # With the version named, what is read here is what the transition will find or refuse.
            row = await api_infractions.get_infraction(connection, infraction_id)
            if row["status"] != only_from and row["version"] == version:
                raise TransitionRefused(f"it is {row['status']}, not {only_from}")
        made = await transition(
            connection,
            infraction_id,
            to,
            actor=actor(caller),
            expected_version=version,
            reason=reason,
            request=origin(request),
            second_review_share=asked.api.settings.second_review_share,
        )
        made["allowed_transitions"] = allowed_from(made["status"], caller.permissions)
        return json_answer(made, headers={"ETag": etag(made["version"])})

    try:
        return await once(asked.api, request, caller, asked.key, act, whole=True)
    except NotPermitted as error:
        await record_alone(
            asked.api,
            request,
            caller,
            action="refused",
            resource_type="infraction",
            resource_id=str(infraction_id),
            success=False,
            error_message=str(error),
        )
        raise
    except StaleVersion:
        async with asked.api.pool.acquire() as connection:
            row = await api_infractions.get_infraction(connection, infraction_id)
        raise stale(
            {"status": row["status"], "version": row["version"], "history": row["history"]}
        ) from None
