"""A base backup of a PostgreSQL server and its log of changes, by PostgreSQL's own programs.

pg_basebackup copies, pg_verifybackup checks, the server's archive_command keeps the log of changes. It must
not know where backups are kept, nor a table.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy.engine import URL, make_url

from adapters.postgres_programs import as_server_user, find_binaries, last_line, server_user
from enforcement.errors import BadInput, EvidenceBroken, Unavailable

_POLL_S = 0.1


@contextmanager
def server_folder(prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """A folder of the server's user, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    owner = server_user()
    if owner is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def take(url: str, target: Path) -> None:
    """Copy the server's cluster into an empty folder, with the changes made meanwhile, and check it.

    url: of a login that may replicate. Raises Unavailable when the server refuses or does not answer,
    EvidenceBroken when the copy does not match its own manifest.
    """
    binaries = find_binaries()
    server = make_url(url)
    done = _run(
        [
            str(binaries / "pg_basebackup"), "--pgdata", str(target), "--format", "plain",
            "--wal-method", "stream", "--checkpoint", "fast", "--no-password",
            "--manifest-checksums", "SHA256",
        ],
        server,
    )  # fmt: skip
    if done.returncode:
        raise Unavailable(f"pg_basebackup: {last_line(done.stderr)}")
    verify(target)


def verify(folder: Path) -> None:
    """Check a base backup against its manifest. Raises EvidenceBroken naming what does not match."""
    # With the changes that are in it it can be made consistent by itself: that is checked too.
    done = subprocess.run(
        [str(find_binaries() / "pg_verifybackup"), "--quiet", str(folder)],
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise EvidenceBroken(f"pg_verifybackup: {last_line(done.stderr)}")


def pack(folder: Path, target: Path, on_bytes: Callable[[int], None]) -> None:
    """A folder as one zstd-compressed tar file."""
    with pa.CompressedOutputStream(pa.OSFile(str(target), "wb"), "zstd") as sink:
        writing: Any = _Writing(sink, on_bytes)
        with tarfile.open(fileobj=writing, mode="w|") as tar:
            tar.add(folder, arcname=".")


def unpack(source: Path, folder: Path) -> None:
    """Such a file into a folder. Raises EvidenceBroken when it is damaged."""
    try:
        with (
            pa.CompressedInputStream(pa.OSFile(str(source), "rb"), "zstd") as stream,
            tarfile.open(fileobj=stream, mode="r|") as tar,
        ):
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, pa.ArrowException, OSError, EOFError) as error:
        raise EvidenceBroken(f"{source}: damaged ({str(error).splitlines()[0]})") from None


def begin_recovery(folder: Path, log: Path) -> None:
    """Tell a restored cluster to replay the log of changes from a folder to its end, then open."""
    with (folder / "postgresql.auto.conf").open("a", encoding="utf-8") as conf:
        conf.write(f'restore_command = \'cp "{log}/%f" "%p"\'\n')
        conf.write("recovery_target_timeline = 'latest'\narchive_mode = off\n")
    (folder / "recovery.signal").touch()
    give_to_server(folder)
    folder.chmod(0o700)


@contextmanager
def running(folder: Path, port: int) -> Iterator[None]:
    """A server over a restored cluster; it answers once recovery has ended.

    Raises Unavailable when it does not come up.
    """
    pg_ctl = str(find_binaries() / "pg_ctl")
    options = (
        f"-c listen_addresses=127.0.0.1 -p {port} -c unix_socket_directories= -c hot_standby=off"
    )
    done = as_server_user(
        [pg_ctl, "-D", str(folder), "start", "-w", "-t", "3600", "-l", str(folder / "server.log"),
         "-o", options]
    )  # fmt: skip
    if done.returncode:
        lines = (folder / "server.log").read_text("utf-8", "replace") if folder.exists() else ""
        raise Unavailable(f"the restored server does not start: {last_line(lines or done.stderr)}")
    try:
        _wait_until_recovered(folder, port)
        yield
    finally:
        as_server_user([pg_ctl, "-D", str(folder), "stop", "-m", "immediate", "-w"])


def _wait_until_recovered(folder: Path, port: int) -> None:
    """pg_ctl is content with a server that recovers and refuses everybody."""
    binaries = find_binaries()
    ready = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    while as_server_user(ready).returncode:
        if as_server_user([str(binaries / "pg_ctl"), "-D", str(folder), "status"]).returncode:
            lines = (folder / "server.log").read_text("utf-8", "replace")
            raise Unavailable(f"the restored server ended while recovering: {last_line(lines)}")
        time.sleep(_POLL_S)


def give_to_server(folder: Path) -> None:
    """Make everything in a folder the server's user's, where that is another."""
    owner = server_user()
    if owner is not None:
        for path in (folder, *folder.rglob("*")):
            _chown(path, owner)


def archive_command(folder: Path) -> str:
    """What the server runs to keep a finished piece of its log: whole or not at all, never over another.

    A server that dies before it notes a piece as kept asks for it again: the same bytes are kept already.
    """
    new, there = f'"{folder}/.%f.new"', f'"{folder}/%f"'
    keep = f'cp "%p" {new} && sync {new} && mv {new} {there} && sync "{folder}"'
    return f'if test -f {there}; then cmp -s "%p" {there}; else {keep}; fi'


def _chown(path: Path, owner: pwd.struct_passwd) -> None:
    os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)


def _run(command: Sequence[str], server: URL) -> subprocess.CompletedProcess[str]:
    if server.host is None:
        raise BadInput("the database's URL names no host to copy from")
    return subprocess.run(
        list(command),
        env={
            "PATH": os.defpath, "LC_ALL": "C.UTF-8", "PGHOST": server.host,
            "PGPORT": str(server.port or 5432), "PGUSER": server.username or "",
            # By the environment of the child: an argument would show in the process list.
            "PGPASSWORD": str(server.password or ""),
        },
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


class _Writing:
    """What tarfile needs of a sink, telling how far it is."""

    def __init__(self, sink: pa.NativeFile, on_bytes: Callable[[int], None]) -> None:
        self._sink, self._on_bytes = sink, on_bytes

    def write(self, data: bytes) -> int:
        self._sink.write(data)
        self._on_bytes(len(data))
        return len(data)
