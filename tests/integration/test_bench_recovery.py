"""What the recovery bench calls doubled."""

from __future__ import annotations

from sqlalchemy import Engine

from jobs.benches.recovery import doubled
from schema.heartbeats import Heartbeat, note_heartbeats
from schema.repositories import InfractionRepository
from schema.session import sessions
from schema.silent_cameras import note_silence
from tests.fixtures.rows import add_camera, new_evidence, new_infraction


def test_one_violation_under_two_names_is_doubled_and_word_of_a_silent_camera_is_not(
    database: Engine,
) -> None:
    add_camera(database)
    with sessions(database)() as session:
        saving = InfractionRepository(session)
        saving.save(new_infraction(), new_evidence())
        note_heartbeats(session, [Heartbeat(device_id="CAM001", status="active")])
        session.commit()
        assert note_silence(session, after_s=0.0) == ["CAM001"]
        assert doubled(session) == 0
        saving.save(new_infraction(track_id=8), new_evidence(bundle_id="CAM001-8"))
        assert doubled(session) == 2, "its row and its event"
