"""README, CI and the pages say what is so: commands exist, links lead somewhere, nothing leaks."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
TEST_COMMAND = re.compile(r"^(make test)\b", re.MULTILINE)


def pages(repository: Path) -> Iterator[Path]:
    yield from sorted(repository.glob("*.md"))
    yield from sorted((repository / "docs").rglob("*.md"))


def make_targets(repository: Path) -> set[str]:
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))


def test_ci_runs_the_checks_then_exactly_the_readmes_test_command(repository: Path) -> None:
    readme = (repository / "README.md").read_text(encoding="utf-8")
    script = (repository / ".ci" / "run").read_text(encoding="utf-8")
    command = TEST_COMMAND.search(readme)
    assert command
    runs = [" ".join(line.split()[:2]) for line in script.splitlines() if line.startswith("make ")]
    assert runs == ["make check", command.group(1)]


def test_ci_stops_at_the_first_failure(repository: Path) -> None:
    script = repository / ".ci" / "run"
    assert "set -euo pipefail" in script.read_text(encoding="utf-8")
    assert script.stat().st_mode & 0o111


@pytest.mark.parametrize("name", ["scripts/bootstrap.sh", "scripts/debian-packages.sh", ".ci/run"])
def test_a_script_parses(repository: Path, name: str) -> None:
    subprocess.run(["/bin/bash", "-n", str(repository / name)], check=True)


def test_every_promised_make_target_exists(repository: Path) -> None:
    promised = {"demo", "test", "check", "up", "bench", "soak", "help"}
    assert promised <= make_targets(repository)


def test_every_make_command_of_the_pages_is_a_target(repository: Path) -> None:
    named = {
        target
        for page in pages(repository)
        for target in re.findall(r"`?make ([a-z][a-z-]+)`", page.read_text(encoding="utf-8"))
    }
    assert named
    assert named <= make_targets(repository)


def test_every_relative_link_leads_to_something(repository: Path) -> None:
    dead = [
        f"{page.relative_to(repository)}: {target}"
        for page in pages(repository)
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if not re.match(r"[a-z]+:|#", target)
        and not (page.parent / unquote(target.partition("#")[0])).exists()
    ]
    assert not dead


def test_every_decision_is_in_the_index(repository: Path) -> None:
    folder = repository / "docs" / "adr"
    index = (folder / "README.md").read_text(encoding="utf-8")
    written = {path.name for path in folder.glob("[0-9]*.md")}
    assert written == set(re.findall(r"\((\d{4}-[^)]+\.md)\)", index))


def test_a_decision_is_one_page_with_the_three_parts(repository: Path) -> None:
    for path in (repository / "docs" / "adr").glob("[0-9]*.md"):
        text = path.read_text(encoding="utf-8")
        parts = re.findall(r"^## (\w+)", text, re.MULTILINE)
        assert parts[:3] == ["Context", "Decision", "Consequences"], path.name
        assert len(text.splitlines()) <= 60, path.name


def test_every_variable_that_settings_read_is_on_the_operations_page(repository: Path) -> None:
    source = (repository / "adapters" / "settings.py").read_text(encoding="utf-8")
    page = (repository / "docs" / "operations.md").read_text(encoding="utf-8")
    read = set(re.findall(r'"((?:VIGIA|MLFLOW|RAY)_[A-Z0-9_]+)"', source))
    assert not {name for name in read if f"| `{name}` |" not in page}


def test_contributing_fits_a_screen(repository: Path) -> None:
    text = (repository / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 50


def test_the_licence_is_the_one_the_project_declares(repository: Path) -> None:
    licence = (repository / "LICENSE").read_text(encoding="utf-8")
    declared = (repository / "pyproject.toml").read_text(encoding="utf-8")
    assert "GNU AFFERO GENERAL PUBLIC LICENSE" in licence.splitlines()[0]
    assert 'license = "AGPL-3.0-or-later"' in declared
