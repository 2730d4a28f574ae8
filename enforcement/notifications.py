"""Which event tells whom what, through which channels, until when, and when a failed sending is tried again.

Texts hold no plate and no name: they travel by mail and telephone. It must not know how anything is kept
or sent.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from enforcement.events import Event
from enforcement.permissions import Permission, allowed

FIRST_WAIT_S, LONGEST_WAIT_S = 5.0, 900.0
_SPACE = UUID("6f0f4b52-7d0c-4f2e-9a53-0f0a2c6f5d11")


class Channel(StrEnum):
    """Ways to tell a person something."""

    IN_APP = "in_app"
    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"


class NoticeType(StrEnum):
    """What people may be told of; each may be switched for each channel."""

    INFRACTION_DETECTED = "infraction_detected"
    INFRACTION_VALIDATED = "infraction_validated"
    INFRACTION_REJECTED = "infraction_rejected"
    INFRACTION_APPEALED = "infraction_appealed"
    INFRACTION_PAID = "infraction_paid"
    INFRACTION_CANCELLED = "infraction_cancelled"
    SECOND_REVIEW_DUE = "second_review_due"
    MODEL_DRIFTED = "model_drifted"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRule:
    """One row of the table. to: holders of this permission; reviewer: also who gave the verdict.

    infraction: whether it is about one, which must exist then.

    channels: those that are on until a person says otherwise. title, message: filled from the payload.
    """

    type: NoticeType
    topic: str
    to: Permission | None
    reviewer: bool = False
    infraction: bool = True
    priority: str = "normal"
    lasts: timedelta = timedelta(days=7)
    channels: frozenset[Channel] = frozenset({Channel.IN_APP})
    title: str
    message: str


_P, _N = Permission, NoticeType

RULES: Sequence[NoticeRule] = (
    # Off until asked for: the queue is live, and a thousand a day would bury the rest.
    NoticeRule(
        type=_N.INFRACTION_DETECTED,
        topic="infraction.created",
        to=_P.INFRACTIONS_REVIEW,
        priority="low",
        lasts=timedelta(days=1),
        channels=frozenset(),
        title="Infracción detectada: {code}",
        message="La cámara {camera} detectó una infracción que espera revisión.",
    ),
    NoticeRule(
        type=_N.INFRACTION_VALIDATED,
        topic="infraction.validated",
        to=_P.PAYMENTS_RECORD,
        priority="low",
        title="Infracción validada: {code}",
        message="La multa puede emitirse.",
    ),
    NoticeRule(
        type=_N.INFRACTION_REJECTED,
        topic="infraction.rejected",
        to=_P.APPEALS_RESOLVE,
        priority="low",
        title="Infracción rechazada: {code}",
        message="Un operador rechazó lo que detectó la cámara {camera}.",
    ),
    NoticeRule(
        type=_N.INFRACTION_APPEALED,
        topic="infraction.appealed",
        to=_P.APPEALS_RESOLVE,
        reviewer=True,
        priority="high",
        lasts=timedelta(days=30),
        channels=frozenset({Channel.IN_APP, Channel.EMAIL}),
        title="Apelación presentada: {code}",
        message="La infracción fue apelada y espera una resolución.",
    ),
    NoticeRule(
        type=_N.INFRACTION_PAID,
        topic="infraction.paid",
        to=None,
        reviewer=True,
        priority="low",
        title="Multa pagada: {code}",
        message="La multa de una infracción que usted validó fue pagada.",
    ),
    NoticeRule(
        type=_N.INFRACTION_CANCELLED,
        topic="infraction.cancelled",
        to=None,
        reviewer=True,
        title="Infracción anulada: {code}",
        message="Una infracción que usted validó fue anulada.",
    ),
    NoticeRule(
        type=_N.SECOND_REVIEW_DUE,
        topic="second_review.due",
        to=_P.INFRACTIONS_REVIEW,
        lasts=timedelta(days=3),
        title="Segunda revisión pendiente: {code}",
        message="Se pide el veredicto de otra persona sobre una infracción ya revisada.",
    ),
    NoticeRule(
        type=_N.MODEL_DRIFTED,
        topic="model.drifted",
        to=_P.MODELS_READ,
        infraction=False,
        lasts=timedelta(days=30),
        title="Deriva de un modelo: {model}",
        message="Lo que el modelo ve o dice ya no es como cuando se entrenó. Se propone {proposed}.",
    ),
)
TOPICS: Mapping[str, str] = {
    "infractions": "infraction.*",
    "second-reviews": "second_review.*",
    "models": "model.*",
}
"""Name of a subscription → the topics it takes; together they hold every topic of the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone who may be told. preferences: only what was switched by this person."""

    id: UUID
    role: str
    permissions: Sequence[str] = ()
    preferences: Mapping[tuple[str, str], bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message to one person. id: the same whenever the event is read again."""

    id: UUID
    user_id: UUID
    type: NoticeType
    title: str
    message: str
    priority: str
    infraction_id: UUID | None
    expires_at: datetime
    channels: Mapping[Channel, str]
    """Channel → its idempotency key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a channel carries. to: an address, a number or a name, as the channel needs it."""

    key: str
    to: str
    title: str
    text: str


