"""Backups in the store: base backups, the log of changes, and which of both are still needed.

backups/base/NAME.tar.zst with NAME.json beside it, written last: a backup without it was never finished.
backups/wal/FILE.zst: the log, piece by piece. It must not know how a server is copied.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from adapters.remote_files import Place
from enforcement.errors import EvidenceBroken

BASE, WAL = "backups/base", "backups/wal"
_NAME = re.compile(r"(\d{8}T\d{6}Z)\.json")
_SEGMENT = re.compile(r"[0-9A-F]{24}")
_PACKED = ".zst"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A finished base backup. first_wal: the piece of the log from which it can be rolled forward."""

    name: str
    taken_at: str
    sha256: str
    bytes: int
    first_wal: str
    server_version: str

    @property
    def path(self) -> str:
        """In the store."""
        return f"{BASE}/{self.name}.tar.zst"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backups:
    """Those of one store."""

    place: Place

    def all(self) -> list[Backup]:
        """Finished ones, oldest first. Raises EvidenceBroken for a description that cannot be read."""
        found = []
        for name in self.place.entries(BASE)[0]:
            if _NAME.fullmatch(name):
                data = self.place.read(f"{BASE}/{name}")
                try:
                    found.append(Backup(**json.loads(data or b"")))
                except (ValueError, TypeError):
                    raise EvidenceBroken(f"{self.place.url}/{BASE}/{name}: damaged") from None
        return sorted(found, key=lambda one: one.name)

    def put(self, packed: Path, name: str, at: datetime, first_wal: str, version: str) -> Backup:
        """Store a packed base backup, read it back, and only then describe it."""
        path = f"{BASE}/{name}.tar.zst"
        local = Place.of_folder(packed.parent).digest(packed.name)
        self.place.publish(path, packed)
        stored = self.place.digest(path)
        if stored is None or stored != local:
            self.place.remove(path)
            raise EvidenceBroken(
                f"{self.place.url}/{path}: read back differs from what was written"
            )
        backup = Backup(
            name=name, taken_at=at.isoformat(), sha256=stored.sha256, bytes=stored.size,
            first_wal=first_wal, server_version=version,
        )  # fmt: skip
        with TemporaryDirectory() as folder:
            described = Path(folder) / "description.json"
            described.write_text(json.dumps(asdict(backup)))
            self.place.publish(f"{BASE}/{name}.json", described)
        return backup

    def keep(self, newest: int) -> list[str]:
        """Remove base backups but the newest so many, unfinished ones, and the log none of them needs."""
        finished = self.all()
        kept = finished[-newest:]
        names = {one.name for one in kept}
        removed = []
        # The description goes first: half a removal looks like a backup that was never finished.
        for end in (".json", ".tar.zst"):
            for name in self.place.entries(BASE)[0]:
                if name.endswith(end) and name.removesuffix(end) not in names:
                    self.place.remove(f"{BASE}/{name}")
                    removed.append(name)
        if kept:
            oldest = min(one.first_wal for one in kept)
            for name in list(self.log()):
                if name[8:] < oldest[8:]:
                    self.place.remove(f"{WAL}/{name}{_PACKED}")
                    removed.append(name)
        return removed

    def log(self) -> Iterator[str]:
        """Pieces of the log in the store, by the names the server gives them."""
        for name in self.place.entries(WAL)[0]:
            if name.endswith(_PACKED) and _SEGMENT.match(name):
                yield name.removesuffix(_PACKED)

    def piece(self, name: str) -> bytes:
        """One piece of the log as the server wrote it (16 MiB). Raises EvidenceBroken when damaged."""
        data = self.place.read(f"{WAL}/{name}{_PACKED}")
        try:
            return bytes(pa.CompressedInputStream(pa.BufferReader(data or b""), "zstd").read())
        except (pa.ArrowException, OSError) as error:
            where = f"{self.place.url}/{WAL}/{name}{_PACKED}"
            raise EvidenceBroken(f"{where}: damaged ({str(error).splitlines()[0]})") from None

    def ship(self, folder: Path) -> int:
        """Move finished pieces of the log from a folder to the store, each compared; how many.

        A piece is finished every minute and mostly empty: packed it is small.
        """
        there = set(self.log())
        shipped = 0
        for path in sorted(folder.iterdir()):
            if not _SEGMENT.match(path.name):
                continue
            data = path.read_bytes()
            if path.name not in there:
                self._publish(f"{WAL}/{path.name}{_PACKED}", data)
                shipped += 1
            if self.piece(path.name) != data:
                raise EvidenceBroken(
                    f"{self.place.url}/{WAL}/{path.name}: differs from the server's"
                )
            path.unlink()
        return shipped

    def _publish(self, path: str, data: bytes) -> None:
        with TemporaryDirectory() as folder:
            packed = Path(folder) / "packed"
            with pa.CompressedOutputStream(pa.OSFile(str(packed), "wb"), "zstd") as sink:
                sink.write(data)
            self.place.publish(path, packed)
