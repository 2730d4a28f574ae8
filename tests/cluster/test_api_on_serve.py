"""The API as a Ray Serve application behind Serve's quick proxy: disturbed under load, gone afterwards."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest
from sqlalchemy import create_engine

from adapters.free_port import free_port, port_is_free
from adapters.marked_processes import end_marked, marked
from schema.api_pool import open_connection
from schema.api_users import NewUser, create_user
from schema.session import database_url as engine_url
from tests.fixtures.api import API, CHEAP, PASSWORD
from tests.fixtures.api_rows import add_infractions

READERS = 3
# People look at what they asked for. Without a pause four clients also take the cores that a new replica
# needs to start.
PAUSE_S = 0.01
PATIENCE_S = 150.0
INGRESS_PORTS = range(30000, 31001)  # Serve's own, one for each replica that answers
INFRACTIONS = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """`jobs.serve_api --ray` as a process of its own."""

    address: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path
    folder: str
    headers: dict[str, str]

    def said(self, words: str) -> bool:
        return words in self.log.read_text()


def add_operator(url: str) -> None:
    async def add() -> None:
        connection = await open_connection(url)
        new = NewUser(
            username="operator",
            password_hash=CHEAP.hash(PASSWORD),
            role="operator",
            email="operator@example.pe",
        )
        await create_user(connection, new)
        await connection.close()

    asyncio.run(add())


# A Ray of its own: the quick proxy must be in every process's environment before Ray starts.
@pytest.fixture
def serving(database_url: str, tmp_path: Path, repository: Path) -> Iterator[Serving]:
    engine = create_engine(engine_url(database_url))
    add_infractions(engine, INFRACTIONS)
    engine.dispose()
    add_operator(database_url)
    port, log = free_port(), tmp_path / "serve.log"
    environment = os.environ | {
        "VIGIA_DATABASE_URL": database_url,
        "VIGIA_LOCAL_DIR": str(tmp_path),
    }
    command = [
        sys.executable, "-m", "jobs.serve_api", "--ray", "--port", str(port),
        "--pool", "4", "--replicas", "2", "--no-rate-limits",
    ]  # fmt: skip
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=repository, env=environment, stdout=out, stderr=out)
    address = f"http://127.0.0.1:{port}"
    try:
        # Its address is said when every replica answers, not the first.
        wait_for(
            lambda: "/console/" in log.read_text() or process.poll() is not None, 180, "the API"
        )
        assert process.poll() is None, log.read_text()[-3000:]
        wait_for(lambda: answers(address), 30, "the proxy")
        given = {"username": "operator", "password": PASSWORD}
        signed = httpx.post(f"{address}{API}/auth/login", json=given, timeout=30)
        assert signed.status_code == 200, signed.text
        yield Serving(
            address=address,
            port=port,
            process=process,
            log=log,
            folder=str(tmp_path),
            headers={"Authorization": f"Bearer {signed.json()['access_token']}"},
        )
    finally:
        process.kill()
        process.wait()
        end_marked("VIGIA_LOCAL_DIR", str(tmp_path))


def answers(address: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"{address}{API}/system/ready", timeout=5).status_code == 200
    return False


def wait_for(ready: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, f"{what}: not in {seconds:g} s"
        time.sleep(0.2)


def replicas() -> dict[int, psutil.Process]:
    """Replicas that answer, of those below this test's own process."""
    found = {}
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if "ServeReplica" in " ".join(process.cmdline()) and listens(process):
                found[process.pid] = process
    return found


def listens(process: psutil.Process) -> bool:
    return any(
        each.status == psutil.CONN_LISTEN and each.laddr.port in INGRESS_PORTS
        for each in process.net_connections("tcp")
    )


