"""kill -9 at random instants: cameras, recorder, relay, database. Nothing lost, nothing twice.

Short simulated recordings run through the whole system. An undisturbed run says what there is to find;
every round after it dates the same recordings anew and kills parts while they run. Ray brings actors back
by itself; the private database is started again by the bench, as a service manager would.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.progress import Progress
from sqlalchemy import select
from sqlalchemy.orm import Session

from adapters.embedded_postgres import EmbeddedPostgres
from adapters.settings import Settings, read_settings
from adapters.signing import public_key_path
from adapters.site_file import load_site
from enforcement.errors import BadInput, Unavailable, VigiaError
from jobs import cli, verify_evidence
from jobs.benches.recovery_kills import Killer, plan
from jobs.system import System, database, system
from schema.infractions import Infraction
from schema.outbox import OutboxEvent
from schema.repositories import CREATED_TOPIC
from schema.scenes import save_site
from simulation.recording import Recorded, record
from simulation.scenarios import Options, build
from simulation.scene import SimScene

Key = tuple[str, str, datetime]
"""(camera, type, capture time): what a violation is known by, whatever its track was called."""

PATIENCE_S = 240.0
_APART = timedelta(hours=1)
# Three vehicles each, at least two of them well over the limit.
_SEEDS = (25, 54)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `bench recovery`."""
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1, help="of the plan of kills")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Keys: rounds, lost, doubled, unverified; kills by kind, expected per round, seconds."""
    if args.rounds < 1:
        raise BadInput("--rounds: at least 1")
    settings = _own(read_settings())
    begun = time.monotonic()
    try:
        with cli.progress() as bar, database(settings) as ready:
            recorded = simulate(settings.local_dir / "cameras", bar)
            with system(ready, paced=False, start=start_of(0)) as running:
                save_sites(running, recorded)
                return {
                    **rounds(running, args.rounds, args.seed, bar),
                    "seconds": round(time.monotonic() - begun, 1),
                }
    finally:
        shutil.rmtree(settings.local_dir, ignore_errors=True)


def scenes() -> list[SimScene]:
    """Two bridge cameras for some ten seconds."""
    options = Options(passes=3, size=(1280, 720), close=True, density=1.2, margin_kmh=5.0)
    return [
        replace(build("speed", replace(options, seed=seed))[0], camera_id=f"sim-{number}")
        for number, seed in enumerate(_SEEDS, start=1)
    ]


def simulate(folder: Path, bar: Progress) -> list[Recorded]:
    """The recordings, written side by side."""
    task = bar.add_task("simulating cameras", total=len(_SEEDS))
    made = []
    with ProcessPoolExecutor(max_workers=2) as pool:
        for job in [pool.submit(record, one, folder / one.camera_id) for one in scenes()]:
            made.append(job.result())
            bar.advance(task)
    return made


def save_sites(running: System, recorded: Iterable[Recorded]) -> None:
    """Rows of `devices` for the recordings."""
    with running.factory() as session:
        for made in recorded:
            save_site(session, load_site(made.site), source=str(made.video.resolve()))
        session.commit()


def rounds(running: System, count: int, seed: int, bar: Progress) -> dict[str, Any]:
    """One undisturbed round, then `count` with kills; what was lost, doubled or does not verify."""
    server = EmbeddedPostgres(running.settings.local_dir / "postgres")
    task = bar.add_task("undisturbed, then rounds of kills", total=count + 1)
    running.supervisor.play(start_of(0))
    span_s = _until_delivered(running, None)
    expected = _found(running, 0)
    if not expected:
        raise VigiaError("the undisturbed run recorded no infraction: nothing could be lost")
    bar.advance(task)
    kills: Counter[str] = Counter()
    lost = other = 0
    for number in range(1, count + 1):
        chance = random.Random(f"{seed}/{number}")  # noqa: S311 - a plan that can be repeated
        running.supervisor.play(start_of(number))
        killer = Killer(running, server, plan(chance, span_s), chance)
        killer.start()
        _until_delivered(running, killer)
        kills.update(kill.kind for kill in killer.done)
        found = _found(running, number)
        lost += len(expected - found)
        other += len(found - expected)
        bar.advance(task)
    with running.factory() as session:
        twice = doubled(session)
    return {
        "rounds": count,
        "lost": lost,
        # A row the undisturbed run has not is one of its violations under another time.
        "doubled": twice + other,
        "unverified": _unverified(running.settings),
        "expected_per_round": len(expected),
        "kills": dict(sorted(kills.items())),
    }


def _own(settings: Settings) -> Settings:
    """A folder and parts of its own: they are killed."""
    folder = settings.local_dir / "recovery"
    if (folder / "postgres").exists():
        EmbeddedPostgres(folder / "postgres").stop()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return replace(
        settings,
        local_dir=folder,
        database_url=None,
        store_url=None,
        amqp_url=None,
        signing_key=None,
    )


def start_of(number: int) -> datetime:
    """When the recordings of a round begin; 0 is the undisturbed one."""
    return datetime(2026, 3, 2, 15, tzinfo=UTC) + number * _APART


def _until_delivered(running: System, killer: Killer | None) -> float:
    """Seconds until every camera has ended and every row and event is delivered, or patience."""
    begun = time.monotonic()
    while (waited := time.monotonic() - begun) < PATIENCE_S:
        killed = killer is None or killer.over
        try:
            running.supervisor.step()
            if killed and _delivered(running.status()):
                return waited
        except Unavailable:
            pass  # a part that was killed is not back yet
        time.sleep(0.25)
    return waited


def _delivered(status: dict[str, Any]) -> bool:
    cameras = status["cameras"].values()
    bad = next((one for one in cameras if one["state"] == "failed"), None)
    if bad is not None:
        raise VigiaError(f"camera {bad['camera_id']}: {bad['reason']}")
    return (
        bool(cameras)
        and all(one["state"] == "ended" for one in cameras)
        and status["recorder"]["waiting"] == 0
        and status["relay"]["waiting"] == 0
    )


def _found(running: System, number: int) -> set[tuple[str, str, float]]:
    """Violations in the rows of one round: camera, type, seconds after its start."""
    start = start_of(number)
    with running.factory() as session:
        rows = session.scalars(
            select(Infraction).where(
                Infraction.detected_at >= start, Infraction.detected_at < start + _APART
            )
        ).all()
    return {
        (str(row.device_id), row.type, round((row.detected_at - start).total_seconds(), 3))
        for row in rows
    }


def doubled(session: Session) -> int:
    """Infractions, and events of their making, beyond the first of one camera, type and capture time."""
    rows = [
        (str(row.device_id), row.type, row.detected_at)
        for row in session.scalars(select(Infraction))
    ]
    # A camera that is down for long is told of in the same outbox.
    made = select(OutboxEvent.idempotency_key).where(OutboxEvent.topic == CREATED_TOPIC)
    events = [_key(key) for key in session.scalars(made)]
    return _beyond_first(rows) + _beyond_first(events)


def _key(idempotency_key: str) -> Key:
    camera, _, kind, at = idempotency_key.split("|")
    return camera, kind, datetime.fromisoformat(at)


def _beyond_first(keys: Iterable[Key]) -> int:
    return sum(count - 1 for count in Counter(keys).values())


def _unverified(settings: Settings) -> int:
    """Complaints of `jobs.verify_evidence --remeasure` about the whole store, chains included."""
    said = io.StringIO()
    key = public_key_path(settings.signing_key_path)
    with contextlib.redirect_stdout(said):
        verify_evidence.main(
            [str(settings.local_dir / "store"), "--remeasure", "--public-key", str(key)]
        )
    return sum(line.startswith("NOT INTACT") for line in said.getvalue().splitlines())
