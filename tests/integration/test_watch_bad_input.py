"""Whatever `jobs.watch` cannot use: exit 2, one line on stderr that names it, nothing written."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobs import cli, watch
from simulation.recording import Recorded

Site = dict[str, Any]
WORD = "s3cr3t-w0rd"


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIA_LOCAL_DIR", str(tmp_path / "local"))


def refused(capsys: pytest.CaptureFixture[str], culprit: str, out: Path, *arguments: str) -> None:
    """The command refuses: exit 2, one line that names the culprit, no traceback, no output."""
    given = [*arguments, "--out", str(out), "--in-process", "--quiet"]
    try:
        code = cli.run(watch.main, "watch", given)
    except SystemExit as usage:
        code = int(usage.code or 0)
    said = capsys.readouterr()
    assert code == cli.BAD_INPUT
    assert culprit in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""
    assert not out.is_dir()
    assert WORD not in said.err


def site_of(recorded: Recorded) -> Site:
    site: Site = yaml.safe_load(recorded.site.read_text("utf-8"))
    return site


def collinear(site: Site) -> None:
    points = site["calibration"]["points"][:3]
    for number, point in enumerate(points):
        point["world_m"] = [0.0, 10.0 * number]
        point["image"] = [600.0, 600.0 - 100.0 * number]
    site["calibration"]["points"] = points


def four_on_a_line(site: Site) -> None:
    points = site["calibration"]["points"][:4]
    for number, point in enumerate(points):
        point["world_m"] = [0.0, 10.0 * number]
        point["image"] = [600.0, 600.0 - 100.0 * number]
    site["calibration"]["points"] = points


def crossing_lane(site: Site) -> None:
    polygon = site["lanes"][0]["polygon"]
    polygon[0], polygon[1] = polygon[1], polygon[0]


def negative_limit(site: Site) -> None:
    site["zone"]["speed_limit_kmh"] = -4


def unknown_zone(site: Site) -> None:
    site["zone"]["timezone"] = "America/Atlantis"


def same_lane_twice(site: Site) -> None:
    site["lanes"][1]["id"] = site["lanes"][0]["id"]


def no_camera(site: Site) -> None:
    del site["camera"]


CONTRADICTIONS: list[tuple[Callable[[Site], None], str]] = [
    (collinear, "points"),
    (four_on_a_line, "line"),
    (crossing_lane, "crosses itself"),
    (negative_limit, "speed_limit_kmh"),
    (unknown_zone, "America/Atlantis"),
    (same_lane_twice, "lane"),
    (no_camera, "camera"),
]


@pytest.mark.parametrize(
    ("spoil", "culprit"), CONTRADICTIONS, ids=lambda v: getattr(v, "__name__", v)
)
def test_a_site_that_contradicts_itself_is_refused_by_name(
    spoil: Callable[[Site], None],
    culprit: str,
    speeder: Recorded,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    site = site_of(speeder)
    spoil(site)
    path = tmp_path / "spoilt-site.yaml"
    path.write_text(yaml.safe_dump(site), "utf-8")
    refused(capsys, culprit, tmp_path / "out", str(speeder.video), "--site", str(path))
    refused(capsys, "spoilt-site.yaml", tmp_path / "out", str(speeder.video), "--site", str(path))


@pytest.mark.parametrize("content", [None, b"\x89PNG\r\n\x1a\n\x00\xff", b"a: [1", b"- 1\n"])
def test_a_site_that_is_no_site_is_refused_by_name(
    content: bytes | None, speeder: Recorded, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken-site.yaml"
    if content is not None:
        path.write_bytes(content)
    refused(capsys, "broken-site.yaml", tmp_path / "out", str(speeder.video), "--site", str(path))


@pytest.mark.parametrize("content", [None, b"", b"this is no video\n" * 100])
def test_a_source_that_is_no_video_is_refused_by_name(
    content: bytes | None, speeder: Recorded, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "street.mp4"
    if content is not None:
        path.write_bytes(content)
    refused(capsys, "street.mp4", tmp_path / "out", str(path), "--site", str(speeder.site))


def test_a_video_cut_short_is_refused_by_name(
    speeder: Recorded, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "half.mp4"
    content = speeder.video.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    refused(capsys, "half.mp4", tmp_path / "out", str(path), "--site", str(speeder.site))


@pytest.mark.parametrize("content", [None, b"this is no network\n" * 100])
def test_weights_that_are_no_network_are_refused_by_name(
    content: bytes | None, speeder: Recorded, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "weights.onnx"
    if content is not None:
        path.write_bytes(content)
    given = [str(speeder.video), "--site", str(speeder.site), "--detector", str(path)]
    refused(capsys, "weights.onnx", tmp_path / "out", *given)


def test_weights_of_another_trade_are_refused_by_name(
    speeder: Recorded, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import rapidocr  # noqa: PLC0415 - only for the network in its wheel

    foreign = next((Path(rapidocr.__file__).parent / "models").glob("*rec*.onnx"))
    given = [str(speeder.video), "--site", str(speeder.site), "--detector", str(foreign)]
    refused(capsys, foreign.name, tmp_path / "out", *given)


@pytest.mark.parametrize("start", ["2026-03-02T10:00:00", "yesterday"])
def test_a_start_that_is_no_instant_is_refused(
    start: str, speeder: Recorded, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(speeder.video), "--site", str(speeder.site), "--start", start]
    refused(capsys, "--start", tmp_path / "out", *given)


def test_a_folder_that_cannot_be_written_is_refused_by_name(
    speeder: Recorded, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a-file"
    file.write_text("kept")
    given = [str(speeder.video), "--site", str(speeder.site)]
    refused(capsys, "a-file", file, *given)
    refused(capsys, "a-file", file / "below", *given)
    assert file.read_text() == "kept"


def test_a_named_key_that_is_missing_is_refused_by_its_variable(
    speeder: Recorded,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("VIGIA_SIGNING_KEY", str(tmp_path / "gone.pem"))
    given = [str(speeder.video), "--site", str(speeder.site)]
    refused(capsys, "VIGIA_SIGNING_KEY", tmp_path / "out", *given)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://vigia:{WORD}@127.0.0.1:1/none",
        f"mysql://vigia:{WORD}@127.0.0.1/none",
        f"postgresql://vigia:{WORD}@127.0.0.1:port/none",
    ],
    ids=["nobody listens", "another database", "no port"],
)
def test_a_database_that_cannot_be_used_is_refused_by_its_variable_before_the_run(
    url: str,
    speeder: Recorded,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("VIGIA_DATABASE_URL", url)
    given = [str(speeder.video), "--site", str(speeder.site), "--record"]
    refused(capsys, "VIGIA_DATABASE_URL", tmp_path / "out", *given)


@pytest.mark.parametrize("more", [[], ["--site"], ["--site", "x", "--unknown"]])
def test_usage_errors_are_one_line(
    more: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(capsys, "--", tmp_path / "out", "street.mp4", *more)


def test_the_command_itself_leaves_with_two_and_one_line(
    speeder: Recorded, tmp_path: Path, repository: Path
) -> None:
    """As a user runs it: what libraries print on their own must not show either."""
    text = tmp_path / "street.mp4"
    text.write_text("this is no video\n" * 100)
    done = subprocess.run(
        [sys.executable, "-m", "jobs.watch", str(text), "--site", str(speeder.site),
         "--out", str(tmp_path / "out"), "--in-process"],
        cwd=repository, env={**os.environ, "VIGIA_LOCAL_DIR": str(tmp_path / "local")},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == cli.BAD_INPUT
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "street.mp4" in done.stderr
    assert not (tmp_path / "out").exists()
