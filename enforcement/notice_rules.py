"""The table of notices: which event tells whom what, through which channels, in which words, until when.

Texts hold no plate and no name: they travel by mail and telephone. It must not know people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from enforcement.permissions import Permission


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
    CAMERA_OFFLINE = "camera_offline"
    MODEL_DRIFTED = "model_drifted"


class Language(StrEnum):
    """What notices are written in."""

    SPANISH = "es"
    ENGLISH = "en"


def language_of(text: str | None) -> Language:
    """The language that a code names; Spanish for none and for any other."""
    return Language(text) if text in set(Language) else Language.SPANISH


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A notice's text, filled from the event's payload: {code}, {camera}, {since}, {model}, {proposed}."""

    title: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRule:
    """One row of the table. to: holders of this permission; reviewer: also who gave the verdict.

    channels: those that are on until a person says otherwise. reads: what a person must be able to read to
    be told of it at all; with INFRACTIONS_READ, the event must name an infraction.
    """

    type: NoticeType
    topic: str
    to: Permission | None
    reviewer: bool = False
    priority: str = "normal"
    lasts: timedelta = timedelta(days=7)
    channels: frozenset[Channel] = frozenset({Channel.IN_APP})
    words: Mapping[Language, Words]
    reads: Permission = Permission.INFRACTIONS_READ


_P, _N = Permission, NoticeType
_ES, _EN = Language.SPANISH, Language.ENGLISH

RULES: Sequence[NoticeRule] = (
    # Off until asked for: the queue is live, and a thousand a day would bury the rest.
    NoticeRule(
        type=_N.INFRACTION_DETECTED,
        topic="infraction.created",
        to=_P.INFRACTIONS_REVIEW,
        priority="low",
        lasts=timedelta(days=1),
        channels=frozenset(),
        words={
            _ES: Words(
                title="Infracción detectada: {code}",
                message="La cámara {camera} detectó una infracción que espera revisión.",
            ),
            _EN: Words(
                title="Infraction detected: {code}",
                message="Camera {camera} detected an infraction that waits for review.",
            ),
        },
    ),
    NoticeRule(
        type=_N.INFRACTION_VALIDATED,
        topic="infraction.validated",
        to=_P.PAYMENTS_RECORD,
        priority="low",
        words={
            _ES: Words(title="Infracción validada: {code}", message="La multa puede emitirse."),
            _EN: Words(title="Infraction validated: {code}", message="The fine can be issued."),
        },
    ),
    NoticeRule(
        type=_N.INFRACTION_REJECTED,
        topic="infraction.rejected",
        to=_P.APPEALS_RESOLVE,
        priority="low",
        words={
            _ES: Words(
                title="Infracción rechazada: {code}",
                message="Un operador rechazó lo que detectó la cámara {camera}.",
            ),
            _EN: Words(
                title="Infraction rejected: {code}",
                message="An operator rejected what camera {camera} detected.",
            ),
        },
    ),
    NoticeRule(
        type=_N.INFRACTION_APPEALED,
        topic="infraction.appealed",
        to=_P.APPEALS_RESOLVE,
        reviewer=True,
        priority="high",
        lasts=timedelta(days=30),
        channels=frozenset({Channel.IN_APP, Channel.EMAIL}),
        words={
            _ES: Words(
                title="Apelación presentada: {code}",
                message="La infracción fue apelada y espera una resolución.",
            ),
            _EN: Words(
                title="Appeal filed: {code}",
                message="The infraction was appealed and waits for a resolution.",
            ),
        },
    ),
    NoticeRule(
        type=_N.INFRACTION_PAID,
        topic="infraction.paid",
        to=None,
        reviewer=True,
        priority="low",
        words={
            _ES: Words(
                title="Multa pagada: {code}",
                message="La multa de una infracción que usted validó fue pagada.",
            ),
            _EN: Words(
                title="Fine paid: {code}",
                message="The fine of an infraction that you validated was paid.",
            ),
        },
    ),
    NoticeRule(
        type=_N.INFRACTION_CANCELLED,
        topic="infraction.cancelled",
        to=None,
        reviewer=True,
        words={
            _ES: Words(
                title="Infracción anulada: {code}",
                message="Una infracción que usted validó fue anulada.",
            ),
            _EN: Words(
                title="Infraction cancelled: {code}",
                message="An infraction that you validated was cancelled.",
            ),
        },
    ),
    NoticeRule(
        type=_N.SECOND_REVIEW_DUE,
        topic="second_review.due",
        to=_P.INFRACTIONS_REVIEW,
        lasts=timedelta(days=3),
        words={
            _ES: Words(
                title="Segunda revisión pendiente: {code}",
                message="Se pide el veredicto de otra persona sobre una infracción ya revisada.",
            ),
            _EN: Words(
                title="Second review due: {code}",
                message="Another person's verdict is asked for on an infraction already reviewed.",
            ),
        },
    ),
    NoticeRule(
        type=_N.CAMERA_OFFLINE,
        topic="camera.offline",
        to=_P.DEVICES_MANAGE,
        reads=_P.DEVICES_READ,
        priority="high",
        lasts=timedelta(days=1),
        channels=frozenset({Channel.IN_APP, Channel.EMAIL}),
        words={
            _ES: Words(
                title="Cámara sin señal: {camera}",
                message="La cámara {camera} no da señal desde {since}.",
            ),
            _EN: Words(
                title="Camera offline: {camera}",
                message="Camera {camera} has not been heard since {since}.",
            ),
        },
    ),
    NoticeRule(
        type=_N.MODEL_DRIFTED,
        topic="model.drifted",
        to=_P.MODELS_READ,
        reads=_P.MODELS_READ,
        lasts=timedelta(days=30),
        words={
            _ES: Words(
                title="Deriva de un modelo: {model}",
                message="Lo que el modelo ve o dice ya no es como cuando se entrenó. Se propone {proposed}.",
            ),
            _EN: Words(
                title="A model has drifted: {model}",
                message="What the model sees or says is no longer as in training. Proposed: {proposed}.",
            ),
        },
    ),
)
TOPICS: Mapping[str, str] = {
    "infractions": "infraction.*",
    "second-reviews": "second_review.*",
    "cameras": "camera.*",
    "models": "model.*",
}
"""Name of a subscription → the topics it takes; together they hold every topic of the table."""
