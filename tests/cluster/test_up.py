"""`jobs.up` as an installer runs it: cameras, API and console on one Ray: nothing is left after Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from adapters.free_port import free_port, port_is_free
from adapters.marked_processes import end_marked, marked
from simulation.recording import Recorded
from tests.cluster.test_api_on_serve import add_operator, answers, wait_for
from tests.fixtures.api import API, PASSWORD


@pytest.mark.timeout(480)
def test_what_a_camera_saw_is_in_the_console_s_queue(
    database_url: str, speeder: Recorded, tmp_path: Path, repository: Path
) -> None:
    add_operator(database_url)
    port, log = free_port(), tmp_path / "up.log"
    address = f"http://127.0.0.1:{port}"
    environment = os.environ | {
        "VIGIA_DATABASE_URL": database_url,
        "VIGIA_LOCAL_DIR": str(tmp_path),
    }
    command = [
        sys.executable, "-m", "jobs.up", "--port", str(port),
        "--add", str(speeder.site), str(speeder.video),
    ]  # fmt: skip
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=repository, env=environment, stdout=out, stderr=out)
    try:
        wait_for(lambda: answers(address) or process.poll() is not None, 300, "the API")
        assert process.poll() is None, log.read_text()[-3000:]
        assert "<html" in httpx.get(f"{address}/console/", timeout=30).text
        given = {"username": "operator", "password": PASSWORD}
        signed = httpx.post(f"{address}{API}/auth/login", json=given, timeout=30).json()
        headers = {"Authorization": f"Bearer {signed['access_token']}"}

        def waiting() -> list[str]:
            listed = httpx.get(f"{address}{API}/infractions", headers=headers, timeout=30).json()
            return [one["type"] for one in listed["items"]]

        wait_for(lambda: waiting() == ["SPEED_VIOLATION"], 120, "the infraction")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert marked("VIGIA_LOCAL_DIR", str(tmp_path)) == []
        assert port_is_free(port)
    finally:
        process.kill()
        process.wait()
        end_marked("VIGIA_LOCAL_DIR", str(tmp_path))
