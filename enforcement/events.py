"""What has happened, told to whoever subscribed: past tense, small, without pictures or plates.

It must not know how an event is kept or carried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. event_id: the same at every delivery, so that a receiver can drop doubles.

    topic: dotted words, for instance `infraction.created`.
    """

    event_id: UUID
    topic: str
    payload: Mapping[str, Any]


Handler = Callable[[Event], None]


class MessageBus(Protocol):
    """Carries events to subscribers, at least once each."""

    def ready(self) -> None:
        """Raise Unavailable when nothing can be published now."""

    def publish(self, event: Event) -> None:
        """Return once the event is taken over for good. Raises Unavailable when it is not."""

    def subscribe(self, name: str, pattern: str, handler: Handler) -> None:
        """Have events whose topic fits pattern (`*` one word, `#` any) handed to handler.

        A handler that raises has not taken the event: it is delivered again. One event id reaches
        a handler once, as long as the id is remembered.
        """

    def pump(self, seconds: float) -> int:
        """Hand over what has arrived, waiting for it so long; returns how many were handled."""

    def close(self) -> None:
        """Let go of the carrier."""


def topic_fits(pattern: str, topic: str) -> bool:
    """Whether a topic fits a pattern of dotted words: `*` is one word, `#` is any number of them."""
    return _fits(pattern.split("."), topic.split("."))


def _fits(pattern: list[str], words: list[str]) -> bool:
    if not pattern:
        return not words
    if pattern[0] == "#":
        return any(_fits(pattern[1:], words[n:]) for n in range(len(words) + 1))
    return bool(words) and pattern[0] in ("*", words[0]) and _fits(pattern[1:], words[1:])
