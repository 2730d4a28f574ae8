"""The risk models as Ray Serve deployments: batched, each answer a row, the champion followed without a gap.

They are called by handle, from the API, which knows who may ask; they listen on no port. A risk informs a
person and decides nothing. It must not know routes.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from pydantic import BaseModel, ConfigDict
from ray import serve as ray_serve

from adapters.model_files import get_model
from adapters.risk_asking import Asked, Served, ask
from adapters.risk_model import load_model
from adapters.settings import Settings, read_settings
from enforcement.errors import BadInput, BadModel, Unavailable
from schema.risk_serving import RiskDesk, Visit
from serve.risk_questions import APPLICATION, Question

MODELS: Final = {"recidivism": "recidivism_xgboost", "accident_risk": "accident_lstm"}
_LOG = logging.getLogger(__name__)
_LOOK_S: Final = 2.0
# A batch of its own for each page would cost more than waiting for the others that are on their way; while
# one batch waits for the database, the next is reckoned.
_TOGETHER_S: Final = 0.005
_AT_ONCE: Final = 2


class RiskOptions(BaseModel):
    """Arguments of the application in config.yaml. cpus: that Ray sets aside for a replica."""

    model_config = ConfigDict(extra="forbid")

    replicas: int = 1
    cpus: float = 0.25
    threads: int = 1


class RiskReplica:
    """One replica of one model. Promises a row in ml_predictions for each answer given.

    A restart loses nothing: the champion is read again. While a new champion cannot be read, the old one
    answers.
    """

    def __init__(self, kind: str, options: RiskOptions, settings: Settings | None = None) -> None:
        known = settings or read_settings()
        if known.database_url is None:
            raise BadInput("VIGIA_DATABASE_URL: a replica needs a database that all can reach")
        self._kind, self._settings, self._threads = kind, known, options.threads
        self._desk = RiskDesk(known.database_url, MODELS[kind], visits=_AT_ONCE)
        self._served: Served | None = None
        self.follow()
        self._stop = threading.Event()
        self._follower = threading.Thread(target=self._follow_always, name="champion", daemon=True)
        self._follower.start()

    def close(self) -> None:
        """Follow no champion any more, and let go of the database."""
        self._stop.set()
        self._follower.join(_LOOK_S)
        self._desk.close()

    @ray_serve.batch(  # type: ignore[untyped-decorator]
        max_batch_size=64, batch_wait_timeout_s=_TOGETHER_S, max_concurrent_batches=_AT_ONCE
    )
    async def __call__(self, pages: list[list[Question]]) -> list[list[dict[str, Any]]]:
        """An answer to each question of each caller's page, or its error as a value.

        Pages that wait are answered together; one bad question fails no other.
        """
        together = [question for page in pages for question in page]
        answers = iter(await asyncio.to_thread(self.answer, together))
        return [[next(answers) for _ in page] for page in pages]

    def version(self) -> str | None:
        """The champion that answers now."""
        served = self._served
        return None if served is None else served.model.card.version

    def answer(self, questions: Sequence[Question]) -> list[dict[str, Any]]:
        """The same without batching."""
        served = self._served
        if served is None:
            return [{"error": "no model is served yet"} for _ in questions]
        try:
            return self._answered(served, questions)
        except BadInput:
            if len(questions) == 1:
                return [{"error": "not on record"}]
            # Something in one of them no row can hold; the others must not wait for who wrote it.
            return [answer for one in questions for answer in self.answer([one])]

    def _answered(self, served: Served, questions: Sequence[Question]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = [{"error": "not on record"} for _ in questions]
        now = datetime.now(UTC)
        with self._desk.visit() as visit:
            for seen, places in visit.seen(questions):
                subject = np.array([index for _, index in places], dtype=np.int64)
                at_s = [(questions[n].at or now).timestamp() for n, _ in places]
                asked = ask(served, seen.history, seen.instants(subject, np.array(at_s)))
                _keep(visit, asked, [questions[n] for n, _ in places], now)
                for (n, _), value in zip(places, _told(asked), strict=True):
                    found[n] = value
        return found

    def follow(self) -> bool:
        """Take the champion of now, when it is another; whether it was. What answers stays on failure."""
        row = self._desk.champion()
        served = self._served
        if row is None or (served is not None and served.model_id == row.id):
            return False
        files = get_model(self._settings, row.model_path, row.files)
        model = load_model(files, threads=self._threads)
        self._served = Served(model_id=row.id, model=model)
        return True

    def _follow_always(self) -> None:
        while not self._stop.wait(_LOOK_S):
            try:
                self.follow()
            except (BadModel, Unavailable) as error:
                _LOG.error(
                    "the champion of %s cannot be taken, the old one stays: %s", self._kind, error
                )


def _told(asked: Asked) -> list[dict[str, Any]]:
    card = asked.served.model.card
    return [
        {
            "category": category,
            "risk_factors": factors,
            "model_version": card.version,
            "simulated": card.simulated,
            "probability": probability,
        }
        for category, factors, probability in zip(
            asked.categories, asked.reasons, asked.probability.tolist(), strict=True
        )
    ]


def _keep(visit: Visit, asked: Asked, questions: Sequence[Question], now: datetime) -> None:
    visit.keep(
        model_id=asked.served.model_id,
        prediction_type=asked.served.prediction_type,
        probability=asked.probability,
        category=asked.categories,
        features=asked.features(),
        factors=asked.factors(),
        drivers=[one.driver_dni for one in questions],
        infractions=[one.infraction_id for one in questions],
        at=now,
        mean_ms=asked.mean_ms,
    )


def application(options: RiskOptions, settings: Settings | None = None) -> Any:
    """Both deployments behind one that only holds their handles, as Serve wants one entrance."""
    models = [
        ray_serve.deployment(
            name=kind,
            num_replicas=options.replicas,
            max_ongoing_requests=1000,
            graceful_shutdown_wait_loop_s=1.0,
            graceful_shutdown_timeout_s=20.0,
            ray_actor_options={"num_cpus": options.cpus},
            # Each answer is a row; a line beside it would be the dearer of the two.
            logging_config={"enable_access_log": False},
        )(RiskReplica).bind(kind, options, settings)
        for kind in MODELS
    ]
    entrance = ray_serve.deployment(
        name="entrance", num_replicas=1, ray_actor_options={"num_cpus": 0}
    )(Entrance)
    return entrance.bind(*models)


class Entrance:
    """Names which models there are."""

    def __init__(self, *models: Any) -> None:
        self._models = models

    async def kinds(self) -> list[str]:
        """Of prediction."""
        return list(MODELS)


__all__ = [
    "APPLICATION",
    "MODELS",
    "Question",
    "RiskOptions",
    "RiskReplica",
    "application",
    "build",
]


def build(args: dict[str, Any]) -> Any:
    """What config.yaml names; args are RiskOptions."""
    return application(RiskOptions(**args))
