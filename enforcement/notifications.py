"""Who is told of an event, in which words and through which channels, and when a sending is tried again.

What there is to tell is enforcement/notice_rules'. It must not know how anything is kept or sent.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from enforcement.events import Event
from enforcement.notice_rules import RULES, Channel, Language, NoticeRule, NoticeType
from enforcement.permissions import Permission, allowed

_LIMA = ZoneInfo("America/Lima")
FIRST_WAIT_S, LONGEST_WAIT_S = 5.0, 900.0
_SPACE = UUID("6f0f4b52-7d0c-4f2e-9a53-0f0a2c6f5d11")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone who may be told. preferences: only what was switched by this person."""

    id: UUID
    role: str
    permissions: Sequence[str] = ()
    preferences: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    language: Language = Language.SPANISH


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
    # Whoever may not read notices, or what they are about, any more is not told of it either.
    if not {Permission.NOTIFICATIONS_READ, rule.reads} <= held:
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
        "since": _moment(event.payload.get("since")),
        "model": _word(event.payload, "model"),
        "proposed": _word(event.payload, "proposed"),
    }
    said = rule.words[person.language]
    return Notice(
        id=uuid.uuid5(_SPACE, f"{event.event_id}|{person.id}"),
        user_id=person.id,
        type=rule.type,
        title=said.title.format(**words),
        message=said.message.format(**words),
        priority=rule.priority,
        infraction_id=infraction_of(event.payload),
        expires_at=happened_at + rule.lasts,
        channels={one: delivery_key(event.event_id, person.id, one) for one in channels},
    )


def _moment(since: Any) -> str:
    """An instant of the payload by the clock of Lima, where this law is."""
    try:
        return datetime.fromisoformat(str(since)).astimezone(_LIMA).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return "–"


def _word(payload: Mapping[str, Any], name: str) -> str:
    return str(payload.get(name) or "–")[:50]
