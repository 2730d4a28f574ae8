"""A camera's calibration: tried on points, refused with the reason when poor, kept when it proves itself."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Request, Response

from enforcement.errors import PoorCalibration
from schema import api_sites
from schema.api_pool import Row
from serve.answers import json_answer, problems
from serve.api_types import DeviceId
from serve.calibrations import proof_of, proved, shown
from serve.callers import SignedIn, record, resource
from serve.etags import content_etag, require_seen
from serve.problems import Problem
from serve.site_answers import CalibrationShown, ProofShown
from serve.site_types import CalibrationGiven
from serve.state import ApiState

router = resource("/devices", "devices")


@router.get(
    "/{device_id}/calibration",
    response_model=CalibrationShown,
    responses=problems(401, 403, 404, 422),
)
async def get_calibration(api: ApiState, device_id: DeviceId) -> Response:
    """Points, what they are worth, and the road's grid in the picture; with its ETag."""
    async with api.pool.acquire() as connection:
        row = await api_sites.get_calibration(connection, device_id)
    return await _answer(row)


@router.post(
    "/{device_id}/calibration/preview",
    response_model=ProofShown,
    responses=problems(401, 403, 404, 422),
)
async def preview_calibration(
    api: ApiState, device_id: DeviceId, given: CalibrationGiven
) -> Response:
    """What these points are worth; nothing is kept. That they decide no road is an answer too."""
    async with api.pool.acquire() as connection:
        await api_sites.get_calibration(connection, device_id)
    proof, _ = await proved(given)
    return json_answer(shown(proof))


@router.put(
    "/{device_id}/calibration",
    response_model=CalibrationShown,
    responses=problems(401, 403, 404, 412, 422, 428),
)
async def put_calibration(
    request: Request,
    api: ApiState,
    caller: SignedIn,
    device_id: DeviceId,
    given: CalibrationGiven,
    if_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Calibrate anew; 422 `poor_calibration` with `reason` and `proof` when no speed could be measured on it.

    A running camera starts anew with it within seconds.
    """
    proof, section = await proved(given)
    origin = given.origin_used()
    async with api.pool.acquire() as connection, connection.transaction():
        # Whoever is out of date is told so before their points are judged.
        require_seen(if_match, await api_sites.get_calibration(connection, device_id))
        try:
            road = proof.require()
        except PoorCalibration as error:
            raise Problem(
                422, "poor_calibration", str(error), reason=error.reason, proof=shown(proof)
            ) from None
        before, after = await api_sites.put_calibration(
            connection,
            device_id,
            section,
            road,
            origin=None if origin is None else (origin.latitude, origin.longitude),
            image_size=given.image_size,
            by=caller.account.id,
            check=lambda row: require_seen(if_match, row),
        )
        await record(
            connection,
            request,
            caller,
            action="calibrate",
            resource_type="device",
            resource_id=device_id,
            old_values=_told(before),
            new_values=_told(after),
        )
    return await _answer(after)


async def _answer(row: Row) -> Response:
    proof = row["calibration"] and await proof_of(row["calibration"], row["image_size"])
    content = {**row, "proof": shown(proof) if proof else None}
    return json_answer(content, headers={"ETag": content_etag(row)})


def _told(row: Row) -> dict[str, Any]:
    return {"digest": row["digest"], "error_meters": row["error_meters"]}
