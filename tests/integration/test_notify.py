"""From an event to a mailbox, over a real database, a real SMTP conversation and a real broker."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from actors.notifier import Notifier
from adapters.message_bus import AmqpBus
from adapters.notify_apprise import AppriseSender
from adapters.notify_email import EmailSender
from enforcement.events import Event
from enforcement.notice_rules import Channel
from enforcement.notifications import Sender
from jobs import cli
from jobs.notify import Notifying, main
from schema.session import sessions
from tests.fixtures.mail import mail_port, mail_server
from tests.fixtures.notices import appeal, make_due, rows, run_sql


@pytest.fixture
def appealed(database: Engine, database_url: str) -> dict[str, UUID]:
    """See appeal."""
    return appeal(database, database_url)


def notifier(database: Engine, senders: dict[Channel, Sender], name: str = "n1") -> Notifier:
    return Notifier(sessions(database), senders, name=name)


STATES = "SELECT channel, state, COUNT(*) FROM notification_deliveries GROUP BY 1, 2 ORDER BY 1, 2"
TOLD = """
SELECT n.notification_type, u.username FROM notifications AS n JOIN users AS u ON u.id = n.user_id
ORDER BY 1, 2
"""


def test_everything_that_waited_for_a_mail_server_is_delivered_once_when_it_is_back(
    database: Engine, appealed: dict[str, UUID]
) -> None:
    port = mail_port()
    one = notifier(database, {Channel.EMAIL: EmailSender(f"smtp://127.0.0.1:{port}?from=v@m.pe")})
    assert one.from_outbox() == 3
    assert one.deliver() == 0
    assert "no mail server" in one.troubles[Channel.EMAIL]
    assert ("email", "pending", 2) in rows(database, STATES)
    with mail_server(port) as server:
        assert one.deliver() == 0, "a server that is down is not hammered"
        make_due(database)
        assert one.deliver() == 2
        make_due(database)
        assert one.deliver() == 0
        taken = sorted(address for address, _ in server.mails)
        mail = server.mails[0][1]
    assert taken == ["ana@muni.example", "boss@muni.example"]
    assert mail["From"] == "v@m.pe"
    assert mail["Subject"].startswith("Apelación presentada: ")
    assert "apelada" in mail.get_content()
    assert one.troubles == {}
    assert ("email", "sent", 2) in rows(database, STATES)
    sent = "SELECT COUNT(*) FROM notifications WHERE email_sent AND email_sent_at IS NOT NULL"
    assert rows(database, sent) == [(2,)]


def test_each_is_told_what_concerns_them_and_the_same_event_twice_tells_once(
    database: Engine, appealed: dict[str, UUID]
) -> None:
    one = notifier(database, {})
    one.from_outbox()
    expected = [
        ("infraction_appealed", "ana"),
        ("infraction_appealed", "boss"),
        ("infraction_validated", "boss"),
        ("second_review_due", "boss"),
        ("second_review_due", "luis"),
    ]
    assert [tuple(row) for row in rows(database, TOLD)] == expected
    events = rows(database, "SELECT event_id, topic, payload FROM outbox")
    for event_id, topic, payload in events:
        one.handle(Event(event_id=event_id, topic=topic, payload=payload))
    # Even where what was consumed has been forgotten, the keys keep notices single.
    run_sql(database, "DELETE FROM consumed_events")
    assert notifier(database, {}, "n2").from_outbox() == 3
    assert [tuple(row) for row in rows(database, TOLD)] == expected
    assert rows(database, STATES) == [("email", "pending", 2), ("in_app", "sent", 5)]


def test_several_senders_at_once_send_everything_once(
    database: Engine, appealed: dict[str, UUID]
) -> None:
    port = mail_port()
    with mail_server(port) as server:
        senders: dict[Channel, Sender] = {Channel.EMAIL: EmailSender(f"smtp://127.0.0.1:{port}")}

        def work(number: int) -> None:
            mine = notifier(database, senders, f"n{number}")
            for _ in range(3):
                mine.from_outbox()
                mine.deliver()

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(rows(database, TOLD)) == 5
        assert len(server.mails) == len({address for address, _ in server.mails}) == 2


def test_what_expired_while_the_channel_was_down_is_not_sent(
    database: Engine, appealed: dict[str, UUID]
) -> None:
    port = mail_port()
    one = notifier(database, {Channel.EMAIL: EmailSender(f"smtp://127.0.0.1:{port}")})
    one.from_outbox()
    one.deliver()
    run_sql(
        database, "UPDATE notifications SET expires_at = CURRENT_TIMESTAMP - INTERVAL '1 second'"
    )
    make_due(database)
    with mail_server(port) as server:
        assert one.deliver() == 0
        assert server.mails == []
    assert ("email", "expired", 2) in rows(database, STATES)


def test_an_address_refused_for_good_is_not_tried_again_and_holds_up_nobody(
    database: Engine, appealed: dict[str, UUID]
) -> None:
    port = mail_port()
    one = notifier(database, {Channel.EMAIL: EmailSender(f"smtp://127.0.0.1:{port}")})
    one.from_outbox()
    with mail_server(port) as server:
        server.refused = {"ana@muni.example": 550}
        assert one.deliver() == 1
        make_due(database)
        assert one.deliver() == 0
        assert [address for address, _ in server.mails] == ["boss@muni.example"]
    failed = rows(database, "SELECT last_error FROM notification_deliveries WHERE state = 'failed'")
    assert failed == [("e-mail: the server refused the address (550)",)]


def test_a_password_is_never_sent_to_a_server_without_tls(
    database: Engine, appealed: dict[str, UUID]
) -> None:
    port = mail_port()
    one = notifier(database, {Channel.EMAIL: EmailSender(f"smtp://u:SECRET@127.0.0.1:{port}")})
    one.from_outbox()
    with mail_server(port) as server:
        assert one.deliver() == 0
        assert server.mails == []
    assert "no TLS" in one.troubles[Channel.EMAIL]
    assert "SECRET" not in str(rows(database, "SELECT last_error FROM notification_deliveries"))


@pytest.fixture
def web_hook() -> Iterator[tuple[int, list[tuple[str, Any]], list[int]]]:
    """A service that Apprise posts to: port, what came, and what it answers next."""
    came: list[tuple[str, Any]] = []
    answers: list[int] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = answers.pop(0) if answers else 200
            if status == 200:
                came.append((self.path, json.loads(body)))
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - inherited
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server.server_port, came, answers
    server.shutdown()
    server.server_close()
    thread.join()


def test_sms_and_push_go_through_apprise_to_each_persons_own_address(
    database: Engine,
    appealed: dict[str, UUID],
    web_hook: tuple[int, list[tuple[str, Any]], list[int]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    port, came, answers = web_hook
    run_sql(
        database,
        "INSERT INTO notification_preferences (user_id, notification_type, channel, enabled)"
        " SELECT id, 'infraction_appealed', channel, TRUE FROM users, (VALUES ('sms'), ('push'))"
        " AS c(channel) WHERE username = 'ana'",
    )
    base = f"json://user:SECRET@127.0.0.1:{port}"
    senders: dict[Channel, Sender] = {
        Channel.SMS: AppriseSender("VIGIA_NOTIFY_SMS_URL", f"{base}/sms/{{to}}"),
        Channel.PUSH: AppriseSender("VIGIA_NOTIFY_PUSH_URL", f"{base}/push/{{to}}"),
    }
    one = notifier(database, senders)
    one.from_outbox()
    answers.append(503)
    assert one.deliver() == 1
    assert "VIGIA_NOTIFY_SMS_URL" in one.troubles[Channel.SMS]
    make_due(database)
    assert one.deliver() == 1
    assert [path.rstrip("/") for path, _ in came] == ["/push/ana", "/sms/+519991"]
    assert came[0][1]["title"].startswith("Apelación presentada")
    assert "SECRET" not in caplog.text
    assert "127.0.0.1" not in caplog.text


def test_events_come_through_rabbitmq_once(
    database: Engine, appealed: dict[str, UUID], amqp_url: str
) -> None:
    bus = AmqpBus(amqp_url)
    try:
        service = Notifying(sessions(database), {}, bus)
        service.once()
        assert service.result()["troubles"] == {}
        # What a relay that died after sending would do.
        run_sql(database, "UPDATE outbox SET delivered_at = NULL, next_attempt_at = now()")
        again = Notifying(sessions(database), {}, bus)
        again.once()
    finally:
        bus.close()
    assert len(rows(database, TOLD)) == 5
    assert again.notifier.written == 0


def test_a_broker_that_is_down_is_said_and_loses_nothing(
    database: Engine, appealed: dict[str, UUID]
) -> None:
    bus = AmqpBus(f"amqp://guest:guest@127.0.0.1:{mail_port()}/%2F")
    service = Notifying(sessions(database), {}, bus)
    assert service.step(0.1) == 0
    assert "VIGIA_AMQP_URL" in str(service.result()["troubles"])
    assert rows(database, "SELECT COUNT(*) FROM outbox WHERE delivered_at IS NULL") == [(3,)]


def test_the_command_does_what_is_due_and_says_what_it_could_not(
    database_url: str,
    database: Engine,
    appealed: dict[str, UUID],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    port = mail_port()
    monkeypatch.delenv("VIGIA_AMQP_URL", raising=False)
    monkeypatch.setenv("VIGIA_SMTP_URL", f"smtp://127.0.0.1:{port}")
    given = ["--once", "--database-url", database_url]
    assert cli.run(main, "notify", given) == cli.NO
    said = json.loads(capsys.readouterr().out)
    assert (said["events"], said["written"], said["sent"]) == (3, 5, 0)
    assert said["waiting"] == {"email": 2}
    assert "no mail server" in said["troubles"]["email"]
    make_due(database)
    with mail_server(port):
        assert cli.run(main, "notify", given) == cli.DONE
    assert json.loads(capsys.readouterr().out)["sent"] == 2
    monkeypatch.setenv("VIGIA_NOTIFY_SMS_URL", "nonsense")
    assert cli.run(main, "notify", given) == cli.BAD_INPUT
