"""The API as a Ray Serve application behind Serve's quick proxy."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from adapters.free_port import free_port
from schema.api_pool import open_connection
from schema.api_users import NewUser, create_user
from tests.fixtures.api import API, CHEAP, PASSWORD, add_infractions

READERS = 4


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
def address(database_url: str, tmp_path: Path, repository: Path) -> Iterator[str]:
    add_infractions(database_url, 3)
    add_operator(database_url)
    port = free_port()
    environment = {
        **os.environ,
        "VIGIA_DATABASE_URL": database_url,
        "VIGIA_LOCAL_DIR": str(tmp_path),
    }
    command = [
        sys.executable, "-m", "jobs.serve_api", "--ray", "--port", str(port),
        "--pool", "4", "--replicas", "2", "--no-rate-limits",
    ]  # fmt: skip
    log = (tmp_path / "serve.log").open("wb")
    process = subprocess.Popen(command, cwd=repository, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 180
        while True:
            with suppress(httpx.HTTPError):
                answer = httpx.get(f"http://127.0.0.1:{port}{API}/system/ready", timeout=5)
                if answer.status_code == 200:
                    break
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail((tmp_path / "serve.log").read_text()[-3000:])
            time.sleep(1)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process)
        end_what_is_left(str(tmp_path))
        log.close()


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ctrl-C, and no mercy for what outlives it: Ray and its proxy are processes of their own."""
    with suppress(psutil.Error):
        below = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(2)
        with suppress(subprocess.TimeoutExpired):
            process.wait(60)
        process.kill()
        for child in below:
            with suppress(psutil.Error):
                child.kill()
    process.wait()


def end_what_is_left(folder: str) -> None:
    """The proxy starts itself anew while Serve goes down, under init, and would hold the next one's ports."""
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get("VIGIA_LOCAL_DIR") == folder:
                process.kill()


def replicas_of_ours() -> list[psutil.Process]:
    """Replica processes below this test's own process."""
    below = psutil.Process().children(recursive=True)
    found = []
    for process in below:
        with suppress(psutil.Error):
            if "ServeReplica" in " ".join(process.cmdline()):
                found.append(process)
    return found


def reads_while(address: str, headers: dict[str, str], stop: threading.Event) -> list[object]:
    """What every read of the queue was answered, until stopped."""
    answers: list[object] = []

    def ask() -> None:
        with httpx.Client(headers=headers, timeout=30) as client:
            while not stop.is_set():
                try:
                    answer = client.get(f"{address}{API}/infractions?status=pending")
                    answers.append(answer.status_code)
                except httpx.HTTPError as error:
                    answers.append(repr(error))

    threads = [threading.Thread(target=ask) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def check_a_killed_replica(address: str, headers: dict[str, str]) -> None:
    """Kill one of two replicas under load: what it was answering is lost, and nothing after.

    The proxy repeats only what it could not send: a decision that was sent may have been made.
    """
    stop = threading.Event()
    replicas = replicas_of_ours()
    assert len(replicas) == 2

    def kill() -> None:
        time.sleep(3)
        replicas[0].kill()
        time.sleep(8)
        stop.set()

    killer = threading.Thread(target=kill)
    killer.start()
    answers = reads_while(address, headers, stop)
    killer.join()
    assert len(answers) > 100
    lost = [answer for answer in answers if answer != 200]
    assert len(lost) <= 2 * READERS
    assert answers[-50:] == [200] * 50


# One test, because bringing a Ray up costs more than all it asks.
def test_the_api_answers_behind_the_quick_proxy_and_outlives_a_killed_replica(
    address: str,
) -> None:
    given = {"username": "operator", "password": PASSWORD}
    signed = httpx.post(f"{address}{API}/auth/login", json=given)
    assert signed.status_code == 200, signed.text
    headers = {"Authorization": f"Bearer {signed.json()['access_token']}"}
    queue = httpx.get(f"{address}{API}/infractions?status=pending", headers=headers).json()
    assert len(queue["items"]) == 3
    one = queue["items"][0]["id"]
    made = httpx.post(
        f"{address}{API}/infractions/{one}/transitions",
        headers={**headers, "If-Match": '"v1"'},
        json={"to": "validated"},
    )
    assert made.status_code == 200, made.text
    again = httpx.post(
        f"{address}{API}/infractions/{one}/transitions",
        headers={**headers, "If-Match": '"v1"'},
        json={"to": "validated"},
    )
    assert (again.status_code, again.json()["code"]) == (412, "stale")
    assert again.headers["x-content-type-options"] == "nosniff"
    with httpx.stream("GET", f"{address}{API}/infractions/live", headers=headers) as live:
        assert next(live.iter_lines()).startswith("retry:")
    check_a_killed_replica(address, headers)
