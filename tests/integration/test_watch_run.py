"""`jobs.watch` on a simulated speeder: the files it promises, the same again, and one row of it."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from jobs import cli, verify_evidence, watch
from schema.session import open_engine
from simulation.recording import Recorded
from tests.fixtures.clips import SPEED_KMH

START = "2026-03-02T10:00:00-05:00"
PASS_KEYS = [
    "camera_id", "track_id", "vehicle_class", "first_seen", "last_seen", "frames", "speed_kmh",
    "speed_sigma_kmh", "speed_refusal", "lane_id", "heading_deg", "plate", "plate_confidence",
    "plate_reads",
]  # fmt: skip
VERDICT_KEYS = [
    "verdict", "type", "reason", "track_id", "at", "details", "plate", "confidence", "evidence",
]  # fmt: skip


def arguments(recorded: Recorded, out: Path, *more: str) -> list[str]:
    return [
        str(recorded.video), "--site", str(recorded.site), "--start", START, "--out", str(out),
        "--in-process", "--quiet", *more,
    ]  # fmt: skip


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def digests(folder: Path) -> dict[str, str]:
    """Every file of a run by its path, apart from run.json."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in ("run.json", "manifest.sig")
    }


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys, spool and store of this machine."""
    return tmp_path_factory.mktemp("local")


@pytest.fixture(autouse=True)
def environment(local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIA_LOCAL_DIR", str(local))


@pytest.fixture(scope="module")
def watched(speeder: Recorded, local: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one run wrote."""
    out = tmp_path_factory.mktemp("watched") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIGIA_LOCAL_DIR", str(local))
        assert cli.run(watch.main, "watch", arguments(speeder, out)) == cli.DONE
    return out


def test_a_run_writes_its_passes_verdicts_and_facts(watched: Path) -> None:
    passes, verdicts = lines(watched / "passes.jsonl"), lines(watched / "verdicts.jsonl")
    assert [list(line) for line in passes] == [PASS_KEYS]
    (seen,) = passes
    assert abs(seen["speed_kmh"] - SPEED_KMH) < 3.0
    assert seen["speed_refusal"] is None
    assert seen["first_seen"].startswith("2026-03-02T10:00:0")
    assert seen["first_seen"].endswith("-05:00")
    (violation,) = [line for line in verdicts if line["verdict"] == "violation"]
    assert list(violation) == VERDICT_KEYS
    assert violation["type"] == "SPEED_VIOLATION"
    assert violation["track_id"] == seen["track_id"]
    assert 0.9 < violation["confidence"] <= 1.0
    facts = json.loads((watched / "run.json").read_text("utf-8"))
    assert facts["simulated"] is True
    assert facts["frames"]["dropped"] == facts["frames"]["corrupt"] == 0
    assert facts["frames"]["decoded"] == facts["frames"]["read"] > 100
    assert set(facts["models"]) == {"detector", "second_look", "plate_reader"}
    assert all(len(model["sha256"]) == 64 for model in facts["models"].values())
    assert {"versions", "clock", "wall_seconds", "frames_per_second"} <= set(facts)
    bundle = {path.name for path in (watched / violation["evidence"]).iterdir()}
    assert {"clip.mp4", "snapshot.jpg", "track.json", "manifest.json", "manifest.sig"} <= bundle
    assert not list(watched.glob(".*"))


def test_evidence_measures_again_the_same_and_one_flipped_byte_is_noticed(
    watched: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evidence = shutil.copytree(watched / "evidence", tmp_path / "evidence")
    given = [str(evidence), "--remeasure"]
    assert cli.run(verify_evidence.main, "verify_evidence", given) == cli.DONE
    assert "measured again with the same result" in capsys.readouterr().out
    (clip,) = evidence.glob("*/clip.mp4")
    content = bytearray(clip.read_bytes())
    content[len(content) // 2] ^= 1
    clip.write_bytes(content)
    assert cli.run(verify_evidence.main, "verify_evidence", given) == cli.NO
    assert "clip.mp4" in capsys.readouterr().out


def test_recording_gives_one_row_and_again_none_and_the_same_bytes(
    watched: Path,
    speeder: Recorded,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VIGIA_DATABASE_URL", database_url)
    for _ in range(2):
        given = arguments(speeder, tmp_path / "out", "--record")
        assert cli.run(watch.main, "watch", given) == cli.DONE
        assert digests(tmp_path / "out") == digests(watched)
    engine = open_engine(database_url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT type, detected_speed, device_id FROM infractions"))
        ((kind, speed, camera),) = rows.all()
        events = connection.execute(text("SELECT count(*) FROM outbox")).scalar_one()
    engine.dispose()
    assert (kind, camera, events) == ("SPEED_VIOLATION", "sim-1", 1)
    assert abs(speed - SPEED_KMH) < 3.0
