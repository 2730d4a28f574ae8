"""A few rounds of what `jobs.bench archive_kills` does a hundred times."""

from __future__ import annotations

import argparse

import pytest

from jobs.benches import archive_kills


def rounds(count: int, rows: int, seed: int) -> dict[str, int]:
    found: dict[str, int] = archive_kills.run(
        argparse.Namespace(rounds=count, rows=rows, seed=seed)
    )
    return found


def test_archive_retention_and_restore_survive_kill_9() -> None:
    found = rounds(3, 1000, 3)
    assert found["killed"] > 0
    assert (found["lost"], found["doubled"], found["misplaced"]) == (0, 0, 0)


@pytest.mark.soak
def test_a_hundred_kills_lose_nothing_and_double_nothing() -> None:
    found = rounds(100, 20_000, 1)
    assert found["killed"] > 50
    assert (found["lost"], found["doubled"], found["misplaced"]) == (0, 0, 0)
