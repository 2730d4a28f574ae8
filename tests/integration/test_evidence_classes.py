"""Evidence grows colder with age, its address and its seal stay; what is held or open stays at hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from adapters.evidence_classes import BucketClasses, FolderClasses, Keeping
from adapters.remote_files import open_place
from enforcement.errors import EvidenceBroken
from jobs import cli, legal_hold
from schema import bench_rows
from tests.fixtures.history import History, months_ago

pytest_plugins = ["tests.fixtures.object_store"]
FILES = ("clip.mp4", "snapshot.jpg", "track.json", "manifest.json", "manifest.sig")


def put_bundle(history: History, name: str, days: int, *, status: str = "validated") -> Path:
    """A bundle in the store, with its rows, sealed so many days ago."""
    folder = history.local / "store" / "evidence" / name
    folder.mkdir(parents=True)
    for file in FILES:
        (folder / file).write_text(f"{name} {file}")
    add_rows(history, name, folder.as_uri(), days, status)
    return folder


def add_rows(history: History, name: str, url: str, days: int, status: str) -> None:
    bench_rows.add_places(history.session, cameras=1, people=1)
    at = datetime.now(UTC) - timedelta(days=days)
    history.session.execute(
        "INSERT INTO infractions (infraction_code, type, device_id, video_url, snapshot_url,"
        " confidence_score, detected_at, status) VALUES (%s, 'OTHER', 'BC0', 'v', 's', 1, %s, %s)",
        (name, at, status),
    )
    history.session.execute(
        "INSERT INTO evidence (bundle_id, infraction_id, store_url, manifest_digest,"
        " signature_key_id, software_version, sealed_at) VALUES"
        " (%s, (SELECT id FROM infractions WHERE infraction_code = %s), %s, repeat('a', 64), 'k', 'v', %s)",
        (name, name, url, at),
    )


def classes(history: History) -> dict[str, tuple[Any, ...]]:
    rows = history.session.execute("SELECT bundle_id, clip_class, stills_class FROM evidence")
    return {row[0]: row[1:] for row in rows}


def test_in_a_folder_bundles_move_whole_and_keep_their_address(history: History) -> None:
    ages = {"young": 10, "clip-due": 40, "cold": 100, "frozen": 800}
    folders = {name: put_bundle(history, name, days) for name, days in ages.items()}
    code, figures, _ = history.run("enforce_retention")
    assert code == cli.DONE
    assert figures["evidence"]["changed"] == 2
    assert classes(history) == {
        "young": ("hot", "hot"),
        "clip-due": ("hot", "hot"),
        "cold": ("cold", "cold"),
        "frozen": ("frozen", "frozen"),
    }
    store = history.local / "store"
    assert folders["cold"].resolve() == store / "evidence-cold" / "cold"
    assert folders["frozen"].resolve() == store / "evidence-frozen" / "frozen"
    for name, folder in folders.items():
        place = open_place(folder.as_uri())
        assert set(place.entries()[0]) == set(FILES)
        assert place.read("clip.mp4") == f"{name} clip.mp4".encode()
    history.session.execute("UPDATE evidence SET sealed_at = sealed_at - INTERVAL '2 years'")
    history.run("enforce_retention")
    assert folders["cold"].resolve() == store / "evidence-frozen" / "cold"
    assert not (store / "evidence-cold" / "cold").exists()
    assert sorted(path.name for path in (store / "evidence").iterdir()) == sorted(ages)
    assert history.run("enforce_retention")[1]["evidence"]["changed"] == 0


@pytest.mark.parametrize("status", ["pending", "appealed"])
def test_evidence_of_an_open_case_stays_at_hand(history: History, status: str) -> None:
    put_bundle(history, "open", 800, status=status)
    assert history.run("enforce_retention")[1]["evidence"]["due"] == 0


def test_what_is_held_stays_until_released(
    history: History, capsys: pytest.CaptureFixture[str]
) -> None:
    def hold(*arguments: str) -> int:
        return cli.run(
            legal_hold.main, "legal_hold", ["--database-url", history.url, "--quiet", *arguments]
        )

    put_bundle(history, "held", 800)
    assert hold("--infraction", "held", "--reason", "Expediente 123-2026") == cli.DONE
    assert history.run("enforce_retention")[1]["evidence"]["due"] == 0
    assert hold("--infraction", "nobody", "--reason", "x") == cli.BAD_INPUT
    assert hold("--infraction", "held") == cli.BAD_INPUT
    found = history.session.execute("SELECT id::text FROM legal_holds").fetchone()
    assert found is not None
    assert hold("--release", found[0]) == cli.DONE
    assert hold("--release", found[0]) == cli.BAD_INPUT
    assert "no such hold stands" in capsys.readouterr().err
    assert history.run("enforce_retention")[1]["evidence"]["changed"] == 1


def test_a_held_month_stays_in_the_database(history: History) -> None:
    old = months_ago(30)
    history.fill("events", old)
    cli.run(
        legal_hold.main,
        "legal_hold",
        ["--database-url", history.url, "--quiet", "--table", "events", "--from", str(old),
         "--to", str(old), "--reason", "Oficio 9"],
    )  # fmt: skip
    code, figures, _ = history.run("enforce_retention", "--table", "events")
    assert (code, figures["kept"][0]["why"]) == (cli.DONE, "held")
    assert len(history.rows("events", old)) == 300


@pytest.mark.parametrize("step", ["after the copy", "after the address left", "after the link"])
def test_a_move_killed_between_its_steps_is_finished_by_the_next(tmp_path: Path, step: str) -> None:
    address = tmp_path / "evidence" / "B1"
    address.mkdir(parents=True)
    (address / "clip.mp4").write_text("clip")
    target = tmp_path / "evidence-cold" / "B1"
    target.mkdir(parents=True)
    (target / "clip.mp4").hardlink_to(address / "clip.mp4")
    if step != "after the copy":
        address.rename(address.with_name(".leaving-B1"))
    if step == "after the link":
        address.symlink_to("../evidence-cold/B1")
    kept = FolderClasses(tmp_path).keep(address.as_uri(), clip=Keeping.COLD, stills=Keeping.COLD)
    assert kept == (Keeping.COLD, Keeping.COLD)
    assert address.resolve() == target
    assert (address / "clip.mp4").read_text() == "clip"
    assert sorted(path.name for path in address.parent.iterdir()) == ["B1"]


def test_a_bundle_that_is_not_there_is_counted_and_hides_nothing(history: History) -> None:
    folder = put_bundle(history, "gone", 800)
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    put_bundle(history, "there", 800)
    assert history.run("enforce_retention")[1]["evidence"] == {
        "due": 2,
        "changed": 1,
        "waiting": 0,
        "missing": 1,
    }


def test_on_s3_objects_change_their_class_each_at_its_own_age(
    bucket: str, s3_endpoint: str
) -> None:
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    name = bucket.removeprefix("s3://").split("/")[0]
    for file in FILES:
        client.put_object(Bucket=name, Key=f"prefix/evidence/B1/{file}", Body=file.encode())
    url = f"{bucket}/evidence/B1"

    def stored() -> dict[str, str]:
        rows = client.list_objects_v2(Bucket=name, Prefix="prefix/evidence/B1/")["Contents"]
        return {row["Key"].rsplit("/", 1)[1]: row["StorageClass"] for row in rows}

    ours = BucketClasses(s3_endpoint)
    kept = ours.keep(url, clip=Keeping.COLD, stills=Keeping.HOT)
    assert kept == (Keeping.COLD, Keeping.HOT)
    assert stored() == dict.fromkeys(FILES, "STANDARD") | {"clip.mp4": "STANDARD_IA"}
    assert open_place(url, s3_endpoint=s3_endpoint).read("clip.mp4") == b"clip.mp4"
    ours.keep(url, clip=Keeping.FROZEN, stills=Keeping.COLD)
    assert stored()["clip.mp4"] == "GLACIER"
    assert stored()["snapshot.jpg"] == "STANDARD_IA"
    assert stored()["manifest.json"] == "STANDARD"
    with pytest.raises(EvidenceBroken):
        ours.keep(f"{bucket}/evidence/none", clip=Keeping.COLD, stills=Keeping.HOT)
