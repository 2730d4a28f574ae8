"""What may become of an infraction, by whose hand, and when a reason is due.

pending is validated or rejected; until the fine is issued the verdict may be taken back. A validated
infraction is appealed, paid or cancelled; an appeal ends in cancellation or in the fine standing again.
The one place where transitions are decided; it must not know how they are stored or shown.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from enforcement.errors import BadInput, NotPermitted, ReasonMissing, TransitionRefused
from enforcement.permissions import Permission

LONGEST_REASON = 2000


class Status(StrEnum):
    """The data model's six states of an infraction."""

    PENDING = "pending"
    VALIDATED = "validated"
    REJECTED = "rejected"
    APPEALED = "appealed"
    PAID = "paid"
    CANCELLED = "cancelled"


FINED = frozenset({Status.VALIDATED, Status.APPEALED, Status.PAID})
"""States in which there is a fine, and so a papeleta."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionRule:
    """One arrow. until_issued: only while the fine has not been issued."""

    origin: Status
    target: Status
    permission: Permission
    reason_due: bool
    until_issued: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A transition that may be carried out now."""

    origin: Status
    target: Status
    permission: Permission
    reason: str | None


def _rule(
    origin: Status,
    target: Status,
    permission: Permission,
    *,
    reason: bool = False,
    until_issued: bool = False,
) -> TransitionRule:
    return TransitionRule(
        origin=origin,
        target=target,
        permission=permission,
        reason_due=reason,
        until_issued=until_issued,
    )


_REVIEW = Permission.INFRACTIONS_REVIEW
_S = Status

TRANSITIONS: Sequence[TransitionRule] = (
    _rule(_S.PENDING, _S.VALIDATED, _REVIEW),
    _rule(_S.PENDING, _S.REJECTED, _REVIEW, reason=True),
    # Taking a verdict back, until there is a fine that someone may hold in hand.
    _rule(_S.VALIDATED, _S.PENDING, _REVIEW, until_issued=True),
    _rule(_S.REJECTED, _S.PENDING, _REVIEW, until_issued=True),
    _rule(_S.VALIDATED, _S.APPEALED, Permission.APPEALS_FILE, reason=True),
    _rule(_S.VALIDATED, _S.PAID, Permission.PAYMENTS_RECORD),
    _rule(_S.VALIDATED, _S.CANCELLED, Permission.APPEALS_RESOLVE, reason=True),
    _rule(_S.APPEALED, _S.VALIDATED, Permission.APPEALS_RESOLVE, reason=True),
    _rule(_S.APPEALED, _S.CANCELLED, Permission.APPEALS_RESOLVE, reason=True),
    _rule(_S.APPEALED, _S.PAID, Permission.PAYMENTS_RECORD),
)


def decide(
    current: str,
    to: str,
    permissions: Collection[Permission],
    reason: str | None = None,
    *,
    issued: bool = False,
) -> Transition:
    """The transition asked for, or the reason it may not be.

    issued: whether the fine has been issued. Raises BadInput for a status that does not exist or a
    reason that is too long, TransitionRefused for an arrow that does not exist from here, NotPermitted
    for one that is not this person's, ReasonMissing where one is due.
    """
    origin, target = _status(current), _status(to)
    rule = next((r for r in TRANSITIONS if (r.origin, r.target) == (origin, target)), None)
    if rule is None:
        raise TransitionRefused(f"an infraction does not go from {origin} to {target}")
    if rule.until_issued and issued:
        raise TransitionRefused("the fine has been issued: the verdict is not taken back any more")
    if rule.permission not in permissions:
        raise NotPermitted(f"from {origin} to {target} needs {rule.permission}")
    return Transition(
        origin=origin,
        target=target,
        permission=rule.permission,
        reason=_checked_reason(reason, due=rule.reason_due),
    )


def allowed_from(
    current: str, permissions: Collection[Permission], *, issued: bool = False
) -> list[Status]:
    """Where this person may take an infraction from here, in the table's order."""
    return [
        rule.target
        for rule in TRANSITIONS
        if rule.origin == current
        and rule.permission in permissions
        and not (rule.until_issued and issued)
    ]


def reason_due(current: str, to: str) -> bool:
    """Whether that transition must say why; False for one that does not exist."""
    return any(r.reason_due for r in TRANSITIONS if (r.origin, r.target) == (current, to))


def _status(name: str) -> Status:
    try:
        return Status(name)
    except ValueError:
        raise BadInput(f"status: {name!r} is none of {', '.join(Status)}") from None


def _checked_reason(reason: str | None, *, due: bool) -> str | None:
    stripped = (reason or "").replace("\x00", "").strip()
    if due and not stripped:
        raise ReasonMissing("reason: this decision must say why")
    if len(stripped) > LONGEST_REASON:
        raise BadInput(f"reason: longer than {LONGEST_REASON} characters")
    return stripped or None
