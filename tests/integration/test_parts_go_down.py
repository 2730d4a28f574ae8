"""Broker, Redis, mail server and registry away one after another while people review: nothing is lost.

Each is a real server, stopped and started again; the API, the relay and the notifier are the product's.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine

from adapters.circuit import Circuit
from adapters.message_bus import AmqpBus
from adapters.registry_http import HttpRegistry
from adapters.settings import Settings
from enforcement.events import Event
from jobs.notify import Notifying, senders_of
from schema.session import sessions
from serve.middleware import Limits
from serve.rate_limit import Rate
from serve.vehicle_lookup import VehicleLookup
from tests.fixtures.api import Served, served
from tests.fixtures.api_rows import add_infractions
from tests.fixtures.mail import MailServer, mail_port, mail_server
from tests.fixtures.notices import make_due, rows
from tests.fixtures.provider import Provider
from tests.fixtures.services import RabbitServer, RedisServer, free_port

INFRACTIONS = 3000
REVIEWERS = 4
LOOK_S = 0.05
# Reviewed while each part is away, and more before it is said to be back.
MEANWHILE = 12
# Counted, and never reached: Redis is asked for every request.
BUSY = Rate(per_second=1e5, burst=1e5)


class Part(Protocol):
    """What can be taken away."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


class Mail:
    """A mail server on one port; mails of all its lives."""

    def __init__(self) -> None:
        self.port = mail_port()
        self._lives: list[MailServer] = []
        self._stack = ExitStack()

    @property
    def mails(self) -> list[tuple[str, str]]:
        return [(to, mail["Message-ID"]) for life in self._lives for to, mail in life.mails]

    def start(self) -> None:
        self._lives.append(self._stack.enter_context(mail_server(self.port)))

    def stop(self) -> None:
        self._stack.close()


class Registry:
    """A provider on one port; it knows nobody's plate, which is an answer too."""

    def __init__(self) -> None:
        self._port = free_port()
        self._provider: Provider | None = None
        self.url = f"http://127.0.0.1:{self._port}/look-up"

    def start(self) -> None:
        self._provider = Provider(self._port)
        self._provider.status = 404

    def stop(self) -> None:
        if self._provider is not None:
            self._provider.close()
            self._provider = None


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[dict[str, Any]]:
    folders = {name: tmp_path / name for name in ("redis", "rabbitmq")}
    for folder in folders.values():
        folder.mkdir()
    broker = RabbitServer(folders["rabbitmq"])
    found: dict[str, Any] = {
        "broker": broker,
        "redis": RedisServer(folders["redis"]),
        "smtp": Mail(),
        "sunarp": Registry(),
    }
    try:
        for part in found.values():
            part.start()
        yield found
    finally:
        for part in found.values():
            part.stop()
        broker.close()


class Day:
    """Reviewers at work: each looks, validates, and of every sixth an appeal is filed."""

    def __init__(
        self, api: Served, waiting: list[UUID], headers: dict[str, dict[str, str]]
    ) -> None:
        self.api, self.waiting, self.headers = api, waiting, headers
        self.done = 0
        self.appealed = 0
        self.wrong: list[str] = []

    async def review(self) -> None:
        while self.waiting:
            one = self.waiting.pop()
            await asyncio.sleep(LOOK_S)
            self._expect(await self.api.get(f"/infractions/{one}", self.headers["operator"]))
            self._expect(
                await self.api.post(
                    f"/infractions/{one}/transitions",
                    self.headers["operator"],
                    {"to": "validated"},
                    If_Match='"v1"',
                    Idempotency_Key=uuid4().hex,
                )
            )
            self.done += 1
            if self.done % 6 == 0:
                self.appealed += 1
                self._expect(
                    await self.api.post(
                        f"/appeals/{one}",
                        self.headers["supervisor"],
                        {"reason": "No era yo"},
                        If_Match='"v2"',
                        Idempotency_Key=uuid4().hex,
                    )
                )

    def _expect(self, answer: Any) -> None:
        if not answer.is_success:
            self.wrong.append(f"{answer.request.url}: {answer.status_code} {answer.text}")

    async def degraded(self) -> list[str]:
        ready = await self.api.get("/system/ready", {})
        assert ready.status_code == 200
        found: list[str] = ready.json()["degraded"]
        return found


