"""Simulated cameras as real files and real streams."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import av
import numpy as np
import pytest
import yaml

from enforcement.errors import BadInput, Unavailable
from jobs import simulate
from jobs.cli import run
from simulation.encode import TICKS_PER_S, Coding
from simulation.faults import Faults
from simulation.labelled import labelled_frames
from simulation.recording import record, stream
from simulation.render import Renderer
from simulation.rtsp import SYSTEM_PYTHON, RtspServer
from simulation.scenarios import Options, build
from simulation.scene import SimScene
from simulation.site_file import site_of
from simulation.weather import Daylight

SIZE = (320, 180)


def scene(name: str = "speed", **options: object) -> SimScene:
    return build(name, Options(size=SIZE, passes=2, seed=2, **options))[0]  # type: ignore[arg-type]


def decoded(path: Path) -> tuple[list[int], int]:
    """PTS of decoded frames and how many decode errors were raised or flagged."""
    pts, errors = [], 0
    with av.open(str(path)) as container:
        for packet in container.demux(video=0):
            try:
                for frame in packet.decode():
                    pts.append(int(frame.pts))
                    errors += bool(frame.is_corrupt)
            except av.error.InvalidDataError:
                errors += 1
    return pts, errors


def test_a_recorded_scene_decodes_frame_by_frame_with_its_true_stamps(tmp_path: Path) -> None:
    one = scene()
    done = record(one, tmp_path, faults=Faults(cut_s=3.0, jitter_s=0.01))
    pts, errors = decoded(done.video)
    truth = json.loads(done.truth.read_text())
    assert errors == 0
    assert len(pts) == done.frames == len(truth["frames"])
    stamped = [round(row["pts_s"] * TICKS_PER_S) for row in truth["frames"]]
    assert pts == pytest.approx(stamped, abs=1)
    assert yaml.safe_load(done.site.read_text())["camera"]["id"] == one.camera_id
    with av.open(str(done.video)) as container:
        video = container.streams.video[0]
        assert video.codec_context.pix_fmt == "yuv420p"
        assert video.time_base.denominator == TICKS_PER_S


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    one = scene()
    first = record(one, tmp_path / "a", faults=Faults(cut_s=1.0))
    again = record(scene(), tmp_path / "b", faults=Faults(cut_s=1.0))
    for a, b in ((first.video, again.video), (first.truth, again.truth), (first.site, again.site)):
        assert hashlib.sha256(a.read_bytes()).digest() == hashlib.sha256(b.read_bytes()).digest()


def test_lost_slices_are_missing_from_the_file_and_damage_pictures(tmp_path: Path) -> None:
    one = scene()
    whole = record(one, tmp_path / "a", faults=Faults(cut_s=4.0))
    lossy = record(one, tmp_path / "b", faults=Faults(cut_s=4.0, loss=0.1), coding=Coding(loss=0.1))
    assert lossy.lost_slices > 10

    def pictures(path: Path) -> dict[int, np.ndarray]:
        with av.open(str(path)) as container:
            return {f.pts: f.to_ndarray(format="gray") for f in container.decode(video=0)}

    good, bad = pictures(whole.video), pictures(lossy.video)
    shared = sorted(set(good) & set(bad))
    worst = max(float(np.abs(good[p].astype(int) - bad[p]).mean()) for p in shared)
    assert len(bad) < len(good) or worst > 3.0


@pytest.mark.parametrize("daylight", list(Daylight))
def test_pixels_change_only_where_the_truth_says_a_vehicle_is(daylight: Daylight) -> None:
    one = scene(daylight=daylight)
    t = one.vehicles[0].motion.enters_s + 5.0
    renderer = Renderer(one)
    _, instances, placed = renderer.labelled(t)
    boxes = {p.vehicle.vehicle_id: p for p in placed}
    frame = next(f for f in stream(one, draw=False) if f.true_t_s >= t)
    for number, p in enumerate(placed, start=1):
        rows, columns = np.nonzero(instances == number)
        if not len(rows) or p.vehicle.vehicle_id not in frame.boxes:
            continue
        box = frame.boxes[p.vehicle.vehicle_id]
        assert rows.max() + 1 == pytest.approx(min(box[3], SIZE[1]), abs=2.0)
        assert columns.min() == pytest.approx(max(box[0], 0), abs=2.0)
    assert boxes


def test_a_lamp_is_lit_where_the_site_file_says_it_is() -> None:
    one = build("red_light", Options(size=(640, 360), passes=2, seed=2))[0]
    assert one.programme is not None
    onset = one.programme.red_onsets(60)[0]
    frame = Renderer(one).frame(onset + 0.5).astype(int)
    x, y, w, h = site_of(one)["signals"][0]["lamps"]["red"]
    lamp = frame[round(y) : round(y + h), round(x) : round(x + w)].reshape(-1, 3).mean(axis=0)
    assert lamp[2] > lamp[1] + 50
    assert lamp[2] > lamp[0] + 50


def test_labelled_pictures_come_with_boxes_inside_the_picture_and_repeat() -> None:
    first = list(labelled_frames(6, seed=3, size=(256, 160)))
    again = list(labelled_frames(6, seed=3, size=(256, 160)))
    assert sum(len(labels) for _, labels in first) > 5
    for (picture, labels), (other, same) in zip(first, again, strict=True):
        assert np.array_equal(picture, other)
        assert labels == same
        for class_id, (x1, y1, x2, y2) in labels:
            assert class_id in range(4)
            assert 0 <= x1 < x2 <= 256
            assert 0 <= y1 < y2 <= 160


@pytest.mark.skipif(not Path(SYSTEM_PYTHON).exists(), reason="needs Debian's python3")
def test_a_file_served_over_rtsp_is_read_in_real_time_and_the_server_stops(tmp_path: Path) -> None:
    done = record(scene(), tmp_path, faults=Faults(cut_s=2.0))
    server = RtspServer({"cam": done.video})
    try:
        server.start()
    except Unavailable as error:
        pytest.skip(str(error))
    try:
        with av.open(server.url("cam"), options={"rtsp_transport": "tcp"}, timeout=8.0) as source:
            frames = sum(1 for _ in source.decode(video=0))
        assert frames >= done.frames - 2
        assert server.pid is not None
    finally:
        server.stop()
    assert server.pid is None


def test_a_missing_file_is_not_served(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nothing"):
        RtspServer({"nothing": tmp_path / "nothing.mp4"})


@pytest.mark.parametrize(
    ("arguments", "culprit"),
    [
        (["--scenario", "motorway"], "motorway"),
        (["--scenario", "speed", "--passes", "0"], "--passes"),
        (["--scenario", "speed", "--size", "641x360"], "--size"),
        (["--scenario", "speed", "--size", "big"], "--size"),
        (["--scenario", "speed", "--daylight", "noon"], "--daylight"),
        (["--scenario", "speed", "--loss", "1.5"], "--loss"),
        (["--scenario", "speed", "--fps", "0"], "--fps"),
        (["--scenario", "speed", "--freeze", "x"], "--freeze"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(
    arguments: list[str], culprit: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(simulate.main, "simulate", [*arguments, "--out", str(out)]) == 2
    said = capsys.readouterr().err.strip()
    assert culprit in said
    assert "\n" not in said
    assert not out.exists()


def test_the_command_writes_one_folder_per_camera_and_a_line_for_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--scenario", "demo", "--passes", "1", "--size", "160x90", "--cut", "1", "--quiet"]
    assert run(simulate.main, "simulate", [*arguments, "--out", str(tmp_path)]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["scenario"] for row in rows] == ["speed", "red_light", "bus_lane"]
    assert all(Path(row["video"]).stat().st_size > 0 for row in rows)
