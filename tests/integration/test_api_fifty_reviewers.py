"""Fifty people on one queue of five hundred, each with an account of their own, through the API."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from enforcement.audit_chain import verify
from schema import api_audit
from tests.fixtures.api import Served, served
from tests.fixtures.api_rows import add_infractions
from tests.fixtures.notices import rows

REVIEWERS, INFRACTIONS, PAGE = 50, 500, 20

ONCE = """SELECT
    (SELECT COUNT(*) FROM infractions WHERE status = 'pending'),
    (SELECT COUNT(*) FROM infractions WHERE version = 2 AND status IN ('validated', 'rejected')),
    (SELECT COUNT(*) FROM infraction_transitions),
    (SELECT COUNT(DISTINCT infraction_id) FROM infraction_transitions),
    (SELECT COUNT(*) FROM outbox WHERE topic IN ('infraction.validated', 'infraction.rejected'))"""
BY_PERSON = """SELECT u.username, t.to_status, COUNT(*)
    FROM infraction_transitions AS t
    JOIN infractions AS i ON i.id = t.infraction_id AND i.status = t.to_status AND i.validated_by = t.user_id
    JOIN users AS u ON u.id = t.user_id
    GROUP BY 1, 2"""
MISCOUNTED = """SELECT v.plate FROM vehicles AS v LEFT JOIN infractions AS i ON i.plate = v.plate
    GROUP BY v.plate HAVING v.total_infractions <> COUNT(i.id) FILTER (WHERE i.status = 'validated')"""


class Shift:
    """What all were told, counted."""

    def __init__(self, api: Served) -> None:
        self.api = api
        self.told: Counter[tuple[str, str]] = Counter()
        self.too_late = 0

    async def review(self, name: str, seed: int) -> None:
        """Take the queue's first page, decide one of it, until nothing waits."""
        headers, choice = await self.api.sign_in(name), random.Random(seed)
        to = ("validated", "rejected")[seed % 2]
        while True:
            queue = await self.api.get(f"/infractions?status=pending&limit={PAGE}", headers)
            assert queue.status_code == 200, queue.text
            waiting: list[Any] = queue.json()["items"]
            if not waiting:
                return
            one = choice.choice(waiting)
            made = await self.api.post(
                f"/infractions/{one['id']}/transitions",
                headers,
                {"to": to, "reason": "borrosa"},
                If_Match=f'"v{one["version"]}"',
            )
            if made.status_code == 200:
                self.told[(name, to)] += 1
            else:
                # The second is told what the first made of it.
                assert made.status_code == 412, made.text
                assert made.json()["current"]["status"] in ("validated", "rejected")
                self.too_late += 1


@pytest.mark.timeout(120)
def test_fifty_reviewers_decide_five_hundred_infractions_once_each_and_nobody_is_told_otherwise(
    database_url: str, database: Engine, tmp_path: Path
) -> None:
    add_infractions(database, INFRACTIONS, plates=40)

    async def work() -> Shift:
        async with served(database_url, tmp_path) as api:
            people = [f"revisor{number:02}" for number in range(REVIEWERS)]
            for name in people:
                await api.add_user(name, "operator")
            shift = Shift(api)
            await asyncio.gather(*(shift.review(name, n) for n, name in enumerate(people)))
            async with api.pool.acquire() as connection, connection.transaction():
                _, end = await api_audit.head(connection)
                chain = [row async for row in api_audit.chain(connection)]
            assert verify(chain, head=end) is None
            return shift

    shift = asyncio.run(work())
    assert rows(database, ONCE) == [(0, INFRACTIONS, INFRACTIONS, INFRACTIONS, INFRACTIONS)]
    # What each was told they decided is what stands.
    kept = {(name, to): count for name, to, count in rows(database, BY_PERSON)}
    assert kept == dict(shift.told)
    assert len({name for name, _ in shift.told}) > REVIEWERS // 2
    assert shift.too_late > 50, "nobody met anybody: the test shows nothing"
    assert rows(database, MISCOUNTED) == []
