"""Files of a local folder or of an S3 bucket by one interface: list, read, digest, write.

The only importer of fsspec and s3fs. A store that does not answer is Unavailable; what the files are is
not known here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import fsspec
from botocore.exceptions import BotoCoreError, ClientError

from adapters.durable import copy_new, refusals, sync_folder
from enforcement.errors import BadInput, DiskRefuses, NotFound, Unavailable
from enforcement.evidence import FileDigest

_CHUNK = 1 << 20
_S3_OPTIONS = {
    "connect_timeout": 5,
    "read_timeout": 30,
    "retries": {"max_attempts": 2, "mode": "standard"},
}


class Place:
    """A folder of files somewhere; paths in it are relative and use `/`."""

    def __init__(self, fs: Any, root: str, url: str) -> None:
        self._fs = fs
        self._root = root.rstrip("/")
        self.url = url.rstrip("/")

    @classmethod
    def of_folder(cls, folder: Path) -> Place:
        """A folder of this machine."""
        return cls(fsspec.filesystem("file"), str(folder), folder.absolute().as_uri())

    def kinds(self, path: str = "") -> dict[str, str]:
        """What lies directly in `path`: name to `file`, `directory` or `other` (a link, a pipe)."""
        with self._answering():
            try:
                rows = self._fs.ls(self._at(path), detail=True)
            except (FileNotFoundError, NotADirectoryError):
                return {}
        kinds = {}
        for row in rows:
            whole = row["name"].rstrip("/")
            name = whole.rsplit("/", 1)[-1]
            # S3 shows a folder's own marker object among its files.
            if name and whole != self._at(path):
                known = row["type"] in ("file", "directory") and not row.get("islink")
                kinds[name] = row["type"] if known else "other"
        return kinds

    def entries(self, path: str = "") -> tuple[list[str], list[str]]:
        """Names of the plain files and of the folders directly in `path`, sorted."""
        kinds = sorted(self.kinds(path).items())
        files = [name for name, kind in kinds if kind == "file"]
        return files, [name for name, kind in kinds if kind == "directory"]

    def read(self, path: str) -> bytes | None:
        """Content of a small file, None where there is none."""
        with self._answering():
            try:
                return bytes(self._fs.cat_file(self._at(path)))
            except FileNotFoundError:
                return None

    def size(self, path: str) -> int | None:
        """Bytes of a file, None where there is none."""
        with self._answering():
            try:
                row = self._fs.info(self._at(path))
            except FileNotFoundError:
                return None
        return int(row["size"]) if row["type"] == "file" else None

    def part(self, path: str, start: int, end: int) -> bytes | None:
        """Bytes [start, end) of a file, None where there is none."""
        with self._answering():
            try:
                return bytes(self._fs.cat_file(self._at(path), start=start, end=end))
            except FileNotFoundError:
                return None

    def digest(self, path: str) -> FileDigest | None:
        """Digest of a file read through to its end, None where there is none."""
        digest, size = hashlib.sha256(), 0
        with self._answering():
            try:
                with self._fs.open(self._at(path), "rb", cache_type="readahead") as file:
                    while chunk := file.read(_CHUNK):
                        digest.update(chunk)
                        size += len(chunk)
            except FileNotFoundError:
                return None
        return FileDigest(sha256=digest.hexdigest(), size=size)

    def write(self, path: str, source: Path) -> None:
        """Copy a local file here."""
        with self._answering():
            self._fs.put_file(str(source), self._at(path))

    def publish(self, path: str, source: Path) -> None:
        """Put a local file here, durably and whole: readers see all of it or what was there before.

        Raises DiskRefuses when the place does not take files: full, read-only, not ours.
        """
        local = local_path(self.url)
        if local is not None:
            target = Path(self._at(path))
            with refusals(local):
                _make(target.parent)
                incoming = target.with_name(f".incoming-{target.name}")
                incoming.unlink(missing_ok=True)
                try:
                    copy_new(source, incoming)
                    incoming.replace(target)
                finally:
                    incoming.unlink(missing_ok=True)
                sync_folder(target.parent)
            return
        try:
            self._fs.put_file(str(source), self._at(path))
        except PermissionError as error:
            raise DiskRefuses(f"{self.url}: cannot write here ({_reason(error)})") from error
        except (OSError, BotoCoreError, ClientError) as error:
            raise Unavailable(f"{self.url}: {_reason(error)}") from error

    def remove(self, path: str) -> None:
        """Take a file away; nothing happens when it is gone already."""
        with self._answering(), suppress(FileNotFoundError):
            self._fs.rm_file(self._at(path))

    @contextmanager
    def opened(self, path: str) -> Iterator[Any]:
        """A file to read from any place of it. Raises NotFound where there is none."""
        with self._answering():
            try:
                file = self._fs.open(self._at(path), "rb")
            except FileNotFoundError:
                raise NotFound(f"{self.url}/{path}: not there") from None
        with file:
            yield file

    def set_class(self, path: str, storage_class: str) -> bool:
        """Give an object another S3 storage class in place; False where the place has no classes."""
        if local_path(self.url) is not None:
            return False
        with self._answering():
            at = self._at(path)
            self._fs.cp_file(at, at, StorageClass=storage_class)
        return True

    def inside(self, path: str) -> Place:
        """The same store, one folder further in."""
        return Place(self._fs, self._at(path), f"{self.url}/{path}")

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}".rstrip("/")

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (OSError, BotoCoreError, ClientError) as error:
            raise Unavailable(f"{self.url}: {_reason(error)}") from error


def open_place(url: str, *, s3_endpoint: str | None = None) -> Place:
    """The place a path, `file://…` or `s3://bucket/prefix` URL names; connects lazily.

    Raises BadInput for any other URL.
    """
    local = local_path(url)
    if local is not None:
        return Place(fsspec.filesystem("file"), str(local), url)
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc:
        raise BadInput(f"{url}: expected a folder, file://… or s3://bucket/prefix")
    client = {} if s3_endpoint is None else {"endpoint_url": s3_endpoint}
    fs = fsspec.filesystem(
        "s3",
        client_kwargs=client,
        config_kwargs=_S3_OPTIONS,
        use_listings_cache=False,
        skip_instance_cache=True,
    )
    return Place(fs, f"{parts.netloc}{unquote(parts.path)}", url)


def local_path(url: str) -> Path | None:
    """The folder a path or `file://` URL names, None for URLs of other schemes."""
    if url.startswith("file://"):
        return Path(unquote(urlsplit(url).path)).absolute()
    return None if "://" in url else Path(url).absolute()


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileNotFoundError, FileExistsError) as error:
        # Where no folder can be: under /proc, or a file of this name.
        raise DiskRefuses(f"{folder}: cannot write here ({error.strerror})") from None


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
