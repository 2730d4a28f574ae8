"""Which bundles of a chain have left the folder because they are safe elsewhere.

A recording that is watched again, as after its camera was killed, shows the same violations again; this
memory tells them from new ones. It lasts as long as the file: the oldest are forgotten beyond a size. It
must not know where bundles go.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from adapters.durable import replace_file
from enforcement.evidence import ChainLink

_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A bundle that was here: its place in the chain and the SHA-256 of its observations."""

    link: ChainLink
    track_sha256: str


class DeliveredFile:
    """One line a bundle; used under the chain's lock."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, delivered: Delivered) -> None:
        """Remember one, on disk on return."""
        link = delivered.link
        row = [link.sequence, link.bundle_id, link.manifest_sha256, delivered.track_sha256]
        with self._path.open("ab") as file:
            # A line of its own even after one that a crash cut short.
            file.write(b"\n" + json.dumps(row).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        if size > _LARGEST:
            kept = self._path.read_bytes()[size // 2 :].partition(b"\n")[2]
            replace_file(self._path, kept)

    def find(self, bundle_id: str) -> Delivered | None:
        """What is remembered of a bundle."""
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return None
        wanted = bundle_id.encode()
        for line in reversed(lines):
            if wanted in line and (found := _parsed(line)) is not None:
                return found
        return None


def _parsed(line: bytes) -> Delivered | None:
    try:
        sequence, bundle_id, manifest_sha256, track_sha256 = json.loads(line)
    except ValueError:
        return None
    link = ChainLink(sequence=sequence, bundle_id=bundle_id, manifest_sha256=manifest_sha256)
    return Delivered(link=link, track_sha256=track_sha256)
