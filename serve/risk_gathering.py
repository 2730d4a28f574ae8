"""Pages of questions of many callers in one process, sent to a risk deployment as one request.

A request between processes costs more than an answer. While some are on their way, what comes in waits and
goes together, so a lone caller waits for nobody and many share the way. It must not know Serve or routes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Final

from enforcement.errors import Unavailable
from serve.risk_questions import Question

Answer = dict[str, Any]
Send = Callable[[list[Question]], Awaitable[list[Answer]]]
_MOST: Final = 256


@dataclass(slots=True)
class _Page:
    """A caller's questions and what it waits for."""

    questions: list[Question]
    answers: asyncio.Future[list[Answer]]


@dataclass(slots=True)
class Gatherer:
    """One for each deployment and process; used from one loop.

    send: one request. at_once: requests on their way at most. A request that fails fails every page in it,
    and no other.
    """

    send: Send
    at_once: int = 2
    _waiting: deque[_Page] = field(default_factory=deque)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _going: int = 0

    async def ask(self, questions: Sequence[Question]) -> list[Answer]:
        """An answer to each, in their order; an error of one is a value. Raises what sending raised."""
        page = _Page(list(questions), asyncio.get_running_loop().create_future())
        self._waiting.append(page)
        if self._going < self.at_once:
            self._going += 1
            task = asyncio.create_task(self._go())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await page.answers

    async def _go(self) -> None:
        # A task begins after all who are ready now have asked, so they go together.
        while pages := self._taken():
            await self._send(pages)
        # In the same breath as nothing was found: whoever asks next starts another.
        self._going -= 1

    async def _send(self, pages: Sequence[_Page]) -> None:
        try:
            answers = await self._answered(pages)
        except Exception as error:  # noqa: BLE001 - it belongs to who asked
            for page in pages:
                if not page.answers.done():
                    page.answers.set_exception(error)
            return
        for page, mine in zip(pages, answers, strict=True):
            if not page.answers.done():
                page.answers.set_result(mine)

    async def _answered(self, pages: Sequence[_Page]) -> list[list[Answer]]:
        together = [one for page in pages for one in page.questions]
        answers = await self.send(together)
        if len(answers) != len(together):
            raise Unavailable(f"risk models: {len(answers)} answers to {len(together)} questions")
        ends = list(accumulate(len(page.questions) for page in pages))
        return [
            answers[end - len(page.questions) : end] for page, end in zip(pages, ends, strict=True)
        ]

    def _taken(self) -> list[_Page]:
        """As many pages as one request may hold, at least one; those that nobody waits for are dropped."""
        taken: list[_Page] = []
        size = 0
        while self._waiting and (not taken or size + len(self._waiting[0].questions) <= _MOST):
            page = self._waiting.popleft()
            if not page.answers.done():
                taken.append(page)
                size += len(page.questions)
        return taken
