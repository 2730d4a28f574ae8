"""Fines and what becomes of them: issue, payment, appeal, resolution, papeleta."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime

from enforcement.permissions import Permission
from enforcement.review import Status
from schema import api_queries
from schema.api_infractions import get_infraction
from schema.api_transitions import issue_fine
from serve.answers import json_answer, problems
from serve.api_answers import Rows, TransitionMade, Version
from serve.api_types import Appeal, InfractionId, Payment, Resolution, Text
from serve.callers import SignedIn, actor, origin, record_alone, resource
from serve.decisions import Deciding, decide
from serve.etags import etag
from serve.papeleta_sheet import papeleta_of
from serve.state import ApiState

fines = resource("/fines", "fines")
appeals = resource("/appeals", "appeals")
ROUTERS: tuple[APIRouter, ...] = (fines, appeals)
_DECISION = problems(401, 403, 404, 409, 412, 422, 428)


@fines.get("", response_model=Rows, responses=problems(401, 403, 422))
async def list_fines(
    api: ApiState,
    status: Status | None = None,
    plate: Annotated[Text | None, Query(max_length=20)] = None,
    since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    until: Annotated[AwareDatetime | None, Query(alias="to")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[Text | None, Query(max_length=512)] = None,
) -> Response:
    """Infractions whose verdict made a fine, newest first."""
    async with api.pool.acquire() as connection:
        rows, following = await api_queries.list_fines(
            connection,
            status=status,
            plate=plate,
            since=since,
            until=until,
            limit=limit,
            cursor=cursor,
        )
    return json_answer({"items": rows, "next_cursor": following})


@fines.post("/{infraction_id}/payment", response_model=TransitionMade, responses=_DECISION)
async def pay(asked: Deciding, given: Payment | None = None) -> Response:
    """A payment was received: validated or appealed becomes paid."""
    reference = None if given is None else given.reference
    return await decide(
        asked,
        to=Status.PAID,
        reason=reference,
    )


@fines.post(
    "/{infraction_id}/issue", response_model=Version, responses=problems(401, 403, 404, 409, 422)
)
async def issue(
    request: Request, api: ApiState, caller: SignedIn, infraction_id: InfractionId
) -> Response:
    """The papeleta leaves the house: from here on the verdict is not taken back. Again changes nothing."""
    async with api.pool.acquire() as connection:
        version = await issue_fine(
            connection, infraction_id, actor=actor(caller), request=origin(request)
        )
    return json_answer({"version": version}, headers={"ETag": etag(version)})


@fines.get(
    "/{infraction_id}/papeleta",
    response_class=Response,
    responses={
        **problems(401, 403, 404, 409, 422, 503),
        200: {"description": "The papeleta", "content": {"application/pdf": {}}},
    },
)
async def papeleta(
    request: Request, api: ApiState, caller: SignedIn, infraction_id: InfractionId
) -> Response:
    """The papeleta as PDF, marked as a draft until it is issued; written down."""
    async with api.pool.acquire() as connection:
        row = await get_infraction(connection, infraction_id, pii=caller.may(Permission.PII_READ))
    pdf = await papeleta_of(api, row, base=str(request.base_url).rstrip("/"))
    await record_alone(
        api,
        request,
        caller,
        action="papeleta.print",
        resource_type="infraction",
        resource_id=str(infraction_id),
    )
    name = f"papeleta-{row['infraction_code']}.pdf"
    return Response(
        pdf,
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@appeals.post("/{infraction_id}", response_model=TransitionMade, responses=_DECISION)
async def appeal(asked: Deciding, given: Appeal) -> Response:
    """A fine is appealed."""
    return await decide(
        asked,
        to=Status.APPEALED,
        reason=given.reason,
    )


@appeals.post("/{infraction_id}/resolution", response_model=TransitionMade, responses=_DECISION)
async def resolve(asked: Deciding, given: Resolution) -> Response:
    """An appeal ends: upheld cancels, rejected lets the fine stand. Only what is under appeal."""
    return await decide(
        asked,
        to=Status.CANCELLED if given.outcome == "upheld" else Status.VALIDATED,
        reason=given.reason,
        only_from=Status.APPEALED,
    )
