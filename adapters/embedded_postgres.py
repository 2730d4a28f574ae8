"""A private PostgreSQL in a folder: found, initialised, started and stopped by whoever needs it.

The default database of a laptop or a demo, so that nothing has to be installed as a service. Listens on
127.0.0.1 only, on a port of its own, with a random password kept in the folder. As root the server runs
as the system's `postgres` user, because PostgreSQL refuses to run as root. It must not know a table.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from adapters.free_port import free_port, port_is_free
from adapters.postgres_programs import (
    BINARIES,
    as_server_user,
    find_binaries,
    last_line,
    log_reason,
    reachable_by,
    readable_once,
    server_user,
)
from enforcement.errors import BadInput, Unavailable

_RELOCATED = Path("/var/lib/postgresql")
_ADMIN = "vigia"
_START_SECONDS = 60
_DYING_SECONDS = 15
_POLL_SECONDS = 0.1
# A month's vehicles are counted in memory; in PostgreSQL's own 4 MB the count goes through files.
_ROOM = ("-c", "work_mem=16MB")
_RELAXED = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Access:
    """How to reach the server; kept in the folder, readable by its owner only."""

    port: int
    password: str

    def url(self, database: str) -> str:
        return f"postgresql://{_ADMIN}:{self.password}@127.0.0.1:{self.port}/{database}"


class EmbeddedPostgres:
    """A PostgreSQL cluster in `folder`, shared safely by any number of processes.

    durable: False turns fsync off, for tests whose data may be lost with the machine.
    Starting and stopping are idempotent and guarded by a lock file, so two processes that start the
    same folder get the same server. A restart of the machine leaves a stale pid file, which PostgreSQL
    itself recognises and replaces.
    """

    def __init__(self, folder: Path, *, durable: bool = True, binaries: Path = BINARIES) -> None:
        self._folder = folder.absolute()
        self._durable = durable
        self._binaries = binaries
        self._ready = self._folder / "initialised"

    def start(self, database: str = "vigia") -> str:
        """Bring the server up if it is not, make sure `database` exists, and give its URL.

        Returns a plain `postgresql://` URL. Raises BadInput when binaries are missing or the folder
        cannot be used, Unavailable when the server does not come up.
        """
        binaries = find_binaries(self._binaries)
        with self._locked():
            data = self._data_folder()
            if not self._ready.exists():
                self._initialise(binaries, data)
            access = self._access()
            if not self._running(binaries, data, access):
                access = self._launch(binaries, data, access)
            self._create_database(binaries, access, database)
        return access.url(database)

    def stop(self) -> None:
        """Stop the server if it runs; open transactions are rolled back."""
        if not self._ready.exists():
            return
        binaries = find_binaries(self._binaries)
        with self._locked():
            data = self._data_folder()
            if self._alive(binaries, data):
                self._pg_ctl(binaries, data, "stop", "-m", "fast", "-w")

    def serves(self, url: str) -> bool:
        """Whether a URL leads to this server."""
        if not self._ready.exists():
            return False
        return self._access().url("") == url[: url.rfind("/") + 1]

    @property
    def data_folder(self) -> Path:
        """Where PostgreSQL keeps its files and its configuration."""
        return self._data_folder()

    def pid(self) -> int | None:
        """Process id of the server, None when there is none; for tests that kill it."""
        try:
            return int((self._data_folder() / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = (self._folder / "lock").open("a")
        except OSError as error:
            raise BadInput(f"{self._folder}: cannot hold a database ({error.strerror})") from None
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _data_folder(self) -> Path:
        """The data folder; elsewhere, behind a link, where the server's user cannot reach ours."""
        data = self._folder / "data"
        if data.exists() or data.is_symlink():
            return data.resolve()
        owner = server_user()
        if owner is None or reachable_by(owner, self._folder):
            data.mkdir(mode=0o700)
        else:
            try:
                target = tempfile.mkdtemp(prefix="vigia-", dir=_RELOCATED)
            except OSError as error:
                raise BadInput(
                    f"{self._folder}: user {owner.pw_name} cannot reach it, and {_RELOCATED} cannot be"
                    f" used instead ({error.strerror}); choose a folder whose parents others may"
                    " enter, or set VIGIA_DATABASE_URL"
                ) from None
            data.symlink_to(target)
        return data.resolve()

    def _initialise(self, binaries: Path, data: Path) -> None:
        # Whatever lies here is a cluster whose making was cut short: nobody ever had its address.
        _empty(data)
        owner = server_user()
        if owner is not None:
            os.chown(data, owner.pw_uid, owner.pw_gid)
        access = _Access(port=free_port(), password=secrets.token_urlsafe(24))
        with readable_once(access.password) as descriptor:
            command = [
                str(binaries / "initdb"), "--pgdata", str(data), "--username", _ADMIN,
                "--pwfile", f"/dev/fd/{descriptor}", "--auth", "scram-sha-256",
                "--encoding", "UTF8", "--locale", "C.UTF-8",
                *([] if self._durable else ["--no-sync"]),
            ]  # fmt: skip
            done = as_server_user(command, pass_fds=(descriptor,))
        if done.returncode:
            _empty(data)
            raise BadInput(f"{self._folder}: initdb failed ({last_line(done.stderr)})")
        self._write_access(access)
        self._ready.touch()

    def _launch(self, binaries: Path, data: Path, access: _Access) -> _Access:
        if not port_is_free(access.port):
            access = _Access(port=free_port(), password=access.password)
            self._write_access(access)
        options = [
            "-c", "listen_addresses=127.0.0.1", "-p", str(access.port),
            "-c", "unix_socket_directories=", "-c", "timezone=UTC", "-c", "logging_collector=off",
            *_ROOM, *(() if self._durable else _RELAXED),
        ]  # fmt: skip
        log = data / "server.log"
        deadline = time.monotonic() + _DYING_SECONDS
        while True:
            logged = log.stat().st_size if log.exists() else 0
            done = self._pg_ctl(
                binaries, data, "start", "-w", "-t", str(_START_SECONDS),
                "-l", str(log), "-o", " ".join(options),
            )  # fmt: skip
            if done.returncode == 0:
                return access
            reason = log_reason(log, logged) or last_line(done.stderr or done.stdout)
            # Children of a killed server hold its memory until they notice.
            if "shared memory" not in reason or time.monotonic() > deadline:
                raise Unavailable(f"{self._folder}: PostgreSQL did not start ({reason})")
            time.sleep(_POLL_SECONDS)

    def _running(self, binaries: Path, data: Path, access: _Access) -> bool:
        """Whether the server answers; waits while it is still coming up or dying."""
        ready = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(access.port)]
        deadline = time.monotonic() + _DYING_SECONDS
        while self._alive(binaries, data):
            if as_server_user(ready).returncode == 0:
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return False

    def _alive(self, binaries: Path, data: Path) -> bool:
        """Whether there is a server process. One that was killed and not yet reaped is none."""
        pid = self.pid()
        if pid is not None and _is_zombie(pid):
            (data / "postmaster.pid").unlink(missing_ok=True)
            return False
        return self._pg_ctl(binaries, data, "status").returncode == 0

    def _pg_ctl(
        self, binaries: Path, data: Path, *arguments: str
    ) -> subprocess.CompletedProcess[str]:
        return as_server_user([str(binaries / "pg_ctl"), "-D", str(data), *arguments])

    def _create_database(self, binaries: Path, access: _Access, database: str) -> None:
        query = f"SELECT 1 FROM pg_database WHERE datname = '{database}'"  # noqa: S608
        found = self._psql(binaries, access, query)
        if found.returncode == 0 and not found.stdout.strip():
            found = self._psql(binaries, access, f'CREATE DATABASE "{database}"')
        if found.returncode:
            raise Unavailable(f"{self._folder}: {last_line(found.stderr)}")

    def _psql(
        self, binaries: Path, access: _Access, statement: str
    ) -> subprocess.CompletedProcess[str]:
        # The password goes by the child's environment: an argument would show in the process list.
        return subprocess.run(
            [str(binaries / "psql"), "-X", "-A", "-t", "-h", "127.0.0.1", "-p", str(access.port),
             "-U", _ADMIN, "-d", "postgres", "-c", statement],
            env={"PGPASSWORD": access.password, "PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def _access(self) -> _Access:
        try:
            return _Access(**json.loads((self._folder / "access.json").read_text()))
        except (OSError, ValueError, TypeError):
            raise BadInput(
                f"{self._folder / 'access.json'}: missing or damaged, and the database's password"
                " is in it; restore it, or remove the folder to start an empty database"
            ) from None

    def _write_access(self, access: _Access) -> None:
        path = self._folder / "access.json"
        new = path.with_suffix(".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(access), file)
        new.replace(path)


def _empty(folder: Path) -> None:
    for child in folder.iterdir():
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child, ignore_errors=True)
        else:
            child.unlink(missing_ok=True)


def _is_zombie(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(") ")[2].startswith("Z")
