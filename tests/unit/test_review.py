"""What may become of an infraction: every arrow that exists, and every one that does not."""

from __future__ import annotations

from itertools import product

import pytest

from enforcement.errors import BadInput, NotPermitted, ReasonMissing, TransitionRefused
from enforcement.permissions import Permission, allowed
from enforcement.review import TRANSITIONS, Status, allowed_from, decide, reason_due

ADMIN = allowed("admin")
# from, to, whose permission, whether a reason is due
ARROWS = {
    ("pending", "validated"): ("infractions.review", False),
    ("pending", "rejected"): ("infractions.review", True),
    ("validated", "pending"): ("infractions.review", False),
    ("rejected", "pending"): ("infractions.review", False),
    ("validated", "appealed"): ("appeals.file", True),
    ("validated", "paid"): ("payments.record", False),
    ("validated", "cancelled"): ("appeals.resolve", True),
    ("appealed", "validated"): ("appeals.resolve", True),
    ("appealed", "cancelled"): ("appeals.resolve", True),
    ("appealed", "paid"): ("payments.record", False),
}
PAIRS = [(str(a), str(b)) for a, b in product(Status, Status)]


@pytest.mark.parametrize(("origin", "target"), PAIRS)
def test_an_arrow_exists_or_is_refused_whoever_asks(origin: str, target: str) -> None:
    if (origin, target) not in ARROWS:
        with pytest.raises(TransitionRefused):
            decide(origin, target, ADMIN, "porque sí")
        return
    permission, due = ARROWS[origin, target]
    made = decide(origin, target, {Permission(permission)}, "porque sí")
    assert (made.origin, made.target, made.reason) == (origin, target, "porque sí")
    assert reason_due(origin, target) == due


@pytest.mark.parametrize(("origin", "target"), ARROWS)
def test_an_arrow_is_nobody_elses(origin: str, target: str) -> None:
    others = ADMIN - {Permission(ARROWS[origin, target][0])}
    with pytest.raises(NotPermitted):
        decide(origin, target, others, "porque sí")


@pytest.mark.parametrize("pair", [pair for pair, (_, due) in ARROWS.items() if due])
@pytest.mark.parametrize("reason", [None, "", "   ", "\n\t", "\x00"])
def test_a_decision_that_must_say_why_is_refused_without(
    pair: tuple[str, str], reason: str | None
) -> None:
    with pytest.raises(ReasonMissing):
        decide(*pair, ADMIN, reason)


@pytest.mark.parametrize("origin", ["validated", "rejected"])
def test_a_verdict_is_not_taken_back_once_the_fine_is_issued(origin: str) -> None:
    assert decide(origin, "pending", ADMIN).target is Status.PENDING
    with pytest.raises(TransitionRefused, match="issued"):
        decide(origin, "pending", ADMIN, issued=True)
    assert Status.PENDING not in allowed_from(origin, ADMIN, issued=True)


def test_what_is_paid_or_cancelled_stays_so() -> None:
    assert allowed_from("paid", ADMIN) == allowed_from("cancelled", ADMIN) == []


def test_an_operator_decides_and_files_but_neither_resolves_nor_takes_money() -> None:
    operator = allowed("operator")
    assert allowed_from("pending", operator) == ["validated", "rejected"]
    assert allowed_from("validated", operator) == ["pending", "appealed"]
    assert allowed_from("appealed", operator) == []


@pytest.mark.parametrize("name", ["", "VALIDATED", "deleted", "pending;--"])
def test_a_status_that_does_not_exist_is_bad_input(name: str) -> None:
    with pytest.raises(BadInput):
        decide("pending", name, ADMIN)


def test_a_reason_is_stripped_and_bounded() -> None:
    assert decide("pending", "rejected", ADMIN, "  borrosa \n").reason == "borrosa"
    with pytest.raises(BadInput, match="longer"):
        decide("pending", "rejected", ADMIN, "x" * 2001)


def test_each_arrow_is_written_once() -> None:
    pairs = [(rule.origin, rule.target) for rule in TRANSITIONS]
    assert sorted(pairs) == sorted(set(pairs))
    assert {(str(a), str(b)) for a, b in pairs} == set(ARROWS)
