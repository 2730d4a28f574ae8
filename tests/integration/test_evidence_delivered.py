"""A violation seen again after its bundle was delivered and left the folder: it stays one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from adapters.delivered import Delivered, DeliveredFile
from adapters.evidence_folder import EvidenceFolder
from adapters.settings import Settings
from adapters.signing import open_signing_key
from enforcement.errors import BadInput
from enforcement.evidence import ChainLink
from tests.fixtures import evidence as case

MEDIA = {"clip.mp4": b"clip", "snapshot.jpg": b"picture"}


def link(number: int) -> ChainLink:
    return ChainLink(sequence=number, bundle_id=f"bundle-{number:06d}", manifest_sha256="a" * 64)


def test_a_delivered_violation_seen_again_takes_no_new_place_in_the_chain(tmp_path: Path) -> None:
    key = open_signing_key(Settings(local_dir=tmp_path))
    folder = EvidenceFolder(tmp_path / "spool")
    first = folder.seal(case.draft(), MEDIA, key)
    folder.remove(first.folder, key)
    later = replace(case.draft(), sealed_at=case.EPOCH.replace(hour=23))
    again = EvidenceFolder(tmp_path / "spool").seal(later, MEDIA, key)
    assert again.link == first.link
    assert folder.bundles() == []
    following = folder.seal(case.draft(after_s=60.0), MEDIA, key)
    assert following.link.sequence == first.link.sequence + 1


def test_other_observations_of_a_delivered_violation_are_refused(tmp_path: Path) -> None:
    key = open_signing_key(Settings(local_dir=tmp_path))
    folder = EvidenceFolder(tmp_path / "spool")
    draft = case.draft()
    folder.remove(folder.seal(draft, MEDIA, key).folder, key)
    other = replace(draft, model=replace(case.model(), clock_rate_sigma=0.25))
    with pytest.raises(BadInput, match="other evidence of the same violation"):
        folder.seal(other, MEDIA, key)


def test_a_line_that_a_crash_cut_short_hides_no_other(tmp_path: Path) -> None:
    file = DeliveredFile(tmp_path / "delivered")
    file.note(Delivered(link=link(1), track_sha256="b" * 64))
    with (tmp_path / "delivered").open("ab") as cut:
        cut.write(b'[2, "bundle-0000')
    file.note(Delivered(link=link(3), track_sha256="b" * 64))
    assert [file.find(link(n).bundle_id) is not None for n in (1, 2, 3)] == [True, False, True]


def test_the_oldest_are_forgotten_beyond_a_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.delivered._LARGEST", 2000)
    file = DeliveredFile(tmp_path / "delivered")
    for number in range(40):
        file.note(Delivered(link=link(number), track_sha256="b" * 64))
    assert (tmp_path / "delivered").stat().st_size <= 2000
    assert file.find(link(0).bundle_id) is None
    assert file.find(link(39).bundle_id) is not None
