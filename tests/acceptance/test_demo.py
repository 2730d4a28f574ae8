"""`make demo` as a user has it, with few vehicles: everything true is found and nothing invented."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.timeout(900)
def test_the_demo_finds_what_is_true_and_says_so(repository: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-m", "jobs.demo", "--passes", "4", "--cameras", "3", "--out", str(out)],
        cwd=repository, env={**os.environ, "VIGIA_LOCAL_DIR": str(tmp_path / "local")},
        capture_output=True, text=True, check=False, timeout=880,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    assert summary["simulated"] is True
    assert summary["true"] == summary["found"] == summary["rows"] == summary["events_delivered"]
    assert summary["found"] >= 3
    assert (summary["missed"], summary["invented"]) == (0, 0)
    assert summary["evidence"] == {"verified": summary["rows"], "broken": 0}
    assert summary["plates_wrong"] == 0
    assert summary["passes"] >= 12
    for line in summary["infractions"]:
        assert line["found"]["type"] == line["true"]["type"]
        assert (out / line["found"]["picture"]).is_file()
    risk = summary["risk"]
    assert risk["scored"] == sum(
        line["found"]["plate"] is not None for line in summary["infractions"]
    )
    assert 0 < risk["example"]["recidivism_risk"] < 1
    assert 1 <= len(risk["example"]["risk_factors"]) <= 5
    assert "a risk decides no fine" in done.stdout
    assert "infractions found" in done.stdout
    assert f"Console: {summary['rows']} infractions wait in the queue (simulated)" in done.stdout
    assert "Traceback" not in done.stderr
