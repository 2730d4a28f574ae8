"""A folder of sealed bundles and the chain each camera's bundles form in it.

A bundle appears whole, by one rename, or not at all. Sealing, moving the chain's head and removing happen
under one lock per chain, and the head can be found again from the bundles, so no crash forks or loses a
chain. Heads are signed: with one, a removed last bundle is noticed. It must not know what is done with a
bundle afterwards.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.delivered import Delivered, DeliveredFile
from adapters.durable import copy_new, refusals, replace_file, sync_folder, write_new
from enforcement.errors import BadInput, DiskRefuses, EvidenceBroken
from enforcement.evidence import (
    MANIFEST,
    SIGNATURE,
    TRACK,
    BundleDraft,
    ChainLink,
    FileDigest,
    Signer,
)
from enforcement.evidence_check import Chain, chain_of, link_of
from enforcement.manifest import head_json, manifest, signature_json

HEADS, SET_ASIDE = "heads", "set-aside"
Media = Mapping[str, bytes | Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedBundle:
    """A bundle on disk."""

    folder: Path
    link: ChainLink

    @property
    def bundle_id(self) -> str:
        """Its id, which is also its folder's name."""
        return self.link.bundle_id


class EvidenceFolder:
    """Bundles in `root`, each in a folder of its own; safe for several processes."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self._links: dict[str, tuple[Chain, ChainLink]] = {}

    def seal(self, draft: BundleDraft, media: Media, signer: Signer) -> SealedBundle:
        """Write one bundle durably and make it its chain's last link.

        media: clip.mp4, snapshot.jpg and perhaps plate.jpg, as bytes or as files to copy. The same
        violation sealed before is given back as it is, also when it was delivered and has left the
        folder. Raises DiskRefuses when the disk does not take it, BadInput when a file is lacking or
        the same violation was sealed here with another result; then nothing of it is left.
        """
        chain = draft.scene.camera.id, draft.ingest_host
        with refusals(self.root), self._locked(chain):
            target = self.root / draft.bundle_id
            head = self.head(chain)
            if target.exists():
                _refuse_other(target, draft, _track_digest(target))
                link = self._read_link(target)[1]
            elif (delivered := self._delivered(chain).find(draft.bundle_id)) is not None:
                _refuse_other(target, draft, delivered.track_sha256)
                link = delivered.link
            else:
                link = self._write(draft, media, signer, head)
            if head is None or link.sequence > head.sequence:
                head = link
            # Also after a crash between seal and head: the head is brought up to the bundles.
            self._write_head(chain, head, signer)
        return SealedBundle(folder=target, link=link)

    def bundles(self) -> list[Path]:
        """Folders of sealed bundles, in the order of sealing."""
        sealed_at = {}
        for path in self._entries():
            try:
                sealed_at[path] = (path / MANIFEST).stat().st_mtime_ns
            except (FileNotFoundError, NotADirectoryError):
                continue  # no bundle, or delivered and removed at this moment
        return sorted(sealed_at, key=sealed_at.__getitem__)

    def head(self, chain: Chain) -> ChainLink | None:
        """The chain's last link: the furthest of the head file and the bundles still here."""
        links = [link for other, link in self._known_links() if other == chain]
        from_file = self._read_head(chain)
        if from_file is not None:
            links.append(from_file)
        return max(links, key=lambda link: link.sequence, default=None)

    def remove(self, bundle: Path, signer: Signer) -> None:
        """Take a bundle away once it is safe elsewhere; its chain keeps its head."""
        chain, link = self._read_link(bundle)
        with refusals(self.root), self._locked(chain):
            head = self._read_head(chain)
            if head is None or link.sequence > head.sequence:
                self._write_head(chain, self.head(chain) or link, signer)
            track = _track_digest(bundle)
            if track is not None:
                self._delivered(chain).note(Delivered(link=link, track_sha256=track))
            gone = self.root / f".removed-{bundle.name}"
            bundle.rename(gone)
            sync_folder(self.root)
            shutil.rmtree(gone)
        self._links.pop(bundle.name, None)

    def _write(
        self, draft: BundleDraft, media: Media, signer: Signer, previous: ChainLink | None
    ) -> ChainLink:
        temporary = self.root / f".sealing-{_chain_name(self._chain_of(draft))}"
        shutil.rmtree(temporary, ignore_errors=True)
        try:
            temporary.mkdir()
            digests = {name: _place(content, temporary / name) for name, content in media.items()}
            track = draft.track_json()
            digests[TRACK] = _place(track, temporary / TRACK)
            data = manifest(draft, digests, key_id=signer.key_id, previous=previous)
            _place(data, temporary / MANIFEST)
            _place(signature_json(signer, data), temporary / SIGNATURE)
            sync_folder(temporary)
            temporary.rename(self.root / draft.bundle_id)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        sync_folder(self.root)
        return ChainLink(
            sequence=1 if previous is None else previous.sequence + 1,
            bundle_id=draft.bundle_id,
            manifest_sha256=hashlib.sha256(data).hexdigest(),
        )

    def _chain_of(self, draft: BundleDraft) -> Chain:
        return draft.scene.camera.id, draft.ingest_host

    def _entries(self) -> list[Path]:
        try:
            entries = list(self.root.iterdir())
        except FileNotFoundError:
            return []
        return [
            p for p in entries if not p.name.startswith(".") and p.name not in (HEADS, SET_ASIDE)
        ]

    def _known_links(self) -> Iterator[tuple[Chain, ChainLink]]:
        """Links of the bundles here; each manifest is read once, since a sealed one never changes."""
        for path in self.bundles():
            if path.name not in self._links:
                try:
                    self._links[path.name] = self._read_link(path)
                except FileNotFoundError:
                    continue  # delivered and removed meanwhile; its head was written first
            yield self._links[path.name]

    def _read_link(self, bundle: Path) -> tuple[Chain, ChainLink]:
        data = (bundle / MANIFEST).read_bytes()
        try:
            row: dict[str, Any] = json.loads(data)
            return chain_of(row), link_of(row, hashlib.sha256(data).hexdigest())
        except (ValueError, KeyError, TypeError) as error:
            raise EvidenceBroken(f"{bundle}: {MANIFEST} is damaged") from error

    def _delivered(self, chain: Chain) -> DeliveredFile:
        # The name begins with a point: what does not is taken for a head.
        return DeliveredFile(self.root / HEADS / f".{_chain_name(chain)}.delivered")

    def _head_path(self, chain: Chain) -> Path:
        return self.root / HEADS / f"{_chain_name(chain)}.json"

    def _read_head(self, chain: Chain) -> ChainLink | None:
        path = self._head_path(chain)
        try:
            row = json.loads(path.read_bytes())
            return ChainLink(
                sequence=int(row["sequence"]),
                bundle_id=row["bundle_id"],
                manifest_sha256=row["manifest_sha256"],
            )
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise EvidenceBroken(f"{path}: the chain's head is damaged") from error

    def _write_head(self, chain: Chain, head: ChainLink, signer: Signer) -> None:
        if self._read_head(chain) != head:
            replace_file(self._head_path(chain), head_json(chain, head, signer))

    @contextmanager
    def _locked(self, chain: Chain) -> Iterator[None]:
        heads = self.root / HEADS
        try:
            heads.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            raise DiskRefuses(f"{self.root}: not a folder") from None
        descriptor = os.open(heads / f".{_chain_name(chain)}.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _chain_name(chain: Chain) -> str:
    """A file name for any camera id: readable where it can be, unique always."""
    name = "@".join(part for part in chain if part)
    digest = hashlib.sha256(repr(chain).encode()).hexdigest()[:12]
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '_', name)[:80]}-{digest}"


def _track_digest(bundle: Path) -> str | None:
    try:
        return hashlib.sha256((bundle / TRACK).read_bytes()).hexdigest()
    except FileNotFoundError:
        return None


def _refuse_other(sealed: Path, draft: BundleDraft, track_sha256: str | None) -> None:
    """A repetition must be one: the same observations, or the folder belongs to another run."""
    if track_sha256 != hashlib.sha256(draft.track_json()).hexdigest():
        raise BadInput(
            f"{sealed}: other evidence of the same violation is sealed here; use an empty folder"
        )


def _place(content: bytes | Path, target: Path) -> FileDigest:
    if isinstance(content, bytes):
        write_new(target, content)
        return FileDigest.of(content)
    return copy_new(content, target)
