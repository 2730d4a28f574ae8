"""What a risk model says of an infraction now, asked of its deployment on Ray Serve.

The risks that jobs.score_drivers wrote come with the infraction itself; this asks anew. It must not know the
models.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response

from enforcement.errors import NotFound
from schema import api_infractions
from serve.answers import json_answer, problems
from serve.api_answers import Row
from serve.api_types import InfractionId
from serve.callers import resource
from serve.risk_questions import Question
from serve.state import ApiState

router: APIRouter = resource("/infractions", "models")
Kind = Annotated[Literal["recidivism", "accident_risk"], Path(description="what is foretold")]


@router.get(
    "/{infraction_id}/risks/{kind}",
    response_model=Row,
    responses=problems(401, 403, 404, 422, 503),
)
async def ask_risk(api: ApiState, infraction_id: InfractionId, kind: Kind) -> Response:
    """Of its driver, where one was identified, else of its vehicle; 503 where no model is deployed."""
    async with api.pool.acquire() as connection:
        # Whose it is is asked of the model and told to nobody.
        row = await api_infractions.get_infraction(connection, infraction_id, pii=True)
    question = Question(
        driver_dni=row["driver_dni"],
        plate=row["plate"],
        at=row["detected_at"],
        infraction_id=str(row["id"]),
    )
    [answer] = await api.risks.ask(kind, [question])
    if "error" in answer:
        raise NotFound(f"risk: {answer['error']}")
    return json_answer(answer)
