"""The data model's five questions, and how reviewers agree. Names of people only to those who may see."""

from __future__ import annotations

from enum import StrEnum

from fastapi import Response

from enforcement.permissions import Permission
from schema import api_queries
from serve.answers import json_answer, problems
from serve.api_answers import Rows
from serve.callers import SignedIn, resource
from serve.state import ApiState

router = resource("/reports", "reports")
_PERSONAL = ("owner_name", "driver_name", "full_name", "license_number")


class Report(StrEnum):
    """What can be asked."""

    PENDING = "pending"
    TOP_OFFENDERS = "top-offenders"
    ZONE_HOURS = "zone-hours"
    CAMERA_PERFORMANCE = "camera-performance"
    RECIDIVISM = "recidivism"
    REVIEW_ACCURACY = "review-accuracy"
    REVIEW_AGREEMENT = "review-agreement"


@router.get("/{name}", response_model=Rows, responses=problems(401, 403, 422))
async def report(api: ApiState, caller: SignedIn, name: Report) -> Response:
    """All rows, with the data model's columns (4.1 to 4.5)."""
    async with api.pool.acquire() as connection:
        if name is Report.REVIEW_ACCURACY:
            rows = await api_queries.review_accuracy(connection)
        elif name is Report.REVIEW_AGREEMENT:
            rows = await api_queries.review_agreement(connection)
        else:
            rows = await api_queries.run_report(connection, name)
    if not caller.may(Permission.PII_READ):
        for row in rows:
            row.update({column: None for column in _PERSONAL if column in row})
    return json_answer({"items": rows, "next_cursor": None})
