"""What scripts/debian-packages.sh asks of a machine, with dpkg, apt and sudo played by stand-ins."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

STAND_INS = {
    "dpkg-query": "exit 1",  # nothing is installed
    "apt-cache": "echo '  Candidate: 1.0'",
    "apt-get": "exit 97",  # never called but through sudo
    "id": "echo 1000",
}


class Machine:
    """A Debian machine where we are an ordinary user."""

    def __init__(self, folder: Path, script: Path) -> None:
        self.folder = folder
        self.script = script
        for name, body in STAND_INS.items():
            self.command(name, body)

    def command(self, name: str, body: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/bash\n{body}\n", encoding="utf-8")
        path.chmod(0o755)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/bash", str(self.script), *arguments],
            env={"PATH": f"{self.folder}:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path, repository: Path) -> Machine:
    return Machine(tmp_path, repository / "scripts" / "debian-packages.sh")


def test_without_permission_one_line_says_what_to_install(machine: Machine) -> None:
    machine.command("sudo", "exit 1")
    answer = machine.run("test")
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert len(answer.stderr.splitlines()) == 1
    assert "redis-server" in answer.stderr
    assert "rabbitmq-server" in answer.stderr
    assert "chromium" in answer.stderr


def test_a_demo_needs_no_broker_cache_or_browser_of_debians(machine: Machine) -> None:
    wanted = machine.run("demo", "--print").stdout.split()
    assert "fonts-dejavu-core" in wanted
    assert not {"redis-server", "rabbitmq-server", "chromium"} & set(wanted)


def test_with_permission_apt_installs_what_is_missing(machine: Machine, tmp_path: Path) -> None:
    log = tmp_path / "log"
    machine.command("sudo", f'echo "$*" >>"{log}"; cat >/dev/null </dev/null')
    answer = machine.run("test")
    assert answer.returncode == 0, answer.stderr
    installs = [line for line in log.read_text().splitlines() if " install " in line]
    assert len(installs) == 1
    assert "DEBIAN_FRONTEND=noninteractive" in installs[0]
    assert "redis-server" in installs[0]
    assert "update" not in log.read_text()  # the lists already offer all of it


def test_stale_lists_are_refreshed_once_before_giving_up(machine: Machine, tmp_path: Path) -> None:
    log = tmp_path / "log"
    machine.command("sudo", f'echo "$*" >>"{log}"; [[ "$*" != *" install "* ]]')
    answer = machine.run("test")
    assert answer.returncode == 2
    assert "could not install" in answer.stderr.splitlines()[-1]
    words = log.read_text().split()
    assert [word for word in words if word in ("install", "update")] == [
        "install",
        "update",
        "install",
    ]


def test_an_unknown_set_is_refused(machine: Machine) -> None:
    answer = machine.run("everything")
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