class Load:
    """People at work: some read the queue, one decides; every answer is kept."""

    def __init__(self, serving: Serving, waiting: list[str]) -> None:
        self.reads: list[object] = []
        self.decisions: list[object] = []
        self._serving = serving
        self._waiting = waiting
        self._stop = threading.Event()
        works = [self._read] * READERS + [self._decide]
        self._threads = [threading.Thread(target=work) for work in works]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _read(self) -> None:
        address = f"{self._serving.address}{API}/infractions?status=pending&limit=10"

        self._go_on(self.reads, lambda client: client.get(address))

    def _decide(self) -> None:
        def decide(client: httpx.Client) -> httpx.Response:
            return client.post(
                f"{self._serving.address}{API}/infractions/{self._waiting.pop()}/transitions",
                headers={"If-Match": '"v1"', "Idempotency-Key": uuid.uuid4().hex},
                json={"to": "validated"},
            )

        self._go_on(self.decisions, decide, lambda: bool(self._waiting))

    def _go_on(
        self,
        kept: list[object],
        ask: Callable[[httpx.Client], httpx.Response],
        more: Callable[[], bool] = lambda: True,
    ) -> None:
        with httpx.Client(headers=self._serving.headers, timeout=30) as client:
            while more() and not self._stop.wait(PAUSE_S):
                try:
                    answer = ask(client)
                    kept.append(answer.status_code if answer.is_success else answer.text)
                except httpx.HTTPError as error:
                    kept.append(repr(error))


def kill_a_replica() -> None:
    before = replicas()
    assert len(before) == 2
    next(iter(before.values())).kill()
    wait_for(
        lambda: len(replicas()) == 2 and set(replicas()) != set(before), PATIENCE_S, "a new replica"
    )
    time.sleep(3)


def update_one_by_one(serving: Serving) -> None:
    """And kill the first of the new ones: Serve gives up such an update, and we do not."""
    before = replicas()
    assert len(before) == 2
    serving.process.send_signal(signal.SIGHUP)
    wait_for(lambda: bool(replicas().keys() - before.keys()), PATIENCE_S, "the first new one")
    first = next(each for pid, each in replicas().items() if pid not in before)
    time.sleep(1)  # until Serve has seen it answer, too
    first.kill()
    wait_for(lambda: serving.said("replaced"), PATIENCE_S, "an update")
    assert serving.said("replicas replaced"), serving.log.read_text()[-3000:]
    wait_for(lambda: not before.keys() & replicas().keys(), PATIENCE_S, "the old replicas' end")


# One test, because bringing a Ray up costs more than all it asks.
@pytest.mark.timeout(400)
def test_no_request_fails_when_a_replica_is_killed_and_when_all_are_replaced_and_nothing_is_left(
    serving: Serving, database_url: str
) -> None:
    live = httpx.stream("GET", f"{serving.address}{API}/infractions/live", headers=serving.headers)
    with live as stream:
        assert next(stream.iter_lines()).startswith("retry:")
    with psycopg.connect(database_url) as connection:
        ids = [str(row[0]) for row in connection.execute("SELECT id FROM infractions")]
    # Else whatever else the machine does goes before them (ADR 0027).
    assert {each.nice() for each in replicas().values()} == {psutil.Process().nice()}
    with Load(serving, ids) as load:
        time.sleep(2)
        # Twice in all: what is asked for at that very instant differs, and a decision has a body.
        kill_a_replica()
        update_one_by_one(serving)
    assert len(load.reads) > 200
    assert len(load.decisions) > 50
    assert [answer for answer in load.reads + load.decisions if answer != 200] == []
    with psycopg.connect(database_url) as connection:
        told = connection.execute(
            "SELECT (SELECT COUNT(*) FROM infraction_transitions), (SELECT COUNT(*) FROM infractions"
            " WHERE status = 'validated'), (SELECT COUNT(*) FROM outbox WHERE topic LIKE 'infraction.%')"
        ).fetchone()
    assert told == (len(load.decisions),) * 3
    # Ctrl-C: Serve's proxy starts itself anew while it goes down, and would hold the ports for ever.
    serving.process.send_signal(signal.SIGINT)
    assert serving.process.wait(90) == 130
    assert marked("VIGIA_LOCAL_DIR", serving.folder) == []
    assert port_is_free(serving.port)
