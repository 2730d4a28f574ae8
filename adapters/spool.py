"""Sealed bundles that wait on this machine's disk until store and database have them.

What `put` or `seal` returned for survives the process and the power. It must not know what delivery is.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from adapters.durable import copy_new, refusals, sync_folder
from adapters.evidence_folder import SET_ASIDE, EvidenceFolder, Media, SealedBundle
from adapters.remote_files import open_place
from enforcement.errors import BadInput, EvidenceBroken
from enforcement.evidence import MANIFEST, BundleDraft, Signer


class Spool:
    """A folder of bundles still to deliver; safe for several processes."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self.root = folder.absolute()
        self._folder = EvidenceFolder(self.root)
        self._signer = signer

    def seal(self, draft: BundleDraft, media: Media) -> SealedBundle:
        """Seal straight into the spool; durable on return. Raises DiskRefuses, BadInput."""
        return self._folder.seal(draft, media, self._signer)

    def put(self, bundle: Path) -> Path:
        """Copy a bundle sealed elsewhere into the spool; durable on return, and done once.

        Raises DiskRefuses, BadInput when the folder is no bundle, EvidenceBroken when another bundle
        with its id waits here.
        """
        if not (bundle / MANIFEST).is_file():
            raise BadInput(f"{bundle}: no sealed bundle ({MANIFEST} is missing)")
        target = self.root / bundle.name
        if bundle.absolute() == target:
            return target
        with refusals(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            if target.exists():
                return _same(bundle, target)
            temporary = self.root / f".copying-{bundle.name}"
            shutil.rmtree(temporary, ignore_errors=True)
            try:
                temporary.mkdir()
                for file in sorted(bundle.iterdir()):
                    copy_new(file, temporary / file.name)
                sync_folder(temporary)
                temporary.rename(target)
            except BaseException:
                shutil.rmtree(temporary, ignore_errors=True)
                raise
            sync_folder(self.root)
        return target

    def waiting(self) -> list[Path]:
        """Bundles still to deliver, in the order of sealing."""
        return self._folder.bundles()

    def remove(self, bundle: Path) -> None:
        """Take a delivered bundle away; one that is already gone is gone."""
        try:
            self._folder.remove(bundle, self._signer)
        except FileNotFoundError:
            return

    def set_aside(self, bundle: Path) -> Path:
        """Keep a damaged bundle where nobody delivers it, for a person to look at."""
        folder = self.root / SET_ASIDE
        with refusals(self.root):
            folder.mkdir(exist_ok=True)
            before = sum(path.name.startswith(bundle.name) for path in folder.iterdir())
            target = folder / (f"{bundle.name}.{before + 1}" if before else bundle.name)
            bundle.rename(target)
            sync_folder(target.parent)
            sync_folder(self.root)
        return target

    def set_aside_count(self) -> int:
        """How many damaged bundles wait for a person."""
        folder = self.root / SET_ASIDE
        return len(list(folder.iterdir())) if folder.is_dir() else 0


def _same(bundle: Path, target: Path) -> Path:
    ours, theirs = open_place(str(bundle)), open_place(str(target))
    names = ours.entries()[0]
    if names != theirs.entries()[0] or any(ours.digest(n) != theirs.digest(n) for n in names):
        raise EvidenceBroken(f"{target}: another bundle with this id is waiting here")
    return target
