"""A POST that is repeated with its Idempotency-Key gives the first answer again, and does nothing.

Key, act and answer are one transaction: there is no moment in which one is kept without the others. It
must not know what is done.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Header, Request, Response

from enforcement.errors import AlreadyTaken
from schema.api_idempotency import KeptAnswer, claim_key, keep_answer, request_digest
from serve.answers import json_answer
from serve.callers import Caller
from serve.problems import Problem
from serve.state import Api

_PATTERN = r"^[\x21-\x7e]+$"
_LONGEST = 255
_USUAL = re.compile(_PATTERN)
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=_LONGEST,
        pattern=_PATTERN,
        description="a text of yours; the same request with it is done once",
    ),
]
Act = Callable[[Any], Awaitable[Response]]


def usual_key(key: str | None) -> bool:
    """Whether a key, or none, is one that the header's description admits."""
    return key is None or (len(key) <= _LONGEST and _USUAL.fullmatch(key) is not None)


async def once(
    api: Api,
    request: Request,
    caller: Caller,
    key: str | None,
    act: Act,
    *,
    whole: bool = False,
) -> Response:
    """Do the act in one transaction and give its answer, or the one kept for this key.

    whole: the act is one transaction by itself, so that without a key none is needed around it.
    Raises Problem 409 `idempotency_key_reused` for a key that came with another request. What the act
    raises undoes the key too, so that it can be tried again.
    """
    if key is None and whole:
        async with api.pool.acquire() as connection:
            return await act(connection)
    async with api.pool.acquire() as connection, connection.transaction():
        if key is None:
            return await act(connection)
        digest = request_digest(request.method, request.url.path, await request.body())
        try:
            kept = await claim_key(connection, caller.account.id, key, digest)
        except AlreadyTaken as error:
            raise Problem(409, "idempotency_key_reused", str(error)) from None
        if kept is not None:
            headers = {**kept.headers, "Idempotency-Replayed": "true"}
            return json_answer(kept.body, status=kept.status, headers=headers)
        answer = await act(connection)
        headers = {"ETag": answer.headers["etag"]} if "etag" in answer.headers else {}
        await keep_answer(
            connection,
            caller.account.id,
            key,
            KeptAnswer(
                status=answer.status_code, body=json.loads(bytes(answer.body)), headers=headers
            ),
        )
        return answer
