"""Stored bundles in cheaper keeping: S3 storage classes, or folders beside the evidence.

Nothing is ever deleted, and a bundle's address never changes. It must not know when anything is due.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from adapters.durable import copy_new, refusals, sync_folder
from adapters.evidence_store import EVIDENCE, store_place
from adapters.remote_files import Place, local_path, open_place
from adapters.settings import Settings
from enforcement.errors import BadInput, EvidenceBroken

_LEAVING = ".leaving-"
CLIP = "clip.mp4"
# Small, and asked for whenever a chain is checked: always at hand.
_ALWAYS_HOT = frozenset({"manifest.json", "manifest.sig", "track.json"})


class Keeping(StrEnum):
    """How files are kept: at hand, cheaper, cheapest and slow to come back."""

    HOT = "hot"
    COLD = "cold"
    FROZEN = "frozen"


_S3_CLASS = {Keeping.COLD: "STANDARD_IA", Keeping.FROZEN: "GLACIER"}


class EvidenceClasses(Protocol):
    """Changes how a bundle is kept."""

    def keep(self, store_url: str, *, clip: Keeping, stills: Keeping) -> tuple[Keeping, Keeping]:
        """Keep the bundle's clip and its pictures so; returns how they are kept now.

        Doing it again changes nothing. Raises EvidenceBroken where there is no bundle.
        """


def evidence_classes(settings: Settings) -> EvidenceClasses:
    """Classes of the configured store."""
    folder = local_path(store_place(settings).url)
    return BucketClasses(settings.s3_endpoint) if folder is None else FolderClasses(folder)


class BucketClasses:
    """Storage classes, object by object."""

    def __init__(self, s3_endpoint: str | None) -> None:
        self._endpoint = s3_endpoint

    def keep(self, store_url: str, *, clip: Keeping, stills: Keeping) -> tuple[Keeping, Keeping]:
        """See EvidenceClasses."""
        place = open_place(store_url, s3_endpoint=self._endpoint)
        names = place.entries()[0]
        if not names:
            raise EvidenceBroken(f"{store_url}: no bundle there")
        for name in names:
            wanted = clip if name == CLIP else stills
            if name not in _ALWAYS_HOT and wanted is not Keeping.HOT:
                place.set_class(name, _S3_CLASS[wanted])
        return clip, stills


class FolderClasses:
    """Folders beside `evidence`; a bundle is whole in one of them, and its own address leads there."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def keep(self, store_url: str, *, clip: Keeping, stills: Keeping) -> tuple[Keeping, Keeping]:
        """See EvidenceClasses. The bundle moves as one, when its last part is due."""
        wanted = min(clip, stills, key=list(Keeping).index)
        address = local_path(store_url)
        if address is None or address.parent != self._root / EVIDENCE:
            raise BadInput(f"{store_url}: not a bundle of the store {self._root}")
        with refusals(self._root):
            self._finish(address)
            if not address.exists():
                raise EvidenceBroken(f"{store_url}: no bundle there")
            if wanted is not Keeping.HOT:
                self._move(address, self._root / f"{EVIDENCE}-{wanted}" / address.name)
        return wanted, wanted

    def _move(self, address: Path, target: Path) -> None:
        source = address.resolve()
        if source == target.resolve():
            return
        self._copy(source, target)
        # From here on a killed run is finished by the next: both copies are whole.
        leaving = address.with_name(_LEAVING + address.name)
        address.rename(leaving)
        _link(address, target)
        self._clear(leaving)

    def _finish(self, address: Path) -> None:
        """Bring a move to its end that was killed between its steps."""
        leaving = address.with_name(_LEAVING + address.name)
        if not leaving.is_symlink() and not leaving.exists():
            return
        if not address.is_symlink():
            targets = [self._root / f"{EVIDENCE}-{kind}" / address.name for kind in Keeping]
            there = [path for path in reversed(targets) if path.is_dir()]
            _link(address, there[0])
        self._clear(leaving)

    def _clear(self, leaving: Path) -> None:
        """Remove where the bundle was: a folder, or a link to one."""
        if leaving.is_symlink():
            shutil.rmtree(leaving.resolve(), ignore_errors=True)
            leaving.unlink()
        else:
            shutil.rmtree(leaving)
        sync_folder(leaving.parent)

    def _copy(self, source: Path, target: Path) -> None:
        incoming = target.with_name(f".incoming-{target.name}")
        shutil.rmtree(incoming, ignore_errors=True)
        if target.exists():
            return
        incoming.mkdir(parents=True)
        for path in sorted(source.iterdir()):
            try:
                os.link(path, incoming / path.name)
            except OSError:  # another disk
                copy_new(path, incoming / path.name)
        self._compare(source, incoming)
        sync_folder(incoming)
        incoming.rename(target)
        sync_folder(target.parent)

    def _compare(self, source: Path, copy: Path) -> None:
        names = sorted(path.name for path in source.iterdir())
        there, here = Place.of_folder(source), Place.of_folder(copy)
        for name in names:
            if there.digest(name) != here.digest(name):
                raise EvidenceBroken(f"{copy / name}: read back differs from what was written")


def _link(address: Path, target: Path) -> None:
    with suppress(FileExistsError):
        address.symlink_to(os.path.relpath(target, address.parent), target_is_directory=True)
    sync_folder(address.parent)
