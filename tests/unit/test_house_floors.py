"""The four floors are checked for every room there is, and the check goes red when one is crossed."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.fixtures.source_scan import ROOMS

FLOORS = ["jobs", "actors | serve", "adapters | simulation | schema", "enforcement"]


@pytest.fixture(scope="module")
def contract(repository: Path) -> str:
    return (repository / "pyproject.toml").read_text(encoding="utf-8")


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def house(tmp_path: Path, contract: str) -> Path:
    """Empty rooms under the project's own contract."""
    (tmp_path / "pyproject.toml").write_text(contract, encoding="utf-8")
    for room in tomllib.loads(contract)["tool"]["importlinter"]["root_packages"]:
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").touch()
        (tmp_path / room / "piece.py").touch()
    return tmp_path


def test_every_room_on_disk_is_under_the_contract(repository: Path, contract: str) -> None:
    built = {room for room in ROOMS if (repository / room / "__init__.py").exists()}
    linter = tomllib.loads(contract)["tool"]["importlinter"]
    assert set(linter["root_packages"]) == built
    layers = [" | ".join(name for name in floor.split(" | ") if name in built) for floor in FLOORS]
    assert linter["contracts"][0]["layers"] == layers


def test_empty_rooms_keep_the_contract(house: Path) -> None:
    answer = lint_imports(house)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("room", "forbidden"),
    [
        ("enforcement", "adapters"),  # the heart knows nothing outside
        ("adapters", "schema"),  # neighbours do not know each other
        ("simulation", "adapters"),
        ("schema", "actors"),  # nobody looks upwards
        ("actors", "jobs"),
    ],
)
def test_a_crossed_floor_turns_the_check_red(house: Path, room: str, forbidden: str) -> None:
    (house / room / "piece.py").write_text(f"import {forbidden}.piece\n", encoding="utf-8")
    answer = lint_imports(house)
    assert answer.returncode == 1
    assert "four floors BROKEN" in answer.stdout
