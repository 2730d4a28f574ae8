"""Who asks the risk models together gets his own answers, and only his own failures."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from enforcement.errors import Unavailable
from serve.problems import Problem
from serve.risk_asking import RiskAsking
from serve.risk_gathering import Gatherer
from serve.risk_questions import Question

PATIENCE_S = 5.0


def _page(*names: str) -> list[Question]:
    return [Question(driver_dni=name) for name in names]


def _said(questions: list[Question]) -> list[dict[str, Any]]:
    return [{"of": one.driver_dni} for one in questions]


class _Way:
    """Notes what is sent and answers when it is let."""

    def __init__(self) -> None:
        self.sent: list[list[str | None]] = []
        self.let = asyncio.Event()

    async def send(self, questions: list[Question]) -> list[dict[str, Any]]:
        self.sent.append([one.driver_dni for one in questions])
        await self.let.wait()
        return _said(questions)


async def _settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def _while_one_is_on_its_way() -> None:
    way = _Way()
    gatherer = Gatherer(way.send, at_once=1)
    first = asyncio.create_task(gatherer.ask(_page("a", "b")))
    await _settle()
    others = [asyncio.create_task(gatherer.ask(_page(name, name + name))) for name in "cd"]
    await _settle()
    assert way.sent == [["a", "b"]]
    way.let.set()
    assert await first == [{"of": "a"}, {"of": "b"}]
    assert await asyncio.gather(*others) == [
        [{"of": "c"}, {"of": "cc"}],
        [{"of": "d"}, {"of": "dd"}],
    ]
    assert way.sent == [["a", "b"], ["c", "cc", "d", "dd"]]


def test_who_asks_while_a_request_is_on_its_way_goes_with_the_next_and_gets_his_own_answers() -> (
    None
):
    asyncio.run(asyncio.wait_for(_while_one_is_on_its_way(), PATIENCE_S))


async def _who_asks_in_one_moment() -> None:
    way = _Way()
    way.let.set()
    gatherer = Gatherer(way.send, at_once=2)
    await asyncio.gather(*(gatherer.ask(_page(str(number))) for number in range(16)))
    assert way.sent == [[str(number) for number in range(16)]]


def test_who_asks_in_one_moment_goes_together() -> None:
    asyncio.run(asyncio.wait_for(_who_asks_in_one_moment(), PATIENCE_S))


async def _who_left() -> None:
    way = _Way()
    gatherer = Gatherer(way.send, at_once=1)
    first = asyncio.create_task(gatherer.ask(_page("a")))
    await _settle()
    gone = asyncio.create_task(gatherer.ask(_page("gone")))
    stays = asyncio.create_task(gatherer.ask(_page("stays")))
    await _settle()
    gone.cancel()
    first.cancel()
    way.let.set()
    assert await stays == [{"of": "stays"}]
    assert way.sent == [["a"], ["stays"]]


def test_what_nobody_waits_for_is_not_asked_and_stops_nobody() -> None:
    asyncio.run(asyncio.wait_for(_who_left(), PATIENCE_S))


async def _failures() -> None:
    async def send(questions: list[Question]) -> list[dict[str, Any]]:
        if questions[0].driver_dni == "bad":
            raise RuntimeError("no")
        return _said(questions)[: -1 if questions[0].driver_dni == "short" else None]

    gatherer = Gatherer(send, at_once=1)
    told = await asyncio.gather(
        gatherer.ask(_page("bad")), gatherer.ask(_page("with it")), return_exceptions=True
    )
    assert [type(one) for one in told] == [RuntimeError, RuntimeError]
    with pytest.raises(Unavailable, match="1 answers to 2"):
        await gatherer.ask(_page("short", "of one"))
    assert await gatherer.ask(_page("after")) == [{"of": "after"}]


def test_a_failed_request_fails_who_was_in_it_and_nobody_after() -> None:
    asyncio.run(asyncio.wait_for(_failures(), PATIENCE_S))


async def _most_of_a_request() -> None:
    way = _Way()
    way.let.set()
    gatherer = Gatherer(way.send, at_once=1)
    page = _page(*(str(number) for number in range(100)))
    await asyncio.gather(*(gatherer.ask(page) for _ in range(5)), gatherer.ask(page * 9))
    assert [len(one) for one in way.sent] == [200, 200, 100, 900]


def test_a_request_holds_so_many_questions_and_no_page_is_torn() -> None:
    asyncio.run(asyncio.wait_for(_most_of_a_request(), PATIENCE_S))


class _Remote:
    """Called as a handle is."""

    def __init__(self, *, error: Exception | None = None, wait_s: float = 0.0) -> None:
        self._error, self._wait_s = error, wait_s
        self.remote = self

    async def __call__(self, questions: list[Question]) -> list[dict[str, Any]]:
        await asyncio.sleep(self._wait_s)
        if self._error is not None:
            raise self._error
        return _said(questions)


@pytest.mark.parametrize("first", [_Remote(error=RuntimeError("died")), _Remote(wait_s=60.0)])
def test_what_fails_or_says_nothing_is_unavailable_and_looked_for_anew(first: _Remote) -> None:
    found = [first, _Remote()]
    asking = RiskAsking(lambda kind: found.pop(0), patience_s=0.05)

    async def both() -> None:
        before = asyncio.all_tasks()
        with pytest.raises(Unavailable):
            await asking.ask("recidivism", _page("a"))
        assert await asking.ask("recidivism", _page("b")) == [{"of": "b"}]
        assert await asking.ask("recidivism", _page("c")) == [{"of": "c"}]
        await asyncio.sleep(0.1)
        # Nothing waits on for an answer that nobody wants any more.
        assert asyncio.all_tasks() == before

    asyncio.run(asyncio.wait_for(both(), PATIENCE_S))
    assert not found


def test_where_nothing_is_deployed_the_problem_says_so() -> None:
    with pytest.raises(Problem) as told:
        asyncio.run(RiskAsking(lambda kind: None).ask("recidivism", _page("a")))
    assert (told.value.status, told.value.code) == (503, "no_risk_models")
