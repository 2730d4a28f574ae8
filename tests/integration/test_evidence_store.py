"""Evidence in a folder and in a bucket: whole, compared, never overwritten, never lost."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

from adapters.evidence_folder import EvidenceFolder
from adapters.evidence_store import BucketStore, EvidenceStore, FolderStore, open_store
from adapters.remote_files import Place, open_place
from adapters.settings import Settings
from adapters.signing import open_signing_key, public_key_path
from enforcement.errors import DiskRefuses, EvidenceBroken, Unavailable
from jobs import cli, verify_evidence
from tests.fixtures import evidence as case
from tests.fixtures.services import free_port

pytest_plugins = ["tests.fixtures.object_store"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(local_dir=tmp_path / "local")


@pytest.fixture(params=["folder", "s3"])
def store_settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """Where to store: the default folder, or a bucket on a real S3 server."""
    if request.param == "folder":
        return settings
    return replace(
        settings,
        store_url=request.getfixturevalue("bucket"),
        s3_endpoint=request.getfixturevalue("s3_endpoint"),
    )


@pytest.fixture
def store(store_settings: Settings) -> EvidenceStore:
    return open_store(store_settings)


def seal(settings: Settings, after_s: float = 0.0, media: dict[str, bytes] | None = None) -> Path:
    key = open_signing_key(settings)
    folder = EvidenceFolder(settings.local_dir / "spool")
    return folder.seal(case.draft(after_s=after_s), media or case.MEDIA, key).folder


def verify(url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch, *more: str) -> int:
    if settings.s3_endpoint is not None:
        monkeypatch.setenv("VIGIA_S3_ENDPOINT", settings.s3_endpoint)
    key = str(public_key_path(settings.signing_key_path))
    arguments = [url, "--public-key", key, *more]
    return cli.run(verify_evidence.main, "verify_evidence", arguments)


def test_a_stored_bundle_verifies_and_measures_again_from_its_url_alone(
    store: EvidenceStore, store_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = store.put(seal(store_settings))
    shutil.rmtree(store_settings.local_dir / "spool")
    assert verify(url, store_settings, monkeypatch, "--remeasure") == cli.DONE


def test_storing_again_changes_nothing(store: EvidenceStore, store_settings: Settings) -> None:
    bundle = seal(store_settings)
    assert store.put(bundle) == store.put(bundle)


def test_the_chain_of_stored_bundles_is_verified_and_a_removed_one_named(
    store: EvidenceStore,
    store_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bundles = [seal(store_settings, after_s=n) for n in range(3)]
    for number in (0, 2):
        url = store.put(bundles[number])
    root = url.rpartition("/")[0]
    assert verify(root, store_settings, monkeypatch) == cli.NO
    assert bundles[1].name in capsys.readouterr().out
    store.put(bundles[1])
    assert verify(root, store_settings, monkeypatch) == cli.DONE


def test_other_evidence_under_the_same_id_is_never_overwritten(
    store: EvidenceStore, store_settings: Settings
) -> None:
    url = store.put(seal(store_settings))
    shutil.rmtree(store_settings.local_dir / "spool")
    other = seal(store_settings, media={**case.MEDIA, "snapshot.jpg": b"another"})
    with pytest.raises(EvidenceBroken, match="other evidence with this id"):
        store.put(other)
    kept = open_place(url, s3_endpoint=store_settings.s3_endpoint).read("snapshot.jpg")
    assert kept == case.MEDIA["snapshot.jpg"]


def test_a_flipped_byte_in_the_store_is_noticed(
    bucket: str, s3_endpoint: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = replace(settings, store_url=bucket, s3_endpoint=s3_endpoint)
    bundle = seal(there)
    url = open_store(there).put(bundle)
    name, _, prefix = url.removeprefix("s3://").partition("/")
    boto3.client("s3", endpoint_url=s3_endpoint).put_object(
        Bucket=name, Key=f"{prefix}/clip.mp4", Body=b"x" + case.MEDIA["clip.mp4"][1:]
    )
    assert verify(url, there, monkeypatch) == cli.NO
    with pytest.raises(Unavailable, match=r"clip\.mp4 read back differs"):
        open_store(there).put(bundle)


def test_an_upload_cut_short_is_finished_by_the_next(
    bucket: str, s3_endpoint: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = replace(settings, store_url=bucket, s3_endpoint=s3_endpoint)
    bundle = seal(there)
    written: list[str] = []

    class Cut(Place):
        def write(self, path: str, source: Path) -> None:
            if len(written) == 2:
                raise Unavailable("line cut")
            written.append(path)
            super().write(path, source)

    place = open_place(bucket, s3_endpoint=s3_endpoint)
    with pytest.raises(Unavailable, match="line cut"):
        BucketStore(Cut(place._fs, place._root, place.url)).put(bundle)
    assert not any(path.endswith("manifest.json") for path in written)
    url = open_store(there).put(bundle)
    assert verify(url, there, monkeypatch) == cli.DONE


@pytest.mark.parametrize("what", ["no server", "no bucket", "wrong secret or none"])
def test_a_store_that_does_not_answer_is_unavailable(
    settings: Settings,
    bucket: str,
    s3_endpoint: str,
    what: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    endpoint = f"http://127.0.0.1:{free_port()}" if what == "no server" else s3_endpoint
    url = "s3://not-there-at-all/x" if what == "no bucket" else bucket
    if what == "wrong secret or none":
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("HOME", str(tmp_path))
    there = replace(settings, store_url=url, s3_endpoint=endpoint)
    with pytest.raises(Unavailable, match=url.split("/")[2]):
        open_store(there).put(seal(there))


def test_verifying_at_a_store_that_does_not_answer_is_unusable_input(
    settings: Settings,
    bucket: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    there = replace(settings, s3_endpoint=f"http://127.0.0.1:{free_port()}")
    seal(there)
    assert verify(bucket, there, monkeypatch) == cli.BAD_INPUT
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_folder_that_cannot_be_written_keeps_the_store_empty(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(DiskRefuses, match="cannot write here"):
        FolderStore(tmp_path / "file").put(seal(settings))
