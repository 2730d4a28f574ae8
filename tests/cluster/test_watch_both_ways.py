"""`jobs.watch` through Ray's actors says byte for byte what it says in one process."""

from __future__ import annotations

from pathlib import Path

import pytest

from actors.wiring import Cluster
from jobs import cli, watch
from simulation.recording import Recorded


def test_both_ways_give_the_same_passes_verdicts_and_evidence(
    cluster: Cluster, speeder: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIA_LOCAL_DIR", str(tmp_path / "local"))
    given = [str(speeder.video), "--site", str(speeder.site), "--quiet"]
    given += ["--start", "2026-03-02T10:00:00-05:00", "--out"]
    for name, more in (("ray", []), ("alone", ["--in-process"])):
        assert cli.run(watch.main, "watch", [*given, str(tmp_path / name), *more]) == cli.DONE
    files = [
        path.relative_to(tmp_path / "ray")
        for path in sorted((tmp_path / "ray").rglob("*"))
        if path.is_file() and path.name != "run.json"
    ]
    assert {"passes.jsonl", "verdicts.jsonl", "track.json"} <= {path.name for path in files}
    for path in files:
        assert (tmp_path / "ray" / path).read_bytes() == (tmp_path / "alone" / path).read_bytes()
    assert '"violation"' in (tmp_path / "ray" / "verdicts.jsonl").read_text("utf-8")
