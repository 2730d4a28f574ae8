"""The recorder and the relay killed at random instants, and what is there afterwards."""

from __future__ import annotations

import random
import time
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from adapters.settings import Settings
from adapters.signing import open_signing_key, public_key_path
from adapters.spool import Spool
from jobs import cli, verify_evidence
from tests.fixtures import evidence as case
from tests.fixtures.delivery import deliver
from tests.fixtures.processes import quick_processes
from tests.fixtures.rows import add_camera


def rows(database: Engine, query: str) -> list[Any]:
    with database.connect() as connection:
        return list(connection.execute(text(query)))


ROUNDS, PER_ROUND = 8, 3


def test_killed_at_any_instant_nothing_is_lost_or_doubled(
    database: Engine, database_url: str, tmp_path: Path
) -> None:
    add_camera(database)
    spool = Spool(tmp_path / "spool", open_signing_key(Settings(local_dir=tmp_path)))
    chance = random.Random(5)
    processes = quick_processes()
    sealed: set[str] = set()
    caught = 0

    def start() -> BaseProcess:
        process = processes.Process(
            target=deliver, args=(tmp_path, database_url, tmp_path / "heard"), daemon=True
        )
        process.start()
        return process

    def done() -> bool:
        query = "SELECT 1 FROM outbox WHERE delivered_at IS NULL LIMIT 1"
        return not spool.waiting() and not rows(database, query)

    def finish() -> float:
        """Let one run to the end; returns how long it took."""
        process, begun = start(), time.monotonic()
        while not done() and time.monotonic() < begun + 60:
            time.sleep(0.005)
        took = time.monotonic() - begun
        _kill(process)
        return took

    def seal_more(number: int) -> None:
        for n in range(PER_ROUND):
            draft = case.draft(after_s=number * 100 + n)
            sealed.add(spool.seal(draft, case.MEDIA).bundle_id)

    seal_more(0)
    finish()  # the first also pays for the imports
    seal_more(1)
    whole = finish()
    for number in range(2, ROUNDS + 2):
        seal_more(number)
        process = start()
        time.sleep(chance.uniform(0.0, whole))
        caught += not done()
        _kill(process)
    finish()

    assert caught > ROUNDS // 3, "too few kills fell into a delivery: the test says little"
    stored = {bundle for (bundle,) in rows(database, "SELECT bundle_id FROM evidence")}
    assert stored == sealed
    assert rows(database, "SELECT COUNT(*) FROM infractions") == [(len(sealed),)]
    events = {str(e) for (e,) in rows(database, "SELECT event_id FROM outbox")}
    assert set((tmp_path / "heard").read_text().split()) == events
    assert len(events) == len(sealed)
    public = str(public_key_path(tmp_path / "keys" / "evidence-ed25519.pem"))
    root = str(tmp_path / "store" / "evidence")
    verified = cli.run(verify_evidence.main, "verify_evidence", [root, "--public-key", public])
    assert verified == cli.DONE


def _kill(process: BaseProcess) -> None:
    process.kill()
    process.join()
