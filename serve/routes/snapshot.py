"""What a camera sees now, as a picture; or what it last sealed, saying which and when."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Request, Response

from enforcement.errors import Unavailable
from schema import api_devices
from schema.api_pool import Row
from serve.answers import problems
from serve.api_types import DeviceId
from serve.callers import Caller, SignedIn, record_alone, resource
from serve.problems import Problem
from serve.snapshots import Picture
from serve.state import Api, ApiState

router = resource("/devices", "devices")
_ONE_VIEW_S = 300.0
_PICTURE = {
    "description": "JPEG; X-Vigia-Picture says live, recording or evidence, X-Vigia-Captured-At when",
    "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
}


@router.get(
    "/{device_id}/snapshot",
    responses={**problems(401, 403, 404, 422), 200: _PICTURE},
    response_class=Response,
)
async def snapshot(
    request: Request,
    api: ApiState,
    caller: SignedIn,
    device_id: DeviceId,
    source: Annotated[
        Literal["auto", "live", "evidence"], Query(description="auto: live where it answers")
    ] = "auto",
) -> Response:
    """A picture from the camera's stream, taken when asked, within seconds; or the newest sealed one."""
    async with api.pool.acquire() as connection:
        row = await api_devices.stream_of(connection, device_id)
    picture = await _picture(api, row, source)
    await _view(request, api, caller, device_id)
    headers: dict[str, str] = {"X-Vigia-Picture": picture.origin}
    if picture.captured_at is not None:
        headers["X-Vigia-Captured-At"] = picture.captured_at.isoformat()
    return Response(picture.jpeg, media_type="image/jpeg", headers=headers)


async def _picture(api: Api, row: Row, source: str) -> Picture:
    why = "this camera has sealed no evidence yet"
    if source != "evidence":
        try:
            return await api.snapshots.live(row)
        except Unavailable as error:
            why = str(error)
    found = None if source == "live" else await api.snapshots.evidence(row, api.place)
    if found is None:
        raise Problem(404, "no_picture", why)
    return found


async def _view(request: Request, api: Api, caller: Caller, device_id: str) -> None:
    """People stand in these pictures: who looked is written down, once for a stretch of looking."""
    key, now = (caller.session_id, device_id, "snapshot"), api.monotonic()
    if api.views.get(key, 0.0) > now:
        return
    # Before it is written, or all who ask at once would each be written.
    api.views[key] = now + _ONE_VIEW_S
    try:
        await record_alone(
            api,
            request,
            caller,
            action="camera.view",
            resource_type="device",
            resource_id=device_id,
        )
    except BaseException:
        api.views.pop(key, None)
        raise
