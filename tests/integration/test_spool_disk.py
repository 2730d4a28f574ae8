"""A disk that fills up or fails at any step leaves the spool and the store without half a bundle."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from actors.recorder import Recorder, StoredBundle
from adapters.evidence_folder import EvidenceFolder
from adapters.evidence_reading import read_checked
from adapters.evidence_store import FolderStore
from adapters.remote_files import open_place
from adapters.settings import Settings
from adapters.signing import SigningKey, open_signing_key
from adapters.spool import Spool
from enforcement.errors import DiskRefuses
from tests.fixtures import evidence as case


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return open_signing_key(Settings(local_dir=tmp_path))


@pytest.fixture
def bundle(tmp_path: Path, key: SigningKey) -> Path:
    return EvidenceFolder(tmp_path / "out").seal(case.draft(), case.MEDIA, key).folder


@contextmanager
def disk_full_from(step: int) -> Iterator[list[int]]:
    """Flushes and renames fail from the step-th on; gives the count of those tried."""
    tried = [0]

    def guard(real: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*arguments: Any) -> Any:
            tried[0] += 1
            if tried[0] >= step:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*arguments)

        return guarded

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", guard(os.fsync))
        patch.setattr(Path, "rename", guard(Path.rename))
        yield tried


def whole_ones(folder: Path, key: SigningKey) -> list[str]:
    """Names of the visible bundles, each checked."""
    names = [p.name for p in folder.iterdir() if not p.name.startswith(".") and p.name != "heads"]
    for name in names:
        assert read_checked(open_place(str(folder / name)), "", [key.public]).intact
    return names


@pytest.mark.parametrize("what", ["spool", "store"])
def test_a_disk_full_at_any_step_leaves_no_half_bundle_and_the_next_try_is_whole(
    bundle: Path, key: SigningKey, tmp_path: Path, what: str
) -> None:
    step, more = 0, True
    while more:
        step += 1
        root = tmp_path / f"{what}-{step}"
        put: Callable[[Path], object] = (
            Spool(root, key).put if what == "spool" else FolderStore(root).put
        )
        folder = root if what == "spool" else root / "evidence"
        said = ""
        with disk_full_from(step):
            try:
                put(bundle)
            except DiskRefuses as error:
                said = str(error)
        more = bool(said)
        assert not more or said.startswith(f"{folder}: cannot write here (No space left"), said
        if folder.exists():
            whole_ones(folder, key)
            assert not [p for p in folder.iterdir() if p.name.startswith(".")]
        put(bundle)
        assert whole_ones(folder, key) == [bundle.name]
    assert step > len(list(bundle.iterdir())), "every file was flushed at least"


def test_a_full_store_keeps_the_bundle_in_the_spool_and_says_so(
    key: SigningKey, tmp_path: Path
) -> None:
    saved: list[StoredBundle] = []
    now = [0.0]
    spool = Spool(tmp_path / "spool", key)
    spool.seal(case.draft(), case.MEDIA)
    recorder = Recorder(
        spool=spool,
        store=FolderStore(tmp_path / "store"),
        save=saved.append,
        trusted=[key.public],
        clock=lambda: now[0],
    )
    with disk_full_from(1):
        assert recorder.step() == 0
    status = recorder.status()
    assert (status.waiting, status.degraded) == (1, True)
    assert "No space left" in (status.last_error or "")
    now[0] += 60
    assert recorder.step() == 1
    assert len(saved) == 1


def test_a_camera_seals_while_the_recorder_removes_and_the_chain_stays_whole(
    key: SigningKey, tmp_path: Path
) -> None:
    sealing, delivering = (Spool(tmp_path / "spool", key) for _ in range(2))
    stop = threading.Event()

    def remove_all() -> None:
        while not stop.is_set():
            for bundle in delivering.waiting():
                delivering.remove(bundle)

    thread = threading.Thread(target=remove_all)
    thread.start()
    try:
        drafts = [case.draft(after_s=number) for number in range(25)]
        sealed = [sealing.seal(draft, case.MEDIA).link for draft in drafts]
    finally:
        stop.set()
        thread.join()
    assert [link.sequence for link in sealed] == list(range(1, 26))
    assert EvidenceFolder(tmp_path / "spool").head(("CAM001", None)) == sealed[-1]
