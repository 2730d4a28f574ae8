"""Files that are on disk when we say so: written, flushed, renamed into place, or not there at all.

A disk that refuses (full, read-only, not ours) becomes one line naming the place. It must not know what
the files are.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from enforcement.errors import DiskRefuses
from enforcement.evidence import FileDigest

_REFUSALS = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EROFS,
        errno.EACCES,
        errno.EPERM,
        errno.EIO,
        errno.ENOTDIR,
        errno.ENAMETOOLONG,
        errno.EFBIG,
        errno.EMFILE,
    }
)
_CHUNK = 1 << 20


@contextmanager
def refusals(place: Path) -> Iterator[None]:
    """Turn what a disk refuses into DiskRefuses; other errors pass."""
    try:
        yield
    except OSError as error:
        if error.errno not in _REFUSALS:
            raise
        raise DiskRefuses(f"{place}: cannot write here ({error.strerror})") from error


def write_new(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file that must not exist yet and flush it to disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def copy_new(source: Path, target: Path) -> FileDigest:
    """Copy into a file that must not exist yet, flush it, and give the digest of what was copied."""
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    with os.fdopen(descriptor, "wb") as file, source.open("rb") as content:
        while chunk := content.read(_CHUNK):
            file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
        file.flush()
        os.fsync(file.fileno())
    return FileDigest(sha256=digest.hexdigest(), size=size)


def replace_file(path: Path, data: bytes) -> None:
    """Put data in place of a file: readers and crashes see the old content or the new one."""
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        write_new(new, data)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries: a rename is not durable before this."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
