"""What a restored copy lacks although it is equal: both bounds are part of the answer."""

from __future__ import annotations

import pytest

from jobs.restore_drill import MOST_RPO_S, MOST_RTO_S, too_late


@pytest.mark.parametrize(
    ("rpo_s", "rto_s", "said"),
    [
        (0.5, 3.0, []),
        (MOST_RPO_S, MOST_RTO_S, []),
        (MOST_RPO_S + 1, 3.0, ["301 s would be lost"]),
        (0.5, MOST_RTO_S + 1, ["took 3601 s"]),
        (None, 3.0, ["no mark"]),
        (9000.0, 9000.0, ["9000 s would be lost", "took 9000 s"]),
    ],
)
def test_a_copy_that_is_too_old_or_too_slow_is_no_proof(
    rpo_s: float | None, rto_s: float, said: list[str]
) -> None:
    found = too_late(rpo_s, rto_s)
    assert len(found) == len(said)
    assert all(part in line for part, line in zip(said, found, strict=True))
