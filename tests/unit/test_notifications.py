"""Who is told of what, how and until when: the table, pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from adapters.notify_apprise import AppriseSender
from adapters.notify_email import EmailSender
from adapters.settings import read_settings
from enforcement.errors import BadInput
from enforcement.events import Event, topic_fits
from enforcement.notice_rules import RULES, TOPICS, Channel, Language, NoticeType, language_of
from enforcement.notifications import (
    LONGEST_WAIT_S,
    Notice,
    Person,
    notices,
    retry_wait_s,
    types_for,
)
from enforcement.permissions import allowed

AT = datetime(2026, 3, 4, tzinfo=UTC)
OPERATOR, OTHER, BOSS, AUDITOR = (UUID(int=n) for n in (1, 2, 3, 4))
PEOPLE = [
    Person(id=OPERATOR, role="operator"),
    Person(id=OTHER, role="operator"),
    Person(id=BOSS, role="supervisor"),
    Person(id=AUDITOR, role="auditor"),
]


def event(topic: str) -> Event:
    payload = {
        "infraction_id": str(UUID(int=9)),
        "infraction_code": "INF-20260303-00001",
        "camera_id": "CAM001",
        "plate": "ABC-123",
        "model": "recidivism_xgboost",
        "proposed": "jobs.retrain_recidivism",
    }
    return Event(event_id=UUID(int=77), topic=topic, payload=payload)


def told(
    topic: str,
    people: list[Person] = PEOPLE,
    *,
    later: timedelta = timedelta(),
    actor: UUID | None = None,
    reviewer: UUID | None = None,
) -> dict[UUID, Notice]:
    made = notices(
        event(topic), people, happened_at=AT, now=AT + later, actor=actor, reviewer=reviewer
    )
    return {one.user_id: one for one in made}


@pytest.mark.parametrize(
    ("topic", "actor", "expected"),
    [
        ("infraction.created", None, set()),
        ("infraction.validated", OPERATOR, {BOSS}),
        ("infraction.rejected", OPERATOR, {BOSS}),
        ("infraction.appealed", OTHER, {OPERATOR, BOSS}),
        ("infraction.paid", BOSS, {OPERATOR}),
        ("infraction.cancelled", BOSS, {OPERATOR}),
        ("second_review.due", OPERATOR, {OTHER, BOSS}),
        ("infraction.pending", OPERATOR, set()),
        ("something.else", None, set()),
    ],
)
def test_an_event_tells_those_it_concerns_and_never_who_did_it(
    topic: str, actor: UUID | None, expected: set[UUID]
) -> None:
    assert set(told(topic, actor=actor, reviewer=OPERATOR)) == expected


def test_preferences_switch_single_channels_on_and_off() -> None:
    asked = {
        (NoticeType.INFRACTION_APPEALED.value, "in_app"): False,
        (NoticeType.INFRACTION_APPEALED.value, "sms"): True,
        (NoticeType.INFRACTION_DETECTED.value, "push"): True,
    }
    people = [Person(id=BOSS, role="supervisor", preferences=asked)]
    assert set(told("infraction.appealed", people)[BOSS].channels) == {Channel.EMAIL, Channel.SMS}
    assert set(told("infraction.created", people)[BOSS].channels) == {Channel.PUSH}
    off = {(NoticeType.INFRACTION_VALIDATED.value, "in_app"): False}
    assert told("infraction.validated", [Person(id=BOSS, role="admin", preferences=off)]) == {}


def test_what_has_expired_tells_nobody() -> None:
    assert told("second_review.due", later=timedelta(days=2, hours=23))
    assert not told("second_review.due", later=timedelta(days=3))


def test_one_event_read_twice_makes_the_same_notices_under_the_same_keys() -> None:
    first, second = told("infraction.appealed"), told("infraction.appealed")
    assert first == second
    notice = first[BOSS]
    assert notice.channels[Channel.EMAIL] == f"{UUID(int=77)}|{BOSS}|email"
    assert len({one.id for one in told("second_review.due").values()}) == 3


def test_no_text_holds_a_plate_and_every_text_is_filled_in_each_language() -> None:
    for rule in RULES:
        asked = {(rule.type.value, "in_app"): True}
        texts = set()
        for language in Language:
            people = [Person(id=BOSS, role="admin", preferences=asked, language=language)]
            text = "".join(
                one.title + one.message for one in told(rule.topic, people, reviewer=BOSS).values()
            )
            about = {"camera": "CAM001", "model": "recidivism_xgboost"}
            assert about.get(rule.topic.split(".")[0], "INF-20260303-00001") in text
            assert "ABC-123" not in text
            assert "{" not in text
            texts.add(text)
        assert len(texts) == len(Language), f"{rule.topic}: said alike in two languages"


def test_a_silent_camera_is_told_to_who_answers_for_cameras_by_the_clock_of_lima() -> None:
    silent = Event(
        event_id=UUID(int=78),
        topic="camera.offline",
        payload={"camera_id": "CAM001", "since": "2026-03-04T02:05:09.5+00:00"},
    )
    people = [*PEOPLE[:3], Person(id=AUDITOR, role="admin", language=Language.ENGLISH)]
    made = {one.user_id: one for one in notices(silent, people, happened_at=AT, now=AT)}
    assert set(made) == {BOSS, AUDITOR}
    assert made[BOSS].message == "La cámara CAM001 no da señal desde 2026-03-03 21:05."
    assert made[AUDITOR].title == "Camera offline: CAM001"
    assert set(made[BOSS].channels) == {Channel.IN_APP, Channel.EMAIL}
    assert made[BOSS].infraction_id is None


@pytest.mark.parametrize(
    ("code", "language"), [("en", "en"), ("es", "es"), (None, "es"), ("qu", "es")]
)
def test_who_chose_no_language_of_ours_is_told_in_spanish(code: str | None, language: str) -> None:
    assert language_of(code) == language


def test_the_subscriptions_take_every_topic_of_the_table() -> None:
    for rule in RULES:
        assert sum(topic_fits(pattern, rule.topic) for pattern in TOPICS.values()) == 1


def test_an_auditor_is_offered_models_alone_and_an_operator_only_what_may_concern_one() -> None:
    offered = {rule.type for rule in types_for(allowed("auditor"))}
    assert offered == {NoticeType.MODEL_DRIFTED}
    offered = {rule.type for rule in types_for(allowed("operator"))}
    assert NoticeType.INFRACTION_VALIDATED not in offered
    assert NoticeType.INFRACTION_PAID in offered
    assert len(types_for(allowed("admin"))) == len(RULES)


def test_the_wait_doubles_up_to_its_cap_and_never_overflows() -> None:
    assert [retry_wait_s(n) for n in (1, 2, 3)] == [5.0, 10.0, 20.0]
    assert retry_wait_s(10_000) == LONGEST_WAIT_S


@pytest.mark.parametrize("url", ["nonsense://SECRET/{to}", "json://SECRET.example"])
def test_a_wrong_apprise_url_is_one_line_without_its_secret(url: str) -> None:
    with pytest.raises(BadInput, match="VIGIA_NOTIFY_SMS_URL") as refused:
        AppriseSender("VIGIA_NOTIFY_SMS_URL", url)
    assert "SECRET" not in str(refused.value)


def test_a_mail_url_without_a_host_is_refused() -> None:
    with pytest.raises(BadInput, match="VIGIA_SMTP_URL"):
        EmailSender("smtp://")


def test_settings_show_which_channels_are_set_and_never_their_secrets() -> None:
    settings = read_settings({"VIGIA_NOTIFY_SMS_URL": "twilio://SECRET@x/{to}"})
    assert settings.notify_sms_url == "twilio://SECRET@x/{to}"
    assert "notify_sms_url" in repr(settings)
    assert "SECRET" not in repr(settings)
