"""Monthly reports as jobs.report left them in the store: which there are, and their files.

It must not compute a figure; every look and every download is written down.
"""

from __future__ import annotations

import re
from typing import Annotated

from anyio import to_thread
from fastapi import Path, Request, Response

from adapters.evidence_store import store_place
from enforcement.permissions import Permission
from serve.answers import json_answer, problems
from serve.api_answers import Rows
from serve.callers import SignedIn, record_alone, resource
from serve.problems import Problem, not_found
from serve.state import Api, ApiState

router = resource("/monthly-reports", "reports")
FOLDER = "reports"
_MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"
_NAME = r"^[a-z_]{1,40}\.(html|json|parquet)$"
_TYPES = {
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
}


@router.get("", response_model=Rows, responses=problems(401, 403, 503))
async def list_monthly_reports(api: ApiState) -> Response:
    """Months that have a report, newest first, with the names of its files."""
    rows = await to_thread.run_sync(_months, api)
    return json_answer({"items": rows, "next_cursor": None})


@router.get("/{month}/{name}", response_class=Response, responses=problems(401, 403, 404, 422, 503))
async def monthly_report_file(
    request: Request,
    api: ApiState,
    caller: SignedIn,
    month: Annotated[str, Path(pattern=_MONTH, examples=["2026-10"])],
    name: Annotated[str, Path(pattern=_NAME, examples=["report.html"])],
) -> Response:
    """One file: the page, its figures as JSON, or a table as Parquet (which is an export)."""
    kind = name.rpartition(".")[2]
    export = kind == "parquet"
    if export and not caller.may(Permission.EXPORTS_CREATE):
        raise Problem(403, "forbidden", f"this needs the permission {Permission.EXPORTS_CREATE}")
    place = store_place(api.settings).inside(f"{FOLDER}/{month}")
    found = await to_thread.run_sync(place.read, name)
    if found is None:
        raise not_found("monthly report")
    await record_alone(
        api,
        request,
        caller,
        action="export" if export else "view",
        resource_type="report",
        resource_id=f"{month}/{name}",
    )
    return Response(
        found,
        media_type=_TYPES[kind],
        # Never run inside the console's own origin: it is saved, and opened from there.
        headers={"Content-Disposition": f'attachment; filename="vigia-{month}-{name}"'},
    )


def _months(api: Api) -> list[dict[str, object]]:
    place = store_place(api.settings).inside(FOLDER)
    months = [month for month in place.entries()[1] if re.fullmatch(_MONTH, month)]
    return [
        {"month": month, "files": [n for n in place.entries(month)[0] if re.fullmatch(_NAME, n)]}
        for month in sorted(months, reverse=True)
    ]
