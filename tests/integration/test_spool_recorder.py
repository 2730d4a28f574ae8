"""From the spool to store and database: each bundle once, whatever is down and whoever is killed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from actors.infraction_rows import saver
from actors.recorder import Recorder, StoredBundle
from adapters.evidence_folder import EvidenceFolder
from adapters.evidence_store import FolderStore
from adapters.settings import Settings
from adapters.signing import SigningKey, open_signing_key
from adapters.spool import Spool
from enforcement.errors import BadInput, EvidenceBroken, Unavailable
from schema.session import open_engine, sessions
from tests.fixtures import evidence as case
from tests.fixtures.rows import add_camera
from tests.fixtures.services import free_port


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return open_signing_key(Settings(local_dir=tmp_path))


@pytest.fixture
def spool(tmp_path: Path, key: SigningKey) -> Spool:
    return Spool(tmp_path / "spool", key)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "store")


def recorder(spool: Spool, store: Any, save: Any, key: SigningKey, now: list[float]) -> Recorder:
    return Recorder(spool=spool, store=store, save=save, trusted=[key.public], clock=lambda: now[0])


def rows(database: Engine, query: str) -> list[Any]:
    with database.connect() as connection:
        return list(connection.execute(text(query)))


def test_a_bundle_becomes_one_infraction_with_vehicle_evidence_and_event(
    spool: Spool, store: FolderStore, key: SigningKey, database: Engine
) -> None:
    add_camera(database)
    sealed = spool.seal(case.draft(), case.MEDIA | {"plate.jpg": b"jpg"})
    worker = recorder(spool, store, saver(sessions(database)), key, [0.0])
    assert worker.step() == 1
    (row,) = rows(
        database,
        "SELECT i.type, i.plate, i.detected_at::text, i.video_url, i.plate_crop_url, i.track_id,"
        " i.idempotency_key, e.bundle_id, e.manifest_digest, e.sizes, e.device_serial, o.topic"
        " FROM infractions i JOIN evidence e ON e.infraction_id = i.id"
        " JOIN outbox o ON o.idempotency_key = i.idempotency_key JOIN vehicles USING (plate)",
    )
    assert row.type == "SPEED_VIOLATION"
    assert row.plate == "ABC-123"
    assert row.detected_at == "2026-03-04 02:30:01.8+00"
    assert row.video_url.endswith(f"{sealed.bundle_id}/clip.mp4")
    assert row.plate_crop_url.endswith("plate.jpg")
    assert (row.bundle_id, row.track_id) == (sealed.bundle_id, 7)
    assert row.manifest_digest == sealed.link.manifest_sha256
    assert row.sizes["clip.mp4"] == len(case.MEDIA["clip.mp4"])
    assert row.device_serial == "H6C-0042"
    assert row.topic == "infraction.created"
    assert row.idempotency_key == case.draft().idempotency_key
    assert spool.waiting() == []
    (speed,) = rows(database, "SELECT detected_speed, speed_limit FROM infractions")
    assert speed.detected_speed == pytest.approx(90, abs=1.5)
    assert speed.speed_limit == 60


def test_the_same_bundle_again_changes_nothing(
    spool: Spool, store: FolderStore, key: SigningKey, database: Engine, tmp_path: Path
) -> None:
    add_camera(database)
    elsewhere = EvidenceFolder(tmp_path / "out").seal(case.draft(), case.MEDIA, key).folder
    worker = recorder(spool, store, saver(sessions(database)), key, [0.0])
    for _ in range(3):
        worker.accept(elsewhere)
        worker.accept(elsewhere)
        assert worker.step() == 1
    for table in ("infractions", "evidence", "outbox", "vehicles"):
        assert rows(database, f"SELECT COUNT(*) FROM {table}") == [(1,)], table  # noqa: S608


def test_an_unread_plate_is_no_vehicle(
    spool: Spool, store: FolderStore, key: SigningKey, database: Engine
) -> None:
    add_camera(database)
    spool.seal(case.draft(plate=None), case.MEDIA)
    assert recorder(spool, store, saver(sessions(database)), key, [0.0]).step() == 1
    assert rows(database, "SELECT plate, ocr_confidence FROM infractions") == [(None, None)]


class _Down:
    """A store or a database that is down until told otherwise."""

    def __init__(self, real: Any) -> None:
        self.real, self.down, self.calls = real, True, 0

    def put(self, bundle: Path) -> str:
        return str(self._call(self.real.put, bundle))

    def __call__(self, bundle: StoredBundle) -> None:
        self._call(self.real, bundle)

    def _call(self, real: Any, bundle: Any) -> Any:
        self.calls += 1
        if self.down:
            raise Unavailable("it is down")
        return real(bundle)


@pytest.mark.parametrize("part", ["store", "database"])
def test_what_is_down_holds_bundles_in_the_spool_visibly_and_without_hammering(
    spool: Spool, store: FolderStore, key: SigningKey, part: str
) -> None:
    saved: list[StoredBundle] = []
    down = _Down(store if part == "store" else saved.append)
    now = [0.0]
    worker = recorder(
        spool,
        down if part == "store" else store,
        saved.append if part == "store" else down,
        key,
        now,
    )
    for number in range(2):
        spool.seal(case.draft(after_s=number), case.MEDIA)
    assert worker.step() == 0
    status = worker.status()
    assert (status.waiting, status.degraded, status.last_error) == (2, True, "it is down")
    assert down.calls == 2
    worker.step()
    assert down.calls == 2, "it waits before it tries again"
    for _ in range(12):
        now[0] += 61.0
        worker.step()
    assert 2 * 10 < down.calls <= 2 * 13, "the wait has a cap"
    down.down = False
    now[0] += 61.0
    assert worker.step() == 2
    status = worker.status()
    assert (status.waiting, status.degraded, status.recorded) == (0, False, 2)
    if part == "store":
        assert len({bundle.manifest["bundle_id"] for bundle in saved}) == len(saved) == 2


def test_an_outage_is_not_tried_with_every_bundle_and_new_ones_are_not_starved(
    spool: Spool, store: FolderStore, key: SigningKey
) -> None:
    down = _Down(lambda _: None)
    now = [0.0]
    worker = recorder(spool, store, down, key, now)
    for number in range(5):
        spool.seal(case.draft(after_s=number), case.MEDIA)
    worker.step()
    assert down.calls == 3
    down.down = False
    assert worker.step() == 2, "those never refused go first, without waiting"
    now[0] += 60
    assert worker.step() == 3


def test_a_camera_that_has_no_row_yet_waits_with_the_reason(
    spool: Spool, store: FolderStore, key: SigningKey, database: Engine
) -> None:
    spool.seal(case.draft(), case.MEDIA)
    now = [0.0]
    worker = recorder(spool, store, saver(sessions(database)), key, now)
    assert worker.step() == 0
    assert "device" in (worker.status().last_error or "")
    add_camera(database)
    now[0] += 60
    assert worker.step() == 1


def test_a_database_that_is_not_there_is_unavailable(
    spool: Spool, store: FolderStore, key: SigningKey
) -> None:
    engine = open_engine(f"postgresql://u:secret@127.0.0.1:{free_port()}/none")
    spool.seal(case.draft(), case.MEDIA)
    worker = recorder(spool, store, saver(sessions(engine)), key, [0.0])
    assert worker.step() == 0
    status = worker.status()
    assert status.waiting == 1
    assert "database" in (status.last_error or "")
    assert "secret" not in (status.last_error or "")
    engine.dispose()


def test_a_bundle_damaged_in_the_spool_is_set_aside_and_holds_nobody_up(
    spool: Spool, store: FolderStore, key: SigningKey
) -> None:
    saved: list[StoredBundle] = []
    damaged = spool.seal(case.draft(), case.MEDIA)
    whole = spool.seal(case.draft(after_s=1), case.MEDIA)
    (damaged.folder / "clip.mp4").write_bytes(b"rotten")
    worker = recorder(spool, store, saved.append, key, [0.0])
    assert worker.step() == 1
    assert [b.manifest["bundle_id"] for b in saved] == [whole.bundle_id]
    status = worker.status()
    assert (status.waiting, status.set_aside, status.degraded) == (0, 1, True)
    kept = spool.root / "set-aside" / damaged.bundle_id / "clip.mp4"
    assert kept.read_bytes() == b"rotten"


def test_put_copies_a_whole_bundle_once_and_refuses_what_is_none(
    spool: Spool, key: SigningKey, tmp_path: Path
) -> None:
    sealed = EvidenceFolder(tmp_path / "out").seal(case.draft(), case.MEDIA, key).folder
    assert spool.put(sealed) == spool.put(sealed) == spool.root / sealed.name
    assert spool.put(spool.root / sealed.name) == spool.root / sealed.name
    (sealed / "clip.mp4").write_bytes(b"changed afterwards")
    with pytest.raises(EvidenceBroken, match="another bundle with this id"):
        spool.put(sealed)
    with pytest.raises(BadInput, match="no sealed bundle"):
        spool.put(tmp_path)
