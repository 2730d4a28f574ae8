"""PostgreSQL's own programs, and the user they must run as.

PostgreSQL refuses to run as root; then everything runs as the system's `postgres` user. It must not know
which cluster it works on.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from enforcement.errors import BadInput

MINIMUM_VERSION = 15
BINARIES = Path("/usr/lib/postgresql")


def find_binaries(root: Path = BINARIES) -> Path:
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


def server_user() -> pwd.struct_passwd | None:
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


def reachable_by(user: pwd.struct_passwd, folder: Path) -> bool:
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
def readable_once(secret: str) -> Iterator[int]:
    """A descriptor the server's user may read `secret` from, as /dev/fd/N; nothing touches the disk."""
    owner = server_user()
    read_end, write_end = os.pipe()
    try:
        if owner is not None:
            os.fchown(read_end, owner.pw_uid, owner.pw_gid)
        os.write(write_end, secret.encode() + b"\n")
        os.close(write_end)
        yield read_end
    finally:
        os.close(read_end)


def as_server_user(
    command: Sequence[str], *, pass_fds: Sequence[int] = ()
) -> subprocess.CompletedProcess[str]:
    """Run a program as the server's user, in no folder of ours and with none of our environment."""
    owner = server_user()
    # A server started here keeps what it inherits: pg_ctl's -l gives it a file, never our pipe.
    return subprocess.run(
        list(command),
        user=owner.pw_uid if owner else None,
        group=owner.pw_gid if owner else None,
        extra_groups=[] if owner else None,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        cwd="/",
        pass_fds=pass_fds,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def last_line(text: str) -> str:
    """The last line that names an error, else the last line at all."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line or "FATAL:" in line or "PANIC:" in line]
    return (errors or lines or ["no message"])[-1]


def log_reason(log: Path, since: int) -> str | None:
    """The last FATAL or PANIC message of a server's log after byte `since`, None when there is none."""
    try:
        lines = log.read_bytes()[since:].decode(errors="replace").splitlines()
    except OSError:
        return None
    bad = [line for line in lines if "FATAL:" in line or "PANIC:" in line]
    return bad[-1].split("] ", 1)[-1].strip() if bad else None
