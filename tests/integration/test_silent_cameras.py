"""A camera that falls silent: one event for each silence, and people told in their language."""

from __future__ import annotations

import threading
import time

from sqlalchemy import Engine

from actors.notifier import Notifier
from adapters.settings import Settings
from jobs.notify import notifying
from schema.heartbeats import Heartbeat, note_heartbeats
from schema.session import sessions
from tests.fixtures.mail import mail_port, mail_server
from tests.fixtures.notices import rows, run_sql
from tests.fixtures.rows import add_camera

TOLD = "SELECT topic, payload->>'camera_id' FROM outbox ORDER BY sequence"
SILENT = "UPDATE devices SET last_heartbeat = last_heartbeat - INTERVAL '2 minutes'"
BOSSES = """INSERT INTO users (username, email, password_hash, role, metadata) VALUES
    ('jefa', 'jefa@muni.example', 'x', 'supervisor', NULL),
    ('boss', 'boss@muni.example', 'x', 'admin', '{"language": "en"}'),
    ('op', 'op@muni.example', 'x', 'operator', NULL)"""


def beat(database: Engine, status: str) -> None:
    with sessions(database)() as session:
        note_heartbeats(session, [Heartbeat(device_id="CAM001", status=status)])
        session.commit()


def test_one_silence_is_one_event_and_the_next_is_another(database: Engine) -> None:
    add_camera(database)
    beat(database, "active")
    beat(database, "offline")
    assert rows(database, TOLD) == [], "a camera that just reconnects is not told of"
    run_sql(database, SILENT)
    for _ in range(3):
        beat(database, "offline")
        beat(database, "error")
    watcher = Notifier(sessions(database), {}, name="n")
    assert watcher.watch() == 0
    assert rows(database, TOLD) == [("camera.offline", "CAM001")]
    kept = "SELECT event_type, event_category, device_id, severity, data->>'status' FROM events"
    assert rows(database, kept) == [("system", "camera_offline", "CAM001", "warning", "offline")]
    beat(database, "active")
    run_sql(database, SILENT)
    assert watcher.watch() == 1, "also when nobody runs the cameras any more"
    assert len(rows(database, TOLD)) == 2
    run_sql(database, "UPDATE devices SET status = 'maintenance'")
    run_sql(database, SILENT)
    assert watcher.watch() == 0


def test_two_that_look_at_once_tell_of_it_once(database: Engine) -> None:
    add_camera(database)
    beat(database, "active")
    run_sql(database, SILENT)
    watchers = [Notifier(sessions(database), {}, name=f"n{n}") for n in range(4)]
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda one=one: found.append(one.watch())) for one in watchers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [0, 0, 0, 1]
    assert len(rows(database, "SELECT id FROM events")) == 1


def test_beside_other_work_whoever_answers_for_cameras_gets_a_mail_in_their_language(
    database: Engine, database_url: str, tmp_path: object
) -> None:
    add_camera(database)
    run_sql(database, BOSSES)
    beat(database, "active")
    run_sql(database, SILENT)
    port = mail_port()
    settings = Settings(
        local_dir=tmp_path,  # type: ignore[arg-type]
        database_url=database_url,
        smtp_url=f"smtp://127.0.0.1:{port}?from=vigia@muni.example",
    )
    with mail_server(port) as server:
        with notifying(settings):
            deadline = time.monotonic() + 20
            while len(server.mails) < 2 and time.monotonic() < deadline:
                time.sleep(0.05)
        subjects = {to: mail["Subject"] for to, mail in server.mails}
    assert subjects == {
        "jefa@muni.example": "Cámara sin señal: CAM001",
        "boss@muni.example": "Camera offline: CAM001",
    }
    kept = "SELECT notification_type, infraction_id, COUNT(*) FROM notifications GROUP BY 1, 2"
    assert rows(database, kept) == [("camera_offline", None, 2)]