async def until(ready: Callable[[], Awaitable[bool]], what: str, seconds: float = 45.0) -> None:
    deadline = time.monotonic() + seconds
    while not await ready():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.1)


async def take_away_and_give_back(day: Day, name: str, part: Part) -> None:
    """The outage shows in `ready`, people go on, and it shows that it is over."""

    async def shows() -> bool:
        return name in await day.degraded()

    async def clean() -> bool:
        return await day.degraded() == []

    await asyncio.to_thread(part.stop)
    await until(shows, f"{name}: its absence does not show")
    before = day.done

    async def went_on() -> bool:
        return day.done >= before + MEANWHILE

    await until(went_on, f"{name}: nobody could go on without it")
    await asyncio.to_thread(part.start)
    await until(clean, f"{name}: is not seen to be back")


@pytest.mark.timeout(180)
def test_review_goes_on_without_each_part_and_everything_is_delivered_after(
    database: Engine, database_url: str, tmp_path: Path, parts: dict[str, Any]
) -> None:
    add_infractions(database, INFRACTIONS, plates=INFRACTIONS)
    settings = Settings(
        local_dir=tmp_path,
        database_url=database_url,
        amqp_url=parts["broker"].url,
        redis_url=parts["redis"].url,
        smtp_url=f"smtp://127.0.0.1:{parts['smtp'].port}?from=vigia@muni.example",
        sunarp_url=parts["sunarp"].url,
    )
    heard: list[Event] = []
    listener = AmqpBus(parts["broker"].url)
    listener.subscribe("witness", "#", heard.append)
    stop = threading.Event()
    bus = AmqpBus(parts["broker"].url)
    service = Notifying(sessions(database), senders_of(settings), bus)
    notifying = threading.Thread(target=service.run, args=(stop,))

    async def work() -> Day:
        limits = Limits(per_address=BUSY, per_user=BUSY, per_login=BUSY)
        async with served(database_url, tmp_path, settings=settings, limits=limits) as api:
            state = api.app.state.api
            await state.vehicles.close()
            quick = Circuit(time.monotonic, failures=3, open_s=0.5)
            registry = HttpRegistry(settings.sunarp_url or "", circuit=quick)
            state.vehicles = VehicleLookup(registry, state.shared)
            ids = [row[0] for row in rows(database, "SELECT id FROM infractions ORDER BY id")]
            headers = {role: await api.sign_in(role) for role in ("operator", "supervisor")}
            day = Day(api, ids, headers)
            reviewers = [asyncio.create_task(day.review()) for _ in range(REVIEWERS)]
            for name, part in parts.items():
                await take_away_and_give_back(day, name, part)
            day.waiting.clear()
            await asyncio.gather(*reviewers)
            return day

    notifying.start()
    try:
        day = asyncio.run(work())
        deliver_all(database)
    finally:
        stop.set()
        notifying.join(40)
        bus.close()
    assert day.wrong == []
    assert rows(database, "SELECT COUNT(*) FROM infractions WHERE status <> 'pending'") == [
        (day.done,)
    ]
    assert rows(database, "SELECT COUNT(*) FROM infraction_transitions") == [
        (day.done + day.appealed,)
    ]
    told = {row[0] for row in rows(database, "SELECT event_id FROM outbox")}
    assert len(told) >= day.done + day.appealed
    listener.pump(1.0)
    listener.close()
    assert {event.event_id for event in heard} == told
    sent = rows(database, "SELECT COUNT(*) FROM notification_deliveries WHERE channel = 'email'")
    mails = parts["smtp"].mails
    # The reviewer and whoever may resolve it, but not who filed it.
    assert sent == [(len(set(mails)),)] == [(2 * day.appealed,)]
    assert len(mails) == len(set(mails))


def deliver_all(database: Engine) -> None:
    """Wait until outbox and mailbox are empty; retries that are minutes away are brought near."""
    waiting = """
        SELECT (SELECT COUNT(*) FROM outbox WHERE delivered_at IS NULL),
            (SELECT COUNT(*) FROM notification_deliveries WHERE channel = 'email' AND state <> 'sent')
    """
    deadline = time.monotonic() + 60
    while (left := rows(database, waiting)) != [(0, 0)]:
        assert time.monotonic() < deadline, f"not delivered: {left}"
        make_due(database)
        time.sleep(0.3)
