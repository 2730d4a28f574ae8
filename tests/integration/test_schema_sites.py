"""Sites as rows: what a site file says comes back the same, and contradictions are not kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine, text

from enforcement.errors import BadInput, BadSite
from enforcement.scene import Scene
from schema.credentials import address_with_credentials, save_credentials
from schema.device_reports import DeviceReport, save_report
from schema.scenes import WantedCamera, save_site, wanted_cameras
from schema.session import sessions
from schema.site_rows import digest_of
from schema.unit_of_work import UnitOfWork
from tests.fixtures.rows import new_evidence, new_infraction

SITE: dict[str, Any] = {
    "camera": {
        "id": "CAM001",
        "serial": "SN-1",
        "certificate": "CERT-9",
        "location": [-12.087, -77.03175],
    },
    "zone": {
        "id": "ZN001",
        "name": "Av. Javier Prado Este",
        "speed_limit_kmh": 60,
        "limit_source": "DS 025-2021-MTC",
        "timezone": "America/Lima",
    },
    "calibration": {
        "points": [
            {"image": [100.0, 650.0], "world_m": [0.0, 0.0]},
            {"image": [1150.0, 640.0], "world_m": [12.0, 0.0]},
            {"image": [760.0, 220.0], "world_m": [12.0, 50.0]},
            {"image": [480.0, 225.0], "world_m": [0.0, 50.0]},
        ],
    },
    "measurement_zone": [[200, 600], [1100, 600], [800, 250], [450, 250]],
    "lanes": [
        {"id": "1", "type": "normal", "polygon": [[0, 700], [500, 700], [500, 200]]},
        {
            "id": "2",
            "type": "exclusive_bus",
            "polygon": [[500, 700], [900, 700], [600, 200]],
            "heading_deg": 90,
        },
    ],
    "stop_line": [[100, 500], [900, 500]],
    "signals": [{"id": "S1", "lamps": {"red": [10, 10, 8, 8]}, "heading_deg": 90}],
    "grace_seconds": 0.3,
}
SOURCE = "rtsp://192.0.2.10:554/h264/ch1/main/av_stream"


def save(engine: Engine, site: dict[str, Any], source: str | None = SOURCE) -> None:
    with sessions(engine).begin() as session:
        save_site(session, site, source=source)


def wanted(engine: Engine) -> list[WantedCamera]:
    with sessions(engine)() as session:
        return wanted_cameras(session)


def test_a_site_comes_back_from_its_rows_as_it_was(database: Engine) -> None:
    save(database, SITE)
    (camera,) = wanted(database)
    assert camera.site == SITE
    assert camera.source == SOURCE
    scene = Scene.from_mapping(camera.site)
    assert scene.road is not None
    assert [lane.type for lane in scene.lanes] == ["normal", "exclusive_bus"]


def test_saving_twice_is_saving_once_and_keeps_the_revision(database: Engine) -> None:
    save(database, SITE)
    first = wanted(database)
    save(database, SITE)
    assert wanted(database) == first
    with database.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM calibrations")).scalar_one() == 1


def test_a_changed_site_has_another_revision_and_keeps_the_old_calibration(
    database: Engine,
) -> None:
    save(database, SITE)
    before = wanted(database)[0].revision
    points = [
        {**point, "world_m": [point["world_m"][0], point["world_m"][1] * 1.01]}
        for point in SITE["calibration"]["points"]
    ]
    save(database, {**SITE, "calibration": {"points": points}}, source=None)
    assert wanted(database)[0].revision != before
    assert wanted(database)[0].source == SOURCE
    with database.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM calibrations")).scalar_one() == 2


def test_the_stored_matrix_takes_pixels_to_metres(database: Engine) -> None:
    save(database, SITE)
    with database.connect() as connection:
        matrix = connection.execute(text("SELECT calibration_matrix FROM devices")).scalar_one()
    x, y, w = np.array(matrix["H"]) @ [1150.0, 640.0, 1.0]
    assert (x / w, y / w) == pytest.approx((12.0, 0.0), abs=0.2)
    assert matrix["reference_points"][1] == {"image": [1150.0, 640.0], "world": [12.0, 0.0]}


def test_evidence_of_a_camera_points_at_the_calibration_it_measured_with(database: Engine) -> None:
    save(database, {**SITE, "calibration": {**SITE["calibration"], "held_out": None}})
    digest = digest_of(wanted(database)[0].site["calibration"])
    with UnitOfWork(sessions(database)) as work:
        work.infractions.save(new_infraction(), new_evidence(calibration_digest=digest))
        work.commit()
    with database.connect() as connection:
        named, kept = connection.execute(
            text("SELECT e.calibration_id, c.id FROM evidence AS e, calibrations AS c")
        ).one()
    assert named == kept


def test_two_cameras_of_one_zone_keep_their_own_view(database: Engine) -> None:
    save(database, SITE)
    other = {
        "camera": {"id": "CAM002"},
        "zone": SITE["zone"],
        "lanes": [{"id": "1", "type": "normal", "polygon": [[0, 0], [9, 0], [9, 9]]}],
    }
    save(database, other, "recordings/avenue.mp4")
    first, second = wanted(database)
    assert first.site == SITE
    assert second.site == other
    assert second.source == "recordings/avenue.mp4"


def test_a_part_taken_out_of_the_site_is_taken_out_of_the_rows(database: Engine) -> None:
    save(database, SITE)
    zone = {name: SITE["zone"][name] for name in ("id", "name", "timezone")}
    bare = {"camera": {"id": "CAM001"}, "zone": zone}
    save(database, bare)
    assert wanted(database)[0].site == bare


def test_a_camera_put_aside_is_not_wanted(database: Engine) -> None:
    save(database, SITE)
    for status, expected in (("maintenance", 0), ("offline", 1), ("inactive", 0), ("error", 1)):
        with database.begin() as connection:
            connection.execute(text("UPDATE devices SET status = :s"), {"s": status})
        assert len(wanted(database)) == expected, status
    with database.begin() as connection:
        connection.execute(text("UPDATE zones SET is_active = false"))
    assert wanted(database) == []


def test_a_report_is_kept_on_the_cameras_row_and_does_not_bring_it_back(database: Engine) -> None:
    save(database, SITE)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    report = DeviceReport(
        device_id="CAM001", at=at, status="error", fps=24.9, latency_ms=40.0, detections=5
    )
    for _ in range(2):
        with sessions(database).begin() as session:
            assert save_report(session, report)
    sql = text("SELECT status, last_heartbeat, current_fps, total_detections FROM devices")
    with database.begin() as connection:
        assert tuple(connection.execute(sql).one()) == ("error", at, 24.9, 10)
        connection.execute(text("UPDATE devices SET status = 'maintenance'"))
    with sessions(database).begin() as session:
        save_report(session, report)
        assert not save_report(session, replace(report, device_id="NOBODY"))
    with database.connect() as connection:
        assert connection.execute(sql).one().status == "maintenance"


@pytest.mark.parametrize(
    ("change", "culprit"),
    [
        # Whole km/h only: a limit of 59.5 stands on no sign.
        ({"zone": {"id": "Z", "speed_limit_kmh": 59.5}}, "zone.speed_limit_kmh"),
        ({"lanes": [{"id": "1", "polygon": [[0, 0], [9, 9], [9, 0], [0, 9]]}]}, "lane 1"),
    ],
)
def test_a_site_the_rows_cannot_hold_is_refused_and_leaves_nothing(
    database: Engine, change: dict[str, Any], culprit: str
) -> None:
    with pytest.raises(BadSite, match=culprit):
        save(database, {**SITE, **change})
    with database.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM zones")).scalar_one() == 0


def test_a_password_in_the_address_is_refused(database: Engine) -> None:
    with pytest.raises(BadSite, match="apart"):
        save(database, SITE, "rtsp://admin:secret@192.0.2.10/h264")


def test_a_camera_password_is_opened_by_its_key_only(database: Engine) -> None:
    save(database, SITE)
    key, other = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    with sessions(database).begin() as session:
        save_credentials(session, "CAM001", username="admin", password="a/b@c", key=key)
        save_credentials(session, "CAM001", username="admin", password="p@ss/1", key=key)
    with sessions(database)() as session:
        url = address_with_credentials(session, "CAM001", SOURCE, key=key)
        assert url == SOURCE.replace("rtsp://", "rtsp://admin:p%40ss%2F1@")
        for bad in (other, None, "short"):
            with pytest.raises(BadInput, match="VIGIA_SECRET_KEY"):
                address_with_credentials(session, "CAM001", SOURCE, key=bad)
        assert address_with_credentials(session, "CAM404", SOURCE, key=None) == SOURCE
    with database.connect() as connection:
        stored = connection.execute(text("SELECT password_encrypted FROM camera_credentials"))
        assert b"p@ss" not in bytes(stored.scalar_one())


def test_an_encrypted_stream_is_kept_as_an_address_and_its_password_refused_too(
    database: Engine,
) -> None:
    save(database, SITE, "rtsps://192.0.2.10/h264")
    (camera,) = wanted(database)
    assert camera.source == "rtsps://192.0.2.10/h264"
    with pytest.raises(BadSite, match="apart"):
        save(database, SITE, "rtsps://admin:secret@192.0.2.10/h264")
