"""The risk deployments as a process of the API asks them: found once, asked together, given up in time.

It must not know the models, and imports nothing of Ray where none runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from enforcement.errors import Unavailable
from serve.problems import Problem
from serve.risk_gathering import Answer, Gatherer
from serve.risk_questions import Question, deployed

_PATIENCE_S: Final = 10.0


class RiskAsking:
    """One per process. find: the handle of a deployment, None where it does not run."""

    def __init__(
        self, find: Callable[[str], Any] = deployed, *, patience_s: float = _PATIENCE_S
    ) -> None:
        self._find, self._patience_s = find, patience_s
        self._known: dict[str, Gatherer] = {}

    async def ask(self, kind: str, questions: Sequence[Question]) -> list[Answer]:
        """An answer to each question; an error of one is a value.

        Raises Problem where the model is not deployed, Unavailable where it fails or takes too long; it is
        looked for anew the next time.
        """
        gatherer = self._known.get(kind) or await self._found(kind)
        try:
            return await asyncio.wait_for(gatherer.ask(questions), self._patience_s)
        except TimeoutError as error:
            self._forget(kind, gatherer)
            raise Unavailable(f"risk models: {kind} gives no answer") from error
        except Exception as error:
            # Serve and Ray raise kinds that share no parent, and may carry any error of the replica.
            self._forget(kind, gatherer)
            raise Unavailable(f"risk models: {kind} failed: {type(error).__name__}") from error

    async def _found(self, kind: str) -> Gatherer:
        # Serve's state is asked of another process, and waiting for it would stop every other request.
        handle = await asyncio.to_thread(self._find, kind)
        if handle is None:
            raise Problem(503, "no_risk_models", "the risk models are not deployed beside this API")

        async def send(questions: list[Question]) -> list[Answer]:
            # Ended here too: what its callers gave up on would wait for ever behind them.
            answers: list[Answer] = await asyncio.wait_for(
                handle.remote(questions), self._patience_s
            )
            return answers

        return self._known.setdefault(kind, Gatherer(send))

    def _forget(self, kind: str, gatherer: Gatherer) -> None:
        if self._known.get(kind) is gatherer:
            del self._known[kind]
