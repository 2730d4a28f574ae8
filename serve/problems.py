"""Every refusal as RFC 9457 problem details, whatever raised it.

It must not know any resource. Messages name the culprit and never hold a secret, a query or a traceback.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from enforcement.errors import (
    AlreadyTaken,
    BadInput,
    EvidenceBroken,
    NotFound,
    NotPermitted,
    PoorCalibration,
    ReasonMissing,
    StaleVersion,
    TransitionRefused,
    Unavailable,
    VigiaError,
)
from schema import api_errors

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:vigia:problem:"
_LOG = logging.getLogger(__name__)

_TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not permitted",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    412: "Precondition failed",
    413: "Too large",
    415: "Media type not supported",
    416: "Range not satisfiable",
    422: "Not usable",
    423: "Locked",
    428: "Precondition required",
    429: "Too many requests",
    500: "Server error",
    503: "Unavailable",
}
_CODES = {
    400: "bad_request",
    401: "not_signed_in",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    422: "bad_input",
    503: "unavailable",
}


# The more particular kinds first.
_NAMED: Sequence[tuple[type[VigiaError], int, str]] = (
    (ReasonMissing, 422, "reason_missing"),
    (NotFound, 404, "not_found"),
    (NotPermitted, 403, "forbidden"),
    (TransitionRefused, 409, "transition_refused"),
    (AlreadyTaken, 409, "already_exists"),
    (EvidenceBroken, 409, "evidence_broken"),
    (BadInput, 422, "bad_input"),
)


class Problem(VigiaError):
    """A refusal with its HTTP status and a code that programs may rely on."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = extra


def not_found(what: str) -> Problem:
    """404 for a thing that is not there, or that the caller may not know of."""
    return Problem(404, "not_found", f"{what}: not found")


def problem_body(
    status: int, code: str, detail: str, request_id: str | None, extra: Mapping[str, Any]
) -> bytes:
    """The document itself, UTF-8 JSON."""
    document = {
        "type": f"{TYPE_PREFIX}{code}",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
        **extra,
    }
    return json.dumps(jsonable_encoder(document), ensure_ascii=False).encode()


def install(app: FastAPI) -> None:
    """Answer every error of the app in this form."""

    async def answer(request: Request, error: Exception) -> Response:
        problem = as_problem(error)
        request_id = request.scope.get("request_id")
        if problem.status >= 500:
            _LOG.error(
                "%s failed: %s",
                request_id,
                problem.code,
                exc_info=error if problem.status == 500 else None,
            )
        body = problem_body(problem.status, problem.code, problem.detail, request_id, problem.extra)
        return Response(
            body, status_code=problem.status, media_type=MEDIA_TYPE, headers=problem.headers
        )

    for kind in (
        VigiaError,
        HTTPException,
        RequestValidationError,
        *api_errors.ANY_FAILURE,
        ConnectionError,
        TimeoutError,
        Exception,
    ):
        app.add_exception_handler(kind, answer)


def as_problem(error: Exception) -> Problem:
    """What the caller is told of any error; unknown ones are 500 and say nothing."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestValidationError):
        return _validation(error)
    if isinstance(error, HTTPException):
        code = _CODES.get(error.status_code, "error")
        return Problem(error.status_code, code, str(error.detail), headers=error.headers)
    if isinstance(error, VigiaError):
        return _named(error)
    return _of_the_database(error)


def _named(error: VigiaError) -> Problem:
    detail = " ".join(str(error).split())
    # An outside part's message may name hosts and paths: the log keeps it, the caller does not see it.
    if isinstance(error, Unavailable):
        return Problem(
            503, "unavailable", "an outside part does not answer", headers={"Retry-After": "5"}
        )
    if isinstance(error, StaleVersion):
        return Problem(412, "stale", detail, current={"version": error.current})
    if isinstance(error, PoorCalibration):
        return Problem(422, "poor_calibration", detail, reason=error.reason)
    for kind, status, code in _NAMED:
        if isinstance(error, kind):
            return Problem(status, code, detail)
    return Problem(500, "server_error", "this is a defect of ours; the request id finds it")


def _validation(error: RequestValidationError) -> Problem:
    errors = [
        {"where": ".".join(str(part) for part in row["loc"]), "problem": row["msg"]}
        for row in error.errors()
    ]
    if any(row["type"] == "json_invalid" for row in error.errors()):
        return Problem(400, "malformed_json", "the body is not JSON", errors=errors)
    first = errors[0] if errors else {"where": "body", "problem": "not usable"}
    return Problem(422, "bad_input", f"{first['where']}: {first['problem']}", errors=errors)


def _of_the_database(error: Exception) -> Problem:
    if isinstance(error, api_errors.TAKEN):
        return Problem(409, "already_exists", "a row with this key exists already")
    if isinstance(error, api_errors.UNUSABLE_VALUE):
        return Problem(422, "bad_input", "a value is outside what the database accepts")
    if isinstance(error, api_errors.NAMES_NOTHING):
        return Problem(422, "bad_input", "a value names something that does not exist")
    if isinstance(error, api_errors.LOST):
        return Problem(
            503,
            "database_unavailable",
            "the database does not answer",
            headers={"Retry-After": "2"},
        )
    return Problem(500, "server_error", "this is a defect of ours; the request id finds it")