class Sender(Protocol):
    """A channel that leaves the house."""

    def send(self, message: Message) -> None:
        """Return once it was taken over. Raises Unavailable to be tried again, BadInput never to be."""


def rule_of(topic: str) -> NoticeRule | None:
    """The table's row for a topic, None for events that nobody is told of."""
    return next((rule for rule in RULES if rule.topic == topic), None)


def notices(
    event: Event,
    people: Iterable[Person],
    *,
    happened_at: datetime,
    now: datetime,
    actor: UUID | None = None,
    reviewer: UUID | None = None,
) -> list[Notice]:
    """Whom to tell of an event, and how; nobody is told what they did themselves.

    Nothing for events without a rule and for those whose notice has already expired.
    """
    rule = rule_of(event.topic)
    if rule is None or happened_at + rule.lasts <= now:
        return []
    return [
        _notice(event, rule, person, channels, happened_at)
        for person in people
        if person.id != actor
        and _concerns(rule, person, reviewer)
        and (channels := channels_for(rule, person))
    ]


def channels_for(rule: NoticeRule, person: Person) -> list[Channel]:
    """The channels that are on for this person, in the order of Channel."""
    return [channel for channel in Channel if is_on(rule, channel, person.preferences)]


def is_on(rule: NoticeRule, channel: Channel, switched: Mapping[tuple[str, str], bool]) -> bool:
    """Whether a channel tells of it: as a person switched it, else as the table says."""
    return switched.get((rule.type, channel), channel in rule.channels)


def types_for(permissions: Iterable[Permission]) -> list[NoticeRule]:
    """The rules that may ever concern someone with these permissions."""
    held = frozenset(permissions)
    return [
        rule
        for rule in RULES
        if rule.to in held or (rule.reviewer and Permission.INFRACTIONS_REVIEW in held)
    ]


def infraction_of(payload: Mapping[str, Any]) -> UUID | None:
    """The infraction an event's payload names, None where it names none."""
    try:
        return UUID(str(payload.get("infraction_id")))
    except ValueError:
        return None


def delivery_key(event_id: UUID, user_id: UUID, channel: Channel) -> str:
    """One sending's idempotency key."""
    return f"{event_id}|{user_id}|{channel}"


def retry_wait_s(attempts: int) -> float:
    """Seconds until the next attempt after so many failed ones: doubling, up to a cap, until it expires."""
    return float(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(max(attempts, 1) - 1, 30)))


def _concerns(rule: NoticeRule, person: Person, reviewer: UUID | None) -> bool:
    held = allowed(person.role, person.permissions)
    # Whoever may not read notices or infractions any more is not told of them either.
    if not {Permission.NOTIFICATIONS_READ, Permission.INFRACTIONS_READ} <= held:
        return False
    return rule.to in held or (rule.reviewer and person.id == reviewer)


def _notice(
    event: Event,
    rule: NoticeRule,
    person: Person,
    channels: Sequence[Channel],
    happened_at: datetime,
) -> Notice:
    words = {
        "code": _word(event.payload, "infraction_code"),
        "camera": _word(event.payload, "camera_id"),
        "model": _word(event.payload, "model"),
        "proposed": _word(event.payload, "proposed"),
    }
    return Notice(
        id=uuid.uuid5(_SPACE, f"{event.event_id}|{person.id}"),
        user_id=person.id,
        type=rule.type,
        title=rule.title.format(**words),
        message=rule.message.format(**words),
        priority=rule.priority,
        infraction_id=infraction_of(event.payload),
        expires_at=happened_at + rule.lasts,
        channels={one: delivery_key(event.event_id, person.id, one) for one in channels},
    )


def _word(payload: Mapping[str, Any], name: str) -> str:
    return str(payload.get(name) or "–")[:50]
