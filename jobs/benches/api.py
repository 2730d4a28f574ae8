"""The operators' API beside bare handlers with the same SQL: behind the same ingress, and on uvicorn.

Rows are generated into a private database. Three ways run at once, idle but the one that is asked; each
round asks all of them, and ratios are of the rounds' sums. A mixed load is 70 % lists, 20 % single
infractions, 10 % decisions.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from adapters.free_port import free_port
from adapters.settings import REPOSITORY, Settings, set_for_children
from enforcement.errors import BadInput, Unavailable
from jobs import cli
from jobs.api_on_ray import run_api, serve_on_ray
from jobs.benches.api_load import Load, load, request
from jobs.system import database
from schema.api_accounts import NewToken, open_session
from schema.api_pool import open_connection
from schema.api_users import NewUser, create_user
from schema.sql_files import read_sql
from serve.tokens import AccessTokens, Claims, token_key

_POOL = 10
_NOBODY = "nothing hashes to this"
_API = "/api/v1"
_KINDS = ("list", "one", "transition", "mixed")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """One of the three: where it listens and how its requests look."""

    name: str
    port: int
    paths: dict[str, str]
    headers: dict[str, str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `bench api`."""
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each load in each round")
    parser.add_argument("--rounds", type=int, default=2)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Keys: ratio, ratio_uvicorn (mixed), rps, p50_ms, p99_ms (of the list), by (each load), failed."""
    if min(args.rows, args.connections, args.rounds) < 1 or args.seconds <= 0:
        raise BadInput("--rows, --connections, --rounds, --seconds: must be positive")
    with (
        tempfile.TemporaryDirectory() as folder,
        database(Settings(local_dir=Path(folder)), durable=False) as settings,
    ):
        ids = _rows(str(settings.database_url), args.rows)
        headers, actor = asyncio.run(_signed_in(settings))
        with _three_ways(settings, headers, actor) as ways:
            return _figures(ways, ids, args)


def _rows(url: str, count: int) -> list[UUID]:
    """Fills the database; returns ids of pending infractions, newest first."""
    with cli.progress() as bar, psycopg.connect(url) as connection:
        task = bar.add_task("rows", total=count)
        # Triggers keep counters and tell listeners: none of that is measured here.
        connection.execute("SET session_replication_role = replica")
        for done in range(0, count, 50_000):
            last = min(done + 50_000, count)
            connection.execute(read_sql("api/bench_rows"), (done + 1, last))
            bar.update(task, completed=last)
        connection.execute("SELECT count_all_zone_hours()")
        connection.commit()
        connection.autocommit = True
        connection.execute("ANALYZE")
        found = connection.execute(
            "SELECT id FROM infractions WHERE status = 'pending' AND deleted_at IS NULL"
            " ORDER BY detected_at DESC LIMIT 200000"
        )
        return [row[0] for row in found]


async def _signed_in(settings: Settings) -> tuple[dict[str, str], UUID]:
    connection = await open_connection(str(settings.database_url))
    new = NewUser(username="bench", password_hash=_NOBODY, role="admin", email="bench@example.pe")
    user = await create_user(connection, new)
    expires = user["created_at"].replace(year=user["created_at"].year + 1)
    session = await open_session(
        connection, user["id"], NewToken(token_hash=_NOBODY, expires_at=expires)
    )
    await connection.close()
    tokens = AccessTokens(token_key(settings.local_dir / "keys"))
    # Signed as of the database's now; a bench is over before it ends.
    token = tokens.sign(Claims(user_id=user["id"], session_id=session), user["created_at"])
    return {"Authorization": f"Bearer {token}"}, UUID(str(user["id"]))


@contextmanager
def _three_ways(settings: Settings, headers: dict[str, str], actor: UUID) -> Iterator[list[_Way]]:
    from ray import serve as ray_serve  # noqa: PLC0415 - must start after the environment is set

    from jobs.benches.api_bare import BareReplica  # noqa: PLC0415
    from serve.deployment import Options  # noqa: PLC0415

    set_for_children({"VIGIA_DATABASE_URL": str(settings.database_url)})
    port, alone = free_port(), free_port()
    bare = _paths("/bare")
    ours = {
        "list": f"{_API}/infractions?status=pending",
        "one": f"{_API}/infractions/{{id}}",
        "transition": f"{_API}/infractions/{{id}}/transitions",
    }
    uvicorn = subprocess.Popen(
        [sys.executable, "-m", "jobs.benches.api_bare", str(alone), str(_POOL), str(actor)],
        cwd=REPOSITORY,
    )
    with ExitStack() as stack:
        stack.callback(_end, uvicorn)
        stack.enter_context(serve_on_ray(settings, "127.0.0.1", port))
        # The bare handlers ask nobody for a second look either: the statements are the same.
        run_api(
            Options(pool_size=_POOL, rate_limits=False), replace(settings, second_review_share=0.0)
        )
        wrapped = ray_serve.deployment(
            max_ongoing_requests=200, ray_actor_options={"num_cpus": 0.5}
        )(ray_serve.ingress()(BareReplica))
        ray_serve.run(
            wrapped.bind(str(settings.database_url), _POOL, str(actor)),
            name="bare",
            route_prefix="/bare",
        )
        ways = [
            _Way(name="ours", port=port, paths=ours, headers=headers),
            _Way(name="bare", port=port, paths=bare, headers={}),
            _Way(name="uvicorn", port=alone, paths=_paths(""), headers={}),
        ]
        for way in ways:
            _wait_for(way)
        yield ways


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(20)


def _paths(prefix: str) -> dict[str, str]:
    return {
        "list": f"{prefix}/list",
        "one": f"{prefix}/one/{{id}}",
        "transition": f"{prefix}/transition/{{id}}",
    }


def _wait_for(way: _Way) -> None:
    ask = request("GET", way.paths["list"], way.headers)
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        with suppress(OSError, asyncio.IncompleteReadError, ValueError):
            if load(way.port, lambda: ask, connections=1, seconds=0.2).failed == 0:
                return
        time.sleep(0.5)
    raise Unavailable(f"{way.name}: does not answer")


def _figures(ways: list[_Way], ids: list[UUID], args: argparse.Namespace) -> dict[str, Any]:
    fresh = iter(ids[len(ids) // 4 :])
    seen = itertools.cycle(ids[:2000])
    loads: dict[tuple[str, str], list[Load]] = {}
    with cli.progress() as bar:
        task = bar.add_task("loads", total=args.rounds * len(ways) * len(_KINDS))
        for _ in range(args.rounds):
            for kind in _KINDS:
                for way in ways:
                    following = _requests(way, kind, fresh, seen)
                    made = load(
                        way.port, following, connections=args.connections, seconds=args.seconds
                    )
                    loads.setdefault((way.name, kind), []).append(made)
                    bar.advance(task)
    by = {kind: _of(loads, kind) for kind in _KINDS}
    listed = by["list"]
    return {
        "ratio": by["mixed"]["ratio"],
        "ratio_uvicorn": by["mixed"]["ratio_uvicorn"],
        "rps": listed["rps"],
        "p50_ms": listed["p50_ms"],
        "p99_ms": listed["p99_ms"],
        "failed": sum(one.failed for rows in loads.values() for one in rows),
        "rows": args.rows,
        "connections": args.connections,
        "by": by,
    }


def _requests(way: _Way, kind: str, fresh: Iterator[UUID], seen: Iterator[UUID]) -> Any:
    choice = random.Random(7)  # noqa: S311 - the same mix for each way
    body = json.dumps({"to": "validated"}).encode()
    deciding = {**way.headers, "Content-Type": "application/json", "If-Match": '"v1"'}

    def following() -> bytes:
        drawn = kind
        if kind == "mixed":
            drawn = choice.choices(("list", "one", "transition"), (70, 20, 10))[0]
        path = way.paths[drawn]
        if drawn == "transition":
            chosen = next(fresh, None)
            if chosen is None:
                raise BadInput("--rows: too few, every pending infraction was decided on")
            return request("POST", path.format(id=chosen), deciding, body)
        return request("GET", path.format(id=next(seen)), way.headers)

    return following


def _of(loads: dict[tuple[str, str], list[Load]], kind: str) -> dict[str, float]:
    total = {
        name: sum(one.rps for one in loads[(name, kind)]) for name in ("ours", "bare", "uvicorn")
    }
    ours = loads[("ours", kind)]
    return {
        "ratio": round(total["ours"] / total["bare"], 3),
        "ratio_uvicorn": round(total["ours"] / total["uvicorn"], 3),
        "rps": round(total["ours"] / len(ours), 1),
        "p50_ms": round(max(one.p50_ms for one in ours), 2),
        "p99_ms": round(max(one.p99_ms for one in ours), 2),
    }
