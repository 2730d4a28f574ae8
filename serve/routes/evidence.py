"""The sealed files of an infraction, with ranges, and its track for drawing over the clip.

Names are those a bundle can have, so no path is ever made of what a caller wrote.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from anyio import to_thread
from fastapi import Header, Path, Request, Response
from starlette.responses import StreamingResponse

from adapters.remote_files import Place
from enforcement.errors import EvidenceBroken
from enforcement.evidence import ALLOWED, MANIFEST, SIGNATURE, TRACK
from schema.api_infractions import get_infraction
from serve.answers import json_answer, problems
from serve.api_answers import TrackShown
from serve.api_types import InfractionId
from serve.callers import Caller, SignedIn, record_alone, resource
from serve.problems import Problem, not_found
from serve.ranges import read, span_of
from serve.state import Api, ApiState

router = resource("/infractions", "evidence")
NAMES = frozenset(ALLOWED | {MANIFEST, SIGNATURE})
_TYPES = {"mp4": "video/mp4", "jpg": "image/jpeg", "json": "application/json"}
# Ranges of one viewing within this time are one act in the audit.
_ONE_VIEW_S = 60.0
_MOST_VIEWS = 20_000


@router.get(
    "/{infraction_id}/evidence/{name}",
    responses={**problems(401, 403, 404, 416, 422, 503), 206: {"description": "A part"}},
    response_class=Response,
)
async def evidence_file(
    request: Request,
    api: ApiState,
    caller: SignedIn,
    infraction_id: InfractionId,
    name: Annotated[str, Path(max_length=64, examples=["clip.mp4"])],
    range_header: Annotated[str | None, Header(alias="Range", max_length=200)] = None,
) -> Response:
    """A file of the bundle, whole or in part; each view is written down."""
    if name not in NAMES:
        raise not_found("evidence file")
    place = await place_of(api, infraction_id)
    size = await to_thread.run_sync(place.size, name)
    if size is None:
        raise Problem(404, "evidence_missing", f"{name}: not in the store")
    span = span_of(range_header, size)
    await _view(request, api, caller, infraction_id, name)
    return StreamingResponse(
        read(place, name, span),
        status_code=206 if span.partial else 200,
        media_type=_TYPES.get(name.rpartition(".")[2], "application/octet-stream"),
        headers={**span.headers, "Content-Disposition": f'inline; filename="{name}"'},
    )


@router.get(
    "/{infraction_id}/track",
    response_model=TrackShown,
    responses=problems(401, 403, 404, 409, 422, 503),
)
async def track(
    request: Request, api: ApiState, caller: SignedIn, infraction_id: InfractionId
) -> Response:
    """The track in the clip's own time and pixels, with stop line and lanes to draw."""
    place = await place_of(api, infraction_id)
    found = await to_thread.run_sync(place.read, TRACK)
    manifest = await to_thread.run_sync(place.read, MANIFEST)
    if found is None or manifest is None:
        raise Problem(404, "evidence_missing", "the track is not in the store")
    await _view(request, api, caller, infraction_id, TRACK)
    return json_answer(track_shown(found, manifest))


async def place_of(api: Api, infraction_id: UUID) -> Place:
    """Where the infraction's bundle lies. Raises NotFound, Problem 404."""
    async with api.pool.acquire() as connection:
        row = await get_infraction(connection, infraction_id)
    if row["evidence"] is None:
        raise Problem(404, "evidence_missing", "this infraction has no sealed bundle")
    return api.place(row["evidence"]["store_url"])


def track_shown(track_json: bytes, manifest_json: bytes) -> dict[str, Any]:
    """What a player draws. Times are seconds from the clip's first frame.

    Raises EvidenceBroken for files that are not what was sealed.
    """
    try:
        row, manifest = json.loads(track_json), json.loads(manifest_json)
        captured, site = manifest["captured"], row["site"]
        start_s = _clip_start_s(captured)
        interval = manifest["clock"]["interval_median_s"]
        return {
            "fps": round(1 / interval, 3) if interval else None,
            "clip_start_s": start_s,
            "size": row["image_size"] or manifest["image_size"],
            "frames": [
                {"t_s": round(t_s - start_s, 4), "box": box}
                for t_s, box in zip(row["track"]["t_s"], row["track"]["xyxy"], strict=True)
            ],
            "stop_line": site.get("stop_line"),
            "lanes": [
                {"id": lane["id"], "type": lane.get("type"), "polygon": lane["polygon"]}
                for lane in site.get("lanes") or ()
            ],
            "measurement_zone": site.get("measurement_zone"),
        }
    except (ValueError, TypeError, KeyError) as error:
        raise EvidenceBroken("the track cannot be read") from error


def _clip_start_s(captured: dict[str, Any]) -> float:
    if not captured["clip"]:
        return 0.0
    epoch = datetime.fromisoformat(captured["epoch"])
    return (datetime.fromisoformat(captured["clip"][0]) - epoch).total_seconds()


async def _view(request: Request, api: Api, caller: Caller, infraction_id: UUID, name: str) -> None:
    key, now = (caller.session_id, infraction_id, name), api.monotonic()
    if api.views.get(key, 0.0) > now:
        return
    await record_alone(
        api,
        request,
        caller,
        action="evidence.view",
        resource_type="infraction",
        resource_id=str(infraction_id),
        metadata={"file": name},
    )
    if len(api.views) >= _MOST_VIEWS:
        api.views.clear()
    api.views[key] = now + _ONE_VIEW_S
