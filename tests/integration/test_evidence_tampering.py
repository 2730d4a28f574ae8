"""Flipping any byte of any file, or moving files about, makes the verifier say no."""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path

import pytest

from adapters.evidence_folder import EvidenceFolder
from adapters.settings import Settings
from adapters.signing import SigningKey, load_public_key, open_signing_key, public_key_path
from jobs import cli, verify_evidence
from tests.fixtures import evidence as case

FILES = ["clip.mp4", "snapshot.jpg", "plate.jpg", "track.json", "manifest.json", "manifest.sig"]
SAMPLES = 24


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An installation of its own, whose public key the verifier trusts by default."""
    monkeypatch.setenv("VIGIA_LOCAL_DIR", str(tmp_path / "local"))
    monkeypatch.delenv("VIGIA_SIGNING_KEY", raising=False)
    return Settings(local_dir=tmp_path / "local")


@pytest.fixture
def key(settings: Settings) -> SigningKey:
    return open_signing_key(settings)


@pytest.fixture
def bundles(tmp_path: Path, key: SigningKey) -> list[Path]:
    """Three bundles of one camera, in the order of sealing."""
    folder = EvidenceFolder(tmp_path / "evidence")
    media = case.MEDIA | {"plate.jpg": b"\xff\xd8plate"}
    drafts = [case.draft(), case.red_light_draft(after_s=60), case.draft(after_s=120)]
    return [folder.seal(draft, media, key).folder for draft in drafts]


def verify(*arguments: object) -> int:
    return cli.run(verify_evidence.main, "verify_evidence", [str(a) for a in arguments])


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    capsys.readouterr()
    return capsys


def test_untouched_evidence_is_intact_and_measures_again_the_same(
    bundles: list[Path], said: pytest.CaptureFixture[str]
) -> None:
    assert verify(bundles[0].parent, "--remeasure") == cli.DONE
    assert said.readouterr().out.count("measured again with the same result") == 3
    assert verify(bundles[1]) == cli.DONE
    assert verify(bundles[0].parent.as_uri()) == cli.DONE


@pytest.mark.parametrize("name", FILES)
def test_flipping_any_byte_of_a_file_is_noticed_and_the_file_named(
    bundles: list[Path], name: str, said: pytest.CaptureFixture[str]
) -> None:
    path = bundles[0] / name
    whole = path.read_bytes()
    chance = random.Random(name)
    offsets = {0, len(whole) - 1} | {chance.randrange(len(whole)) for _ in range(SAMPLES)}
    for offset in sorted(offsets):
        flipped = bytearray(whole)
        flipped[offset] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        assert verify(bundles[0]) == cli.NO, offset
        assert name in said.readouterr().out
    path.write_bytes(whole)
    assert verify(bundles[0]) == cli.DONE


@pytest.mark.parametrize("name", FILES)
def test_a_missing_shortened_or_longer_file_is_noticed(bundles: list[Path], name: str) -> None:
    path = bundles[0] / name
    whole = path.read_bytes()
    for content in (whole[:-1], whole + b"\0", b""):
        path.write_bytes(content)
        assert verify(bundles[0]) == cli.NO
    path.unlink()
    assert verify(bundles[0]) == cli.NO
    assert verify(bundles[0].parent) == cli.NO


def test_an_extra_file_or_folder_is_noticed(bundles: list[Path]) -> None:
    (bundles[0] / "notes.txt").write_text("x")
    assert verify(bundles[0]) == cli.NO
    (bundles[0] / "notes.txt").unlink()
    (bundles[0] / "more").mkdir()
    assert verify(bundles[0]) == cli.NO


def test_a_link_or_a_pipe_in_place_of_a_file_is_noticed(
    bundles: list[Path], tmp_path: Path
) -> None:
    clip = bundles[0] / "clip.mp4"
    clip.rename(tmp_path / "elsewhere.mp4")
    clip.symlink_to(tmp_path / "elsewhere.mp4")
    assert verify(bundles[0]) == cli.NO
    clip.unlink()
    os.mkfifo(clip)
    assert verify(bundles[0]) == cli.NO


@pytest.mark.parametrize("name", ["track.json", "manifest.json", "manifest.sig"])
def test_files_swapped_between_two_bundles_are_noticed_in_both(
    bundles: list[Path], name: str
) -> None:
    one, two = bundles[0] / name, bundles[1] / name
    mine, theirs = one.read_bytes(), two.read_bytes()
    one.write_bytes(theirs)
    two.write_bytes(mine)
    assert verify(bundles[0]) == cli.NO
    assert verify(bundles[1]) == cli.NO


def test_evidence_sealed_with_another_key_is_not_believed(
    bundles: list[Path], tmp_path: Path, said: pytest.CaptureFixture[str]
) -> None:
    forger = Settings(local_dir=tmp_path / "forger")
    forged = EvidenceFolder(tmp_path / "forged").seal(
        case.draft(), case.MEDIA, open_signing_key(forger)
    )
    assert verify(forged.folder) == cli.NO
    assert "proves nothing by itself" in said.readouterr().out
    public = public_key_path(forger.signing_key_path)
    assert verify(forged.folder, "--public-key", public) == cli.DONE
    assert verify(bundles[0], "--public-key", public) == cli.NO


def test_a_forged_result_is_noticed_when_measured_again(
    tmp_path: Path, key: SigningKey, said: pytest.CaptureFixture[str]
) -> None:
    draft = case.draft()
    draft.violation.details["speed_kmh"] = 131.0
    sealed = EvidenceFolder(tmp_path / "made-up").seal(draft, case.MEDIA, key)
    assert verify(sealed.folder) == cli.DONE
    assert verify(sealed.folder, "--remeasure") == cli.NO
    assert "re-measured verdict" in said.readouterr().out


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_a_removed_bundle_is_named(
    bundles: list[Path], gone: int, said: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(bundles[gone])
    assert verify(bundles[0].parent) == cli.NO
    assert bundles[gone].name in said.readouterr().out


def test_a_chain_head_put_back_or_changed_is_noticed(
    bundles: list[Path], said: pytest.CaptureFixture[str]
) -> None:
    (path,) = (p for p in (bundles[0].parent / "heads").iterdir() if p.suffix == ".json")
    whole = path.read_bytes()
    row = json.loads(whole)
    path.write_bytes(whole.replace(row["bundle_id"].encode(), bundles[0].name.encode()))
    assert verify(bundles[0].parent) == cli.NO
    assert "heads/" in said.readouterr().out


def test_a_bundle_emptied_of_everything_is_still_missed(bundles: list[Path]) -> None:
    for path in bundles[1].iterdir():
        path.unlink()
    assert verify(bundles[0].parent) == cli.NO


@pytest.mark.parametrize(
    ("where", "says"),
    [("nowhere", "no evidence bundle"), ("ftp://host/x", "expected a folder")],
)
def test_nothing_to_verify_is_unusable_input(
    key: SigningKey, tmp_path: Path, where: str, says: str, said: pytest.CaptureFixture[str]
) -> None:
    place = where if "://" in where else tmp_path / where
    assert verify(place) == cli.BAD_INPUT
    (line,) = said.readouterr().err.splitlines()
    assert says in line


def test_without_a_trusted_key_there_is_nothing_to_verify_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VIGIA_LOCAL_DIR", str(tmp_path / "new"))
    assert verify(tmp_path) == cli.BAD_INPUT
    assert "--public-key" in said.readouterr().err


def test_the_public_half_lies_beside_the_private_one(settings: Settings, key: SigningKey) -> None:
    private = settings.signing_key_path
    assert private.stat().st_mode & 0o777 == 0o600
    assert private.parent.stat().st_mode & 0o777 == 0o700
    assert load_public_key(public_key_path(private)).key_id == key.key_id
    assert open_signing_key(settings).key_id == key.key_id


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot read"),
        (b"\xff\x00", "not a public key"),
        (b"-----BEGIN PRIVATE KEY-----\n", "holds a private key"),
    ],
)
def test_a_wrong_public_key_file_is_one_line(
    bundles: list[Path],
    tmp_path: Path,
    content: bytes | None,
    says: str,
    said: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "wrong.pem"
    if content is not None:
        path.write_bytes(content)
    assert verify(bundles[0], "--public-key", path) == cli.BAD_INPUT
    (line,) = said.readouterr().err.splitlines()
    assert says in line
