"""A bundle is there whole or not at all, and its camera's chain has neither forks nor holes."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.evidence_folder import EvidenceFolder
from adapters.evidence_reading import find_bundles, read_checked
from adapters.remote_files import open_place
from adapters.settings import Settings
from adapters.signing import SigningKey, open_signing_key
from enforcement.errors import BadInput, DiskRefuses, EvidenceBroken, Unavailable
from enforcement.evidence_check import check_chain
from tests.fixtures import evidence as case
from tests.fixtures.processes import quick_processes

CHAIN = ("CAM001", None)


class PowerLost(BaseException):
    """The machine stops here: no handler of ours may run its course."""


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return open_signing_key(Settings(local_dir=tmp_path / "local"))


@pytest.fixture
def folder(tmp_path: Path) -> EvidenceFolder:
    return EvidenceFolder(tmp_path / "evidence")


def problems(root: Path, key: SigningKey) -> list[str]:
    """Everything wrong with the bundles of one camera in a folder."""
    place = open_place(str(root))
    checked = [read_checked(place, path, [key.public]) for path in find_bundles(place)]
    head = EvidenceFolder(root).head(CHAIN)
    return [p for c in checked for p in c.problems] + check_chain("cam", checked, head)


def visible(root: Path) -> set[str]:
    return {p.name for p in root.iterdir() if p.name != "heads"}


def test_bundles_of_a_camera_follow_one_another(folder: EvidenceFolder, key: SigningKey) -> None:
    links = [folder.seal(case.draft(after_s=n), case.MEDIA, key).link for n in range(4)]
    assert [link.sequence for link in links] == [1, 2, 3, 4]
    assert problems(folder.root, key) == []


def test_cameras_and_hosts_have_chains_of_their_own(
    folder: EvidenceFolder, key: SigningKey
) -> None:
    for changes in ({}, {"camera_id": "CAM002"}, {"ingest_host": "node-a", "track_id": 9}):
        sealed = folder.seal(case.draft(**changes), case.MEDIA, key)
        assert sealed.link.sequence == 1


def test_the_same_violation_sealed_twice_is_one_bundle(
    folder: EvidenceFolder, key: SigningKey
) -> None:
    first = folder.seal(case.draft(), case.MEDIA, key)
    assert folder.seal(case.draft(), case.MEDIA, key) == first
    assert EvidenceFolder(folder.root).seal(case.draft(), case.MEDIA, key) == first


def test_the_same_violation_with_another_result_is_refused_and_not_overwritten(
    folder: EvidenceFolder, key: SigningKey
) -> None:
    first = folder.seal(case.draft(), case.MEDIA, key)
    before = (first.folder / "track.json").read_bytes()
    other = replace(case.draft(), image_size=(640, 360))
    with pytest.raises(BadInput, match="use an empty folder"):
        folder.seal(other, case.MEDIA, key)
    assert (first.folder / "track.json").read_bytes() == before
    assert problems(folder.root, key) == []


def test_a_clip_is_taken_from_its_file_as_it_is(
    folder: EvidenceFolder, key: SigningKey, tmp_path: Path
) -> None:
    clip = tmp_path / "from-the-ring.mp4"
    clip.write_bytes(bytes(range(256)) * 9000)
    sealed = folder.seal(case.draft(), case.MEDIA | {"clip.mp4": clip}, key)
    assert (sealed.folder / "clip.mp4").read_bytes() == clip.read_bytes()
    assert problems(folder.root, key) == []


def test_a_bundle_without_its_clip_is_refused_and_leaves_nothing(
    folder: EvidenceFolder, key: SigningKey
) -> None:
    with pytest.raises(BadInput, match=r"lacks clip\.mp4"):
        folder.seal(case.draft(), {"snapshot.jpg": b"x"}, key)
    assert visible(folder.root) == set()


def _failing_at(
    monkeypatch: pytest.MonkeyPatch, call: int, error: Callable[[], BaseException]
) -> Callable[[], int]:
    """Make the call-th flush, rename or removal fail; returns how many there were."""
    count = 0

    def guard(real: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*arguments: Any, **named: Any) -> Any:
            nonlocal count
            count += 1
            if count == call:
                raise error()
            return real(*arguments, **named)

        return guarded

    monkeypatch.setattr(os, "fsync", guard(os.fsync))
    monkeypatch.setattr(Path, "rename", guard(Path.rename))
    monkeypatch.setattr(Path, "replace", guard(Path.replace))
    return lambda: count


def _full() -> BaseException:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("error", [_full, PowerLost], ids=["full disk", "power lost"])
def test_whatever_step_fails_nothing_is_half_there_and_the_chain_goes_on(
    tmp_path: Path, key: SigningKey, error: Callable[[], BaseException]
) -> None:
    call, steps = 0, 1
    while call < steps:
        call += 1
        root = tmp_path / f"at-{call}"
        EvidenceFolder(root).seal(case.draft(), case.MEDIA, key)
        before = visible(root)
        with pytest.MonkeyPatch.context() as patch:
            counted = _failing_at(patch, call, error)
            if error is PowerLost:  # then nobody tidies up either
                patch.setattr("adapters.evidence_folder.shutil.rmtree", lambda *_, **__: None)
            try:
                EvidenceFolder(root).seal(case.draft(after_s=1), case.MEDIA, key)
            except (DiskRefuses, PowerLost):
                steps = call + 1
        whole = {name for name in visible(root) - before if not name.startswith(".")}
        assert all(read_checked(open_place(str(root / n)), "", [key.public]).intact for n in whole)
        # A new process goes on: neither a fork nor a hole, whatever was left.
        again = EvidenceFolder(root)
        again.seal(case.draft(after_s=1), case.MEDIA, key)
        third = again.seal(case.draft(after_s=2), case.MEDIA, key)
        assert third.link.sequence == 3, (call, counted())
        assert problems(root, key) == []
    assert steps > 8


def test_a_full_disk_is_one_line_that_names_the_folder(
    folder: EvidenceFolder, key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    _failing_at(monkeypatch, 1, _full)
    with pytest.raises(DiskRefuses, match=r"evidence: cannot write here \(No space left") as told:
        folder.seal(case.draft(), case.MEDIA, key)
    assert isinstance(told.value, BadInput)
    assert isinstance(told.value, Unavailable)
    assert visible(folder.root) == set()


def test_a_place_that_cannot_be_written_is_one_line(key: SigningKey, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(DiskRefuses, match="cannot write here"):
        EvidenceFolder(tmp_path / "file" / "evidence").seal(case.draft(), case.MEDIA, key)


@pytest.mark.skipif(os.geteuid() != 0, reason="takes another user's rights, which needs root")
def test_a_read_only_folder_is_one_line_and_leaves_nothing(key: SigningKey, tmp_path: Path) -> None:
    root = tmp_path / "evidence"
    root.mkdir(mode=0o555)
    os.seteuid(65534)
    try:
        with pytest.raises(DiskRefuses, match="Permission denied"):
            EvidenceFolder(root).seal(case.draft(), case.MEDIA, key)
    finally:
        os.seteuid(0)
    assert list(root.iterdir()) == []


def test_a_delivered_bundle_leaves_its_chain_behind(
    folder: EvidenceFolder, key: SigningKey
) -> None:
    first = folder.seal(case.draft(), case.MEDIA, key)
    folder.remove(first.folder, key)
    assert folder.bundles() == []
    second = EvidenceFolder(folder.root).seal(case.draft(after_s=1), case.MEDIA, key)
    assert second.link.sequence == 2
    previous = json.loads((second.folder / "manifest.json").read_bytes())["chain"]["previous"]
    assert previous["manifest_sha256"] == first.link.manifest_sha256


def test_a_bundle_delivered_before_its_head_was_written_is_not_forgotten(
    folder: EvidenceFolder, key: SigningKey
) -> None:
    folder.seal(case.draft(), case.MEDIA, key)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EvidenceFolder, "_write_head", lambda *_: (_ for _ in ()).throw(PowerLost))
        with pytest.raises(PowerLost):
            folder.seal(case.draft(after_s=1), case.MEDIA, key)
    recorder = EvidenceFolder(folder.root)
    for bundle in recorder.bundles():
        recorder.remove(bundle, key)
    third = EvidenceFolder(folder.root).seal(case.draft(after_s=2), case.MEDIA, key)
    assert third.link.sequence == 3


def test_a_damaged_head_is_named_and_nothing_is_sealed_on_it(
    folder: EvidenceFolder, key: SigningKey
) -> None:
    folder.seal(case.draft(), case.MEDIA, key)
    (head,) = (p for p in (folder.root / "heads").iterdir() if p.suffix == ".json")
    head.write_bytes(b"{")
    with pytest.raises(EvidenceBroken, match="head is damaged"):
        folder.seal(case.draft(after_s=1), case.MEDIA, key)


@pytest.mark.parametrize("camera", ["../../etc", "a/b", ".", "ñandú 7", "x" * 300])
def test_any_camera_id_stays_inside_the_folder(
    folder: EvidenceFolder, key: SigningKey, camera: str, tmp_path: Path
) -> None:
    folder.seal(case.draft(camera_id=camera), case.MEDIA, key)
    assert {p.name for p in tmp_path.iterdir()} == {"evidence", "local"}
    assert len([p for p in (folder.root / "heads").iterdir() if p.suffix == ".json"]) == 1


def _seal_some(root: str, local: str, worker: int) -> None:
    key = open_signing_key(Settings(local_dir=Path(local)))
    for number in range(4):
        draft = case.draft(after_s=worker * 1000 + number)
        EvidenceFolder(Path(root)).seal(draft, case.MEDIA, key)


def test_two_processes_on_one_camera_make_one_chain(tmp_path: Path, key: SigningKey) -> None:
    root = tmp_path / "evidence"
    local = tmp_path / "local"
    with quick_processes().Pool(2) as pool:
        pool.starmap(_seal_some, [(str(root), str(local), worker) for worker in (1, 2)])
    assert len(EvidenceFolder(root).bundles()) == 8
    assert problems(root, key) == []
