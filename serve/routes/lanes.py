"""Lanes, stop line and measurement zone as drawn in a camera's picture."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Request, Response

from enforcement.errors import BadSite
from enforcement.scene import Scene
from schema import api_sites
from serve.answers import json_answer, problems
from serve.api_types import DeviceId
from serve.callers import SignedIn, record, resource
from serve.etags import content_etag, require_seen
from serve.problems import Problem
from serve.site_answers import ViewShown
from serve.site_types import ViewGiven
from serve.state import ApiState

router = resource("/devices", "devices")
_SOMEWHERE = {"camera": {"id": "-"}, "zone": {"id": "-"}}


@router.get("/{device_id}/lanes", response_model=ViewShown, responses=problems(401, 403, 404, 422))
async def get_lanes(api: ApiState, device_id: DeviceId) -> Response:
    """What is drawn, with its ETag."""
    async with api.pool.acquire() as connection:
        row = await api_sites.get_view(connection, device_id)
    return json_answer(row, headers={"ETag": content_etag(row)})


@router.put(
    "/{device_id}/lanes",
    response_model=ViewShown,
    responses=problems(401, 403, 404, 412, 422, 428),
)
async def put_lanes(
    request: Request,
    api: ApiState,
    caller: SignedIn,
    device_id: DeviceId,
    given: ViewGiven,
    if_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Replace all of it; 422 `bad_geometry` names what is wrong: `part`, and `lane` where it is one.

    A running camera starts anew with it within seconds.
    """
    view = given.model_dump(mode="json", exclude_none=True)
    view = {name: view.get(name) for name in ("stop_line", "measurement_zone")} | {
        "lanes": view.get("lanes", [])
    }
    async with api.pool.acquire() as connection, connection.transaction():
        require_seen(if_match, await api_sites.get_view(connection, device_id))
        check_view(view)
        before, after = await api_sites.put_view(
            connection, device_id, view, check=lambda row: require_seen(if_match, row)
        )
        await record(
            connection,
            request,
            caller,
            action="draw_lanes",
            resource_type="device",
            resource_id=device_id,
            old_values=before,
            new_values=after,
        )
    return json_answer(after, headers={"ETag": content_etag(after)})


def check_view(view: dict[str, Any]) -> None:
    """Raises Problem 422 naming the first part that the scene of a camera would refuse."""
    for lane in view["lanes"]:
        _check({"lanes": [lane]}, part="lanes", lane=lane["id"])
    for name in ("stop_line", "measurement_zone"):
        _check({name: view[name]}, part=name, lane=None)
    _check({"lanes": view["lanes"]}, part="lanes", lane=None)


def _check(part_of_site: dict[str, Any], *, part: str, lane: str | None) -> None:
    try:
        Scene.from_mapping({**_SOMEWHERE, **part_of_site})
    except BadSite as error:
        raise Problem(422, "bad_geometry", str(error), part=part, lane=lane) from None
