"""The recidivism deployment on Ray Serve beside direct prediction in this process, and a champion change.

Both answer by the same function and write the same rows. Serve is asked by --clients, each a page of --page
questions at a time, from one process that is set up and gathers questions as a replica of the API does;
direct is asked for all their pages at once: one process, large batches, no one waits. Rounds alternate,
ratios are of the rounds' sums. Then the champion changes under the same load. It is strict: callers,
replica and database share the cores that direct prediction has for itself and its database. Keys: ratio,
answers_per_s, direct_answers_per_s, p50_ms, p99_ms, failed, versions; one_question: the same of pages of
one, beside the same direct prediction.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from actors.wiring import Cluster
from adapters.settings import Settings, set_for_children
from enforcement.errors import BadInput
from jobs import batch_job
from jobs.batch_job import Job
from jobs.retrain_recidivism import NAME, train
from jobs.risk.champion import make_champion
from jobs.simulate_history import simulate
from jobs.system import database
from schema.model_rows import ModelRow, active, newest, version_of
from serve.risk_asking import RiskAsking
from serve.risk_questions import APPLICATION, Question

if TYPE_CHECKING:
    from serve.risk import RiskReplica

_PATIENCE_S = 30.0
_ENVIRONMENT = {
    # What every Ray process must have before it starts, as in service.
    "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `bench risk`."""
    parser.add_argument("--drivers", type=int, default=5000)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--page", type=int, default=8, help="questions of a request (8)")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each load in each round")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--replicas", type=int, default=1)


@dataclass(slots=True)
class _Load:
    """What came back. waits_s: of each request."""

    waits_s: list[float] = field(default_factory=list)
    answers: int = 0
    versions: set[str] = field(default_factory=set)
    failed: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds

    def took(self, answers: list[dict[str, Any]], begun: float) -> None:
        """Note the answers of one request."""
        self.waits_s.append(time.perf_counter() - begun)
        for answer in answers:
            self.answers += 1
            if "probability" in answer:
                self.versions.add(answer["model_version"])
            else:
                self.failed += 1


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Train twice, serve, ask both ways, change the champion."""
    if min(args.drivers, args.clients, args.rounds, args.page) < 1 or args.seconds <= 0:
        raise BadInput("--drivers, --clients, --page, --rounds and --seconds must be positive")
    # One loop for all rounds and the end: a handle stays with the one that first asked.
    with asyncio.Runner() as runner, _ready(args) as (job, settings, second):
        return runner.run(_measured(args, job, settings, second))


async def _measured(
    args: argparse.Namespace, job: Job, settings: Settings, second: ModelRow
) -> dict[str, Any]:
    from serve.risk import RiskOptions, RiskReplica  # noqa: PLC0415 - after the environment is set

    asking = RiskAsking()
    here = RiskReplica("recidivism", RiskOptions(), settings)
    served, single, direct = _Load(), _Load(), _Load()
    # Connections, plans and routes are made once in a deployment's life.
    await _ask(asking, args, args.page, 1.0, _Load(), 99)
    for number in range(args.rounds):
        await _ask(asking, args, args.page, args.seconds, served, number)
        _directly(here, args, direct, number)
        await _ask(asking, args, 1, args.seconds, single, number)
    here.close()
    change = await _change(asking, args, job, second)
    return {
        **_figures(served, direct),
        "direct_answers_per_s": round(direct.rate, 1),
        "failed": served.failed + single.failed + change.failed,
        "asked_during_change": change.answers,
        "versions": sorted(change.versions),
        "clients": args.clients,
        "page": args.page,
        "one_question": _figures(single, direct),
    }


def _figures(served: _Load, direct: _Load) -> dict[str, float]:
    p50, p99 = np.quantile(served.waits_s, [0.5, 0.99]) * 1000.0
    return {
        "ratio": round(served.rate / direct.rate, 3),
        "answers_per_s": round(served.rate, 1),
        "p50_ms": round(float(p50), 1),
        "p99_ms": round(float(p99), 1),
    }


@contextmanager
def _ready(args: argparse.Namespace) -> Iterator[tuple[Job, Settings, ModelRow]]:
    """A database with drivers, two versions of the model, the first served on Ray."""
    set_for_children(_ENVIRONMENT)
    from ray import serve as ray_serve  # noqa: PLC0415 - must start after the environment is set

    from serve.risk import RiskOptions, application  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with (
            database(Settings(local_dir=Path(folder)), durable=False) as settings,
            Cluster.connect(settings.ray_address),
            batch_job.run("bench_risk", None, settings=settings) as job,
        ):
            task = job.bar("preparing", total=4)
            simulate(job, drivers=args.drivers, months=60, seed=1, until=datetime.now(UTC))
            job.advance(task)
            versions = []
            for seed in (1, 2):
                told = train(job, trials=0, workers=1, seed=seed)
                with job.rows() as session:
                    versions.append(version_of(session, NAME, told["version"]))
                job.advance(task)
            _serve_first(job, versions[0])
            ray_serve.run(
                application(RiskOptions(replicas=args.replicas), settings),
                name=APPLICATION,
                route_prefix=None,
            )
            job.advance(task)
            try:
                yield job, settings, versions[1]
            finally:
                ray_serve.shutdown()


def _serve_first(job: Job, first: ModelRow) -> None:
    with job.rows() as session:
        now = active(session, NAME)
        last = newest(session, NAME)
    if now is None or now.id != first.id:
        make_champion(job, first, act="promote", why=f"bench; {last.version} waits")


async def _ask(
    asking: RiskAsking, args: argparse.Namespace, page: int, seconds: float, load: _Load, seed: int
) -> None:
    until = time.perf_counter() + seconds

    async def client(number: int) -> None:
        drawn = np.random.default_rng([seed, number])
        while time.perf_counter() < until:
            begun = time.perf_counter()
            try:
                answers = await asking.ask("recidivism", _page(drawn, args, page))
            except Exception as error:  # noqa: BLE001 - any failure is what is counted
                answers = [{"error": str(error)}]
            load.took(answers, begun)

    begun = time.perf_counter()
    await asyncio.gather(*(client(number) for number in range(args.clients)))
    load.seconds += time.perf_counter() - begun


def _directly(here: RiskReplica, args: argparse.Namespace, load: _Load, seed: int) -> None:
    drawn = np.random.default_rng([seed, 99])
    begun = time.perf_counter()
    while time.perf_counter() - begun < args.seconds:
        started = time.perf_counter()
        pages = [_page(drawn, args, args.page) for _ in range(args.clients)]
        load.took(here.answer([one for page in pages for one in page]), started)
    load.seconds += time.perf_counter() - begun


async def _change(asking: RiskAsking, args: argparse.Namespace, job: Job, row: ModelRow) -> _Load:
    """Ask all the while, promote the other version, and go on until it answers."""
    load = _Load()
    loaded = asyncio.create_task(_ask(asking, args, args.page, 8.0, load, 7))
    await asyncio.sleep(1.0)
    await asyncio.to_thread(make_champion, job, row, act="promote", why="bench")
    await asyncio.wait_for(loaded, _PATIENCE_S)
    return load


def _page(drawn: np.random.Generator, args: argparse.Namespace, page: int) -> list[Question]:
    return [
        Question(driver_dni=f"SIM1-{number:07d}")
        for number in drawn.integers(args.drivers, size=page)
    ]
