"""A private PostgreSQL in a folder: found, initialised, started and stopped by whoever needs it.

The default database of a laptop or a demo, so that nothing has to be installed as a service. Listens on
127.0.0.1 only, on a port of its own, with a random password kept in the folder. As root the server runs
as the system's `postgres` user, because PostgreSQL refuses to run as root. It must not know a table.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from enforcement.errors import BadInput, Unavailable

MINIMUM_VERSION = 15
_BINARIES = Path("/usr/lib/postgresql")
_RELOCATED = Path("/var/lib/postgresql")
_ADMIN = "vigia"
_START_SECONDS = 60
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

    def __init__(self, folder: Path, *, durable: bool = True, binaries: Path = _BINARIES) -> None:
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
            if not self._running(binaries, data):
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
            if self._running(binaries, data):
                self._pg_ctl(binaries, data, "stop", "-m", "fast", "-w")

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
        owner = _server_user()
        if owner is None or _reachable_by(owner, self._folder):
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
        real = data.resolve()
        if owner is not None:
            os.chown(real, owner.pw_uid, owner.pw_gid)
        return real

    def _initialise(self, binaries: Path, data: Path) -> None:
        # Whatever lies here is a cluster whose making was cut short: nobody ever had its address.
        _empty(data)
        access = _Access(port=_free_port(), password=secrets.token_urlsafe(24))
        with _password_file(access.password) as password_file:
            done = _as_server_user(
                [
                    str(binaries / "initdb"), "--pgdata", str(data), "--username", _ADMIN,
                    "--pwfile", password_file, "--auth", "scram-sha-256", "--encoding", "UTF8",
                    "--locale", "C.UTF-8", *([] if self._durable else ["--no-sync"]),
                ]
            )  # fmt: skip
        if done.returncode:
            _empty(data)
            raise BadInput(f"{self._folder}: initdb failed ({_last_line(done.stderr)})")
        self._write_access(access)
        self._ready.touch()

    def _launch(self, binaries: Path, data: Path, access: _Access) -> _Access:
        if not _port_is_free(access.port):
            access = _Access(port=_free_port(), password=access.password)
            self._write_access(access)
        options = [
            "-c", "listen_addresses=127.0.0.1", "-p", str(access.port),
            "-c", "unix_socket_directories=", "-c", "timezone=UTC", "-c", "logging_collector=off",
            *(() if self._durable else _RELAXED),
        ]  # fmt: skip
        done = self._pg_ctl(
            binaries, data, "start", "-w", "-t", str(_START_SECONDS),
            "-l", str(data / "server.log"), "-o", " ".join(options),
        )  # fmt: skip
        if done.returncode:
            reason = _log_reason(data / "server.log") or _last_line(done.stderr or done.stdout)
            raise Unavailable(f"{self._folder}: PostgreSQL did not start ({reason})")
        return access

    def _running(self, binaries: Path, data: Path) -> bool:
        return self._pg_ctl(binaries, data, "status").returncode == 0

    def _pg_ctl(
        self, binaries: Path, data: Path, *arguments: str
    ) -> subprocess.CompletedProcess[str]:
        return _as_server_user([str(binaries / "pg_ctl"), "-D", str(data), *arguments])

    def _create_database(self, binaries: Path, access: _Access, database: str) -> None:
        query = f"SELECT 1 FROM pg_database WHERE datname = '{database}'"  # noqa: S608
        found = self._psql(binaries, access, query)
        if found.returncode == 0 and not found.stdout.strip():
            found = self._psql(binaries, access, f'CREATE DATABASE "{database}"')
        if found.returncode:
            raise Unavailable(f"{self._folder}: {_last_line(found.stderr)}")

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


def find_binaries(root: Path = _BINARIES) -> Path:
    """The newest installed PostgreSQL's `bin` folder.

    Raises BadInput when none of at least version 15 is there.
    """
    versions = [
        (int(folder.name), folder / "bin")
        for folder in (root.iterdir() if root.is_dir() else ())
        if folder.name.isdigit() and (folder / "bin" / "initdb").exists()
    ]
    fit = [pair for pair in versions if pair[0] >= MINIMUM_VERSION]
    if not fit:
        raise BadInput(
            f"no PostgreSQL {MINIMUM_VERSION}+ under {root}: install postgresql-15 and"
            " postgresql-15-postgis-3, or set VIGIA_DATABASE_URL"
        )
    return max(fit)[1]


def _server_user() -> pwd.struct_passwd | None:
    """The user the server must run as: None is ourselves, `postgres` when we are root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise BadInput(
            "PostgreSQL refuses to run as root and there is no user postgres: install"
            " postgresql-15, or set VIGIA_DATABASE_URL"
        ) from None


def _reachable_by(user: pwd.struct_passwd, folder: Path) -> bool:
    """Whether `user` may enter every folder down to `folder`."""
    for step in (folder, *folder.parents):
        status = step.stat()
        if status.st_uid == user.pw_uid:
            allowed = status.st_mode & 0o100
        elif status.st_gid == user.pw_gid:
            allowed = status.st_mode & 0o010
        else:
            allowed = status.st_mode & 0o001
        if not allowed:
            return False
    return True


@contextmanager
def _password_file(password: str) -> Iterator[str]:
    """A file that only the server's user may read, gone afterwards."""
    owner = _server_user()
    with tempfile.NamedTemporaryFile("w") as file:
        if owner is not None:
            os.chown(file.name, owner.pw_uid, owner.pw_gid)
        file.write(password + "\n")
        file.flush()
        yield file.name


def _as_server_user(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    owner = _server_user()
    # pg_ctl's child keeps whatever output it inherits: with -l it gets a file, never our pipe.
    return subprocess.run(
        list(command),
        user=owner.pw_uid if owner else None,
        group=owner.pw_gid if owner else None,
        extra_groups=[] if owner else None,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _empty(folder: Path) -> None:
    for child in folder.iterdir():
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child, ignore_errors=True)
        else:
            child.unlink(missing_ok=True)


def _last_line(text: str) -> str:
    """The last line that names an error, else the last line at all."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line or "FATAL:" in line or "PANIC:" in line]
    return (errors or lines or ["no message"])[-1]


def _log_reason(log: Path) -> str | None:
    """The last FATAL or PANIC line of the server's log, without its time stamp."""
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return None
    bad = [line for line in lines if "FATAL:" in line or "PANIC:" in line]
    return bad[-1].split("] ", 1)[-1].strip() if bad else None
