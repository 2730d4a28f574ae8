"""scripts/bootstrap.sh with stand-ins for Python and uv: what it runs, and when it runs nothing."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest


class Checkout:
    """A bare checkout: the script, a lock, and a python3 that only writes down what it is asked."""

    def __init__(self, folder: Path, repository: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        (folder / "scripts").mkdir()
        (folder / "commands").mkdir()
        shutil.copy(repository / "scripts" / "bootstrap.sh", folder / "scripts")
        (folder / "uv.lock").write_text("version = 1\n", encoding="utf-8")

    def python(self, body: str) -> None:
        """Stand-in for every python3 on the path."""
        for name in ("python3", "python3.11", "python3.12"):
            self._script(self.folder / "commands" / name, body)

    def venv(self) -> None:
        """A .venv whose python only writes down what it is asked."""
        (self.folder / ".venv" / "bin").mkdir(parents=True)
        self._script(self.folder / ".venv" / "bin" / "python", f'echo "$*" >>"{self.log}"')

    def run(self, *groups: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/bash", str(self.folder / "scripts" / "bootstrap.sh"), *groups],
            env={"PATH": f"{self.folder / 'commands'}:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )

    def asked(self) -> list[str]:
        """What the .venv's python was asked, and forget it."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines

    @staticmethod
    def _script(path: Path, body: str) -> None:
        path.write_text(f"#!/bin/bash\n{body}\n", encoding="utf-8")
        path.chmod(0o755)


@pytest.fixture
def checkout(tmp_path: Path, repository: Path) -> Checkout:
    return Checkout(tmp_path, repository)


def test_a_python_that_cannot_run_us_is_named_in_one_line(checkout: Checkout) -> None:
    checkout.python("exit 1")
    answer = checkout.run()
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
    assert "3.11 or 3.12" in answer.stderr


def test_the_second_run_does_nothing(checkout: Checkout) -> None:
    checkout.venv()
    assert checkout.run("dev").returncode == 0
    assert any("sync --frozen" in line for line in checkout.asked())
    assert checkout.run("dev").returncode == 0
    assert checkout.asked() == []


def test_a_changed_lock_is_noticed(checkout: Checkout) -> None:
    checkout.venv()
    checkout.run()
    checkout.asked()
    (checkout.folder / "uv.lock").write_text("version = 2\n", encoding="utf-8")
    checkout.run()
    assert any("sync" in line for line in checkout.asked())


def test_asking_for_less_takes_nothing_away(checkout: Checkout) -> None:
    checkout.venv()
    checkout.run("train")
    checkout.asked()
    checkout.run("dev")
    sync = next(line for line in checkout.asked() if "sync" in line)
    assert "--inexact" in sync
    assert "--group dev" in sync
    assert "--group train" in sync
    checkout.run()
    assert checkout.asked() == []


def test_a_failed_sync_is_tried_again_next_time(checkout: Checkout) -> None:
    checkout.venv()
    python = checkout.folder / ".venv" / "bin" / "python"
    python.write_text('#!/bin/bash\n[[ "$*" != *sync* ]]\n', encoding="utf-8")
    assert checkout.run().returncode != 0
    python.write_text(f'#!/bin/bash\necho "$*" >>"{checkout.log}"\n', encoding="utf-8")
    assert checkout.run().returncode == 0
    assert any("sync" in line for line in checkout.asked())


def test_an_unknown_group_is_refused(checkout: Checkout) -> None:
    answer = checkout.run("everything")
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1


def test_the_stamp_names_the_lock_it_was_made_from(checkout: Checkout) -> None:
    checkout.venv()
    checkout.run("dev")
    lock = (checkout.folder / "uv.lock").read_bytes()
    stamp = (checkout.folder / ".venv" / ".vigia-synced").read_text().splitlines()
    assert stamp == [hashlib.sha256(lock).hexdigest(), "dev"]
