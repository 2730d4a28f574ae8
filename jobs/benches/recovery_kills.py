"""Who is killed when: seeded plans of `kill -9`, and the hands that carry them out.

It must not know what is counted afterwards.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg

from actors.ray_ports import call
from adapters.embedded_postgres import EmbeddedPostgres
from enforcement.errors import Unavailable, VigiaError
from jobs.system import System

CAMERA, RECORDER, RELAY, SERVER, BACKEND = "camera", "recorder", "relay", "database", "backend"
KINDS = (CAMERA, RECORDER, RELAY, SERVER, BACKEND)
_ABSENT_S = (0.2, 3.0)
_ANSWER_S = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """One `kill -9`. at_s: after the round began. which: a number that picks one of several."""

    at_s: float
    kind: str
    which: int


def plan(chance: random.Random, span_s: float) -> list[Kill]:
    """Every kind once, cameras twice, and one more of any: at random instants of the span."""
    kinds = [*KINDS, CAMERA, chance.choice(KINDS)]
    kills = [
        Kill(at_s=chance.uniform(0.0, span_s), kind=kind, which=chance.randrange(1 << 16))
        for kind in kinds
    ]
    return sorted(kills, key=lambda kill: kill.at_s)


class Killer:
    """Carries a plan out in a thread of its own while the round runs."""

    def __init__(
        self, running: System, server: EmbeddedPostgres, kills: list[Kill], chance: random.Random
    ) -> None:
        """server: the private database of the running system."""
        self.done: list[Kill] = []
        self.trouble: BaseException | None = None
        self._running = running
        self._server = server
        self._kills = kills
        self._chance = chance
        self._thread = threading.Thread(target=self._run, name="killer", daemon=True)

    def start(self) -> None:
        """Begin now."""
        self._thread.start()

    @property
    def over(self) -> bool:
        """Whether the plan is carried out. Raises what kept it from being."""
        if self.trouble is not None:
            raise self.trouble
        return not self._thread.is_alive()

    def _run(self) -> None:
        begun = time.monotonic()
        try:
            for kill in self._kills:
                time.sleep(max(0.0, kill.at_s - (time.monotonic() - begun)))
                if self._carry_out(kill):
                    self.done.append(kill)
        except BaseException as error:  # noqa: BLE001 - raised again where the round waits
            self.trouble = error

    def _carry_out(self, kill: Kill) -> bool:
        if kill.kind == SERVER:
            return self._kill_server()
        if kill.kind == BACKEND:
            return self._kill_backend(kill.which)
        return _kill_actor(self._actors(kill.kind), kill.which)

    def _actors(self, kind: str) -> list[Any]:
        if kind == CAMERA:
            return [one.handle for _, one in sorted(self._running.supervisor.running.items())]
        return [self._running.recorder if kind == RECORDER else self._running.relay]

    def _kill_server(self) -> bool:
        """The postmaster; then, as a service manager would, start it again a moment later."""
        pid = self._server.pid()
        if pid is None:
            return False
        os.kill(pid, signal.SIGKILL)
        time.sleep(self._chance.uniform(*_ABSENT_S))
        if self._server.start() != self._running.settings.database_url:
            raise VigiaError("the database came back under another address: its port was taken")
        return True

    def _kill_backend(self, which: int) -> bool:
        """The process behind one connection; the server then throws all out and recovers."""
        try:
            with psycopg.connect(str(self._running.settings.database_url)) as connection:
                pids = [int(row[0]) for row in connection.execute(_BACKENDS).fetchall()]
        except psycopg.Error:
            return False
        if not pids:
            return False
        with suppress(ProcessLookupError):
            os.kill(pids[which % len(pids)], signal.SIGKILL)
        return True


_BACKENDS = """
SELECT pid FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY pid
"""


def _kill_actor(handles: list[Any], which: int) -> bool:
    """One of them, as soon as it answers where its process is: it may be coming back from the last."""
    if not handles:
        return False
    give_up = time.monotonic() + _ANSWER_S
    while time.monotonic() < give_up:
        try:
            pid = call(handles[which % len(handles)], "pid", timeout_s=_ANSWER_S)
        except Unavailable:
            time.sleep(0.2)
            continue
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
        return True
    return False
