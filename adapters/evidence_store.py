"""Where sealed bundles live for years: a folder by default, an S3 bucket by one variable.

A bundle is stored when every byte of it was read back and compared; stored evidence is never overwritten.
It must not know what a bundle says.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

from adapters.durable import copy_new, refusals, sync_folder
from adapters.remote_files import Place, local_path, open_place
from adapters.settings import Settings
from enforcement.errors import EvidenceBroken, Unavailable
from enforcement.evidence import MANIFEST

EVIDENCE = "evidence"


class EvidenceStore(Protocol):
    """Takes bundles for good."""

    def put(self, bundle: Path) -> str:
        """Store a bundle's folder, read it back, and give its URL; doing it again changes nothing.

        Raises Unavailable when the store does not answer, EvidenceBroken when it already holds
        other evidence under this id.
        """


def open_store(settings: Settings) -> EvidenceStore:
    """The store that VIGIA_STORE_URL names, else `store` in the local folder; connects lazily."""
    place = store_place(settings)
    folder = local_path(place.url)
    return BucketStore(place) if folder is None else FolderStore(folder)


def store_place(settings: Settings) -> Place:
    """The whole store as files, for what lies in it beside evidence; connects lazily."""
    url = settings.store_url or (settings.local_dir.absolute() / "store").as_uri()
    return open_place(url, s3_endpoint=settings.s3_endpoint)


class FolderStore:
    """A folder; each bundle appears in it whole, by one rename."""

    def __init__(self, root: Path) -> None:
        self._folder = root / EVIDENCE

    def put(self, bundle: Path) -> str:
        """Store a bundle; see EvidenceStore."""
        target = self._folder / bundle.name
        with refusals(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                self._copy(bundle, target)
        url = target.as_uri()
        place = open_place(str(target))
        _refuse_other(place, bundle, url)
        _compare(place, bundle, url)
        return url

    def _copy(self, bundle: Path, target: Path) -> None:
        temporary = self._folder / f".incoming-{bundle.name}"
        shutil.rmtree(temporary, ignore_errors=True)
        try:
            temporary.mkdir()
            for name in _upload_order(bundle):
                copy_new(bundle / name, temporary / name)
            sync_folder(temporary)
            temporary.rename(target)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        sync_folder(self._folder)


class BucketStore:
    """An S3 prefix; the manifest goes last, so a bundle without one was never finished."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def put(self, bundle: Path) -> str:
        """Store a bundle; see EvidenceStore."""
        path = f"{EVIDENCE}/{bundle.name}"
        url = f"{self._place.url}/{path}"
        if self._place.read(f"{path}/{MANIFEST}") is None:
            for name in _upload_order(bundle):
                self._place.write(f"{path}/{name}", bundle / name)
        inner = self._place.inside(path)
        _refuse_other(inner, bundle, url)
        _compare(inner, bundle, url)
        return url


def _upload_order(bundle: Path) -> list[str]:
    names = sorted(path.name for path in bundle.iterdir())
    return sorted(names, key=lambda name: name == MANIFEST)


def _refuse_other(stored: Place, bundle: Path, url: str) -> None:
    if stored.read(MANIFEST) != (bundle / MANIFEST).read_bytes():
        raise EvidenceBroken(f"{url}: other evidence with this id is stored already")


def _compare(stored: Place, bundle: Path, url: str) -> None:
    local = open_place(str(bundle))
    for name in _upload_order(bundle):
        if stored.digest(name) != local.digest(name):
            raise Unavailable(f"{url}: {name} read back differs from what was written")
