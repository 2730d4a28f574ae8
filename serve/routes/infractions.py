"""Infractions: the queue, one with all a reviewer needs, and what a person decides on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import AwareDatetime

from enforcement.permissions import Permission
from enforcement.review import Status, allowed_from
from enforcement.verdicts import InfractionType
from schema import api_infractions
from schema.api_infractions import Filters, Sort
from schema.api_law import Law, load_law
from schema.api_reading import get_vehicle
from serve import sse
from serve.access import API
from serve.answers import json_answer, problems
from serve.api_answers import InfractionDetail, InfractionPage, TransitionMade
from serve.api_types import InfractionId, Text, TransitionAsked
from serve.callers import Caller, SignedIn, resource
from serve.decisions import QUICK_TRANSITION, Deciding, decide
from serve.etags import etag
from serve.export import Format, export
from serve.problems import Problem
from serve.quick import Quick, QuickRoute, path_uuid, quickly
from serve.state import Api, ApiState
from serve.vehicle_lookup import described

router = resource("/infractions", "infractions", route_class=QuickRoute)
_LAW_FOR_S = 30.0
_MOST_QUERIES = 1_000
_HIDDEN = ("video_url", "snapshot_url", "plate_crop_url", "validated_by")


async def _filters(
    status: Annotated[list[Status] | None, Query()] = None,
    kind: Annotated[list[InfractionType] | None, Query(alias="type")] = None,
    device_id: Annotated[Text | None, Query(max_length=50)] = None,
    zone_id: Annotated[Text | None, Query(max_length=50)] = None,
    plate: Annotated[Text | None, Query(max_length=20, examples=["ABC-123"])] = None,
    since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    until: Annotated[AwareDatetime | None, Query(alias="to")] = None,
) -> Filters:
    return Filters(
        status=tuple(status or ()),
        type=tuple(kind or ()),
        device_id=device_id,
        zone_id=zone_id,
        plate=plate,
        since=since,
        until=until,
    )


Asked = Annotated[Filters, Depends(_filters)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """Which page of which list."""

    filters: Filters
    sort: Sort
    limit: int
    cursor: str | None


async def _read_page(request: Request, api: Api) -> _Page | None:
    page: _Page | None = api.queries.get(request.scope["query_string"])
    return page


async def _list(_: Request, api: Api, _caller: Caller, page: _Page) -> Response:
    async with api.pool.acquire() as connection:
        rows, following = await api_infractions.list_infractions(
            connection, page.filters, sort=page.sort, limit=page.limit, cursor=page.cursor
        )
    return json_answer({"items": rows, "next_cursor": following})


@router.get("", response_model=InfractionPage, responses=problems(401, 403, 422, 429, 503))
@quickly(Quick(read=_read_page, act=_list))
async def list_infractions(
    request: Request,
    api: ApiState,
    caller: SignedIn,
    filters: Asked,
    sort: Sort = Sort.NEWEST,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[Text | None, Query(max_length=512)] = None,
) -> Response:
    """One page of the queue."""
    page = _Page(filters=filters, sort=sort, limit=limit, cursor=cursor)
    answer = await _list(request, api, caller, page)
    # A cursor is asked for once; one that fits no list never comes here.
    if cursor is None and len(api.queries) < _MOST_QUERIES:
        api.queries[request.scope["query_string"]] = page
    return answer


@router.get("/export", responses=problems(401, 403, 422), response_class=Response)
async def export_infractions(
    request: Request,
    api: ApiState,
    caller: SignedIn,
    filters: Asked,
    wanted: Annotated[Format, Query(alias="format")] = Format.CSV,
) -> Response:
    """All matching rows as CSV or Parquet, streamed; written down in the audit."""
    return await export(request, api, caller, filters, wanted)


@router.get("/live", responses=problems(401, 403, 503), response_class=Response)
async def live(api: ApiState) -> Response:
    """Server-sent events: `infraction`, `transition` {id, status}; `reset`: read the list again."""
    if api.live.full:
        raise Problem(503, "too_many_listeners", "too many listen", headers={"Retry-After": "10"})
    return sse.stream(api.live.listen(api.pool))


async def _read_id(request: Request, _: Api) -> UUID | None:
    return path_uuid(request, "infraction_id")


async def _show(_: Request, api: Api, caller: Caller, infraction_id: UUID) -> Response:
    async with api.pool.acquire() as connection:
        law = await current_law(api, connection)
        row = await api_infractions.get_infraction(
            connection, infraction_id, law=law, pii=caller.may(Permission.PII_READ)
        )
    await current_vehicle(api, caller, row)
    return json_answer(shown(row, caller), headers={"ETag": etag(row["version"])})


@router.get(
    "/{infraction_id}",
    response_model=InfractionDetail,
    responses=problems(401, 403, 404, 422),
)
@quickly(Quick(read=_read_id, act=_show))
async def get_infraction(
    request: Request, api: ApiState, caller: SignedIn, infraction_id: InfractionId
) -> Response:
    """One infraction; its ETag is what a transition must name."""
    return await _show(request, api, caller, infraction_id)


@router.post(
    "/{infraction_id}/transitions",
    response_model=TransitionMade,
    responses=problems(401, 403, 404, 409, 412, 422, 428),
)
@quickly(QUICK_TRANSITION)
async def make_transition(asked: Deciding, given: TransitionAsked) -> Response:
    """Decide. Whoever saw an older version is told what is there now, and nothing is overwritten."""
    return await decide(asked, to=given.to, reason=given.reason)


async def current_vehicle(api: Api, caller: Caller, row: dict[str, Any]) -> None:
    """Put the vehicle into a row as it is known now, the registry asked where that is due."""
    vehicle = row["vehicle"]
    seen = {"seen_class": row.pop("seen_class"), "seen_colour": row.pop("seen_color")}
    if vehicle is None:
        return
    if api.vehicles.due(vehicle, api.now()):
        await api.vehicles.refresh(api.pool, vehicle["plate"], api.now())
        async with api.pool.acquire() as connection:
            vehicle = await get_vehicle(
                connection, vehicle["plate"], pii=caller.may(Permission.PII_READ)
            )
    row["vehicle"] = described(vehicle, api.now(), **seen)
    row["vehicle"]["seen_class"] = seen["seen_class"]


async def current_law(api: Api, connection: Any) -> Law:
    """The law's rows, read again every half minute."""
    if api.law is None or api.law[1] < api.monotonic():
        api.law = (await load_law(connection), api.monotonic() + _LAW_FOR_S)
    return api.law[0]


def shown(row: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """A row as the API shows it: evidence as addresses of ours, and what the caller may do next."""
    kept = row["evidence"]
    row["evidence"] = None if kept is None else _evidence(row["id"], kept)
    row["allowed_transitions"] = allowed_from(
        row["status"], caller.permissions, issued=row["fine_issued"]
    )
    for name in _HIDDEN:
        row.pop(name, None)
    return row


def _evidence(infraction_id: Any, kept: dict[str, Any]) -> dict[str, Any]:
    files = {
        name: {"url": f"{API}/infractions/{infraction_id}/evidence/{name}", "bytes": size}
        for name, size in sorted((kept.get("sizes") or {}).items())
    }
    rest = {name: value for name, value in kept.items() if name not in ("store_url", "sizes")}
    return {**rest, "files": files}
