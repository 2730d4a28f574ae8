"""What the benches' figures rest on: matching with truth, memory of processes, recordings prolonged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from adapters.settings import DEFAULT_WEIGHTS
from adapters.video_stream import VideoStream
from enforcement.scene import Scene
from jobs import bench, cli
from jobs.benches.long_clip import prolonged
from jobs.benches.memory import Sample, growth_percent
from jobs.benches.peer_plain import follow
from jobs.benches.peer_runs import PeerRun, PeerTrack, as_ours, speed_error
from jobs.benches.peer_supervision import zone_corners
from jobs.benches.peer_ultralytics import metres_per_pixel
from jobs.benches.process_memory import family, share_of
from jobs.benches.truth_match import SceneTruth
from simulation.faults import Faults
from simulation.scenarios import Options, speed_scene
from simulation.scene import SimScene
from simulation.site_file import site_of
from tests.fixtures.video import make_video


@pytest.fixture(scope="module")
def scene() -> SimScene:
    return speed_scene(Options(seed=3, passes=2, close=True))


@pytest.fixture(scope="module")
def truth(scene: SimScene) -> SceneTruth:
    return SceneTruth.of(scene, Faults())


@pytest.fixture
def child() -> Iterator[subprocess.Popen[str]]:
    code = "b = bytearray(64 << 20); print('held', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_a_peers_error_is_that_over_the_frames_it_measured(truth: SceneTruth) -> None:
    tracks = {}
    for vehicle_id, boxes in truth.boxes.items():
        seen = np.flatnonzero(~np.isnan(boxes[:, 0]))
        track = PeerTrack()
        for frame in seen:
            track.add(int(frame), boxes[frame].astype(np.float32))
        first, last = int(seen[2]), int(seen[-2])
        real = truth.mean_speed_kmh(vehicle_id, truth.pts_s[first], truth.pts_s[last])
        track.say(real + 3.0, first, last)
        tracks[vehicle_id] = track
    error, count = speed_error(PeerRun(frames=1, seconds=1.0, tracks=tracks), truth)
    assert count == len(truth.boxes)
    assert error == pytest.approx(3.0)


def test_a_peers_track_beside_every_vehicle_is_matched_with_none(truth: SceneTruth) -> None:
    stray = PeerTrack()
    for frame in range(20):
        stray.add(frame, np.array([0, 0, 5, 5], np.float32))
    stray.say(60.0, 0, 19)
    assert speed_error(PeerRun(frames=1, seconds=1.0, tracks={1: stray}), truth) == (None, 0)


def test_a_track_of_a_stream_that_lost_frames_still_finds_its_vehicle(truth: SceneTruth) -> None:
    vehicle_id, boxes = next(iter(truth.boxes.items()))
    seen = np.flatnonzero(~np.isnan(boxes[:, 0]))[::2]
    track = PeerTrack()
    for frame in seen:
        track.add(int(frame), boxes[frame].astype(np.float32))
    arrived = replace(as_ours(1, track, truth.pts_s), frame_index=np.arange(len(seen)))
    assert truth.owner(arrived) == vehicle_id


def test_the_plain_script_keeps_one_identity_for_each_of_two_moving_boxes() -> None:
    tracks: dict[int, PeerTrack] = {}
    for frame in range(30):
        near = [100 + 6 * frame, 100, 200 + 6 * frame, 180]
        far = [600 - 4 * frame, 300, 660 - 4 * frame, 350]
        follow(tracks, np.array([near, far][:: 1 if frame % 2 else -1], np.float32), frame)
    assert sorted(len(track.frames) for track in tracks.values()) == [30, 30]


def test_the_examples_plane_is_as_large_as_the_measured_zone(scene: SimScene) -> None:
    site = Scene.from_mapping(site_of(scene), image_size=(1280, 720))
    pixels, metres = zone_corners(site)
    near, far = scene.road.zone_y
    assert len({tuple(corner) for corner in pixels.tolist()}) == 4
    assert np.ptp(metres[:, 1]) == pytest.approx(far - near, rel=0.05)
    assert np.ptp(metres[:, 0]) == pytest.approx(scene.road.x_right - scene.road.x_left, rel=0.05)


def test_one_scale_for_a_whole_picture_is_that_of_the_zones_middle(scene: SimScene) -> None:
    site = Scene.from_mapping(site_of(scene), image_size=(1280, 720))
    assert site.road is not None
    assert site.measurement_zone is not None
    middle = site.measurement_zone.mean(axis=0)
    world = site.road.to_world(np.stack([middle - [0, 2], middle + [0, 2]]))
    here = float(np.linalg.norm(world[1] - world[0])) / 4
    assert metres_per_pixel(site) == pytest.approx(here, rel=0.1)


def test_memory_that_a_child_holds_is_counted(child: subprocess.Popen[str]) -> None:
    assert {os.getpid(), child.pid} <= set(family())
    found = share_of(child.pid)
    assert found is not None
    assert 64 << 20 <= found[1] < 200 << 20


def test_a_process_that_has_ended_holds_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert share_of(process.pid) is None


def test_growth_is_the_rise_after_warming_up() -> None:
    levels = [1000 * min(1.0, t / 20) + max(0.0, t - 25) for t in range(101)]
    samples = [Sample(at_s=float(t), parts={"all": int(v)}) for t, v in enumerate(levels)]
    assert growth_percent(samples) == pytest.approx(7.5, abs=0.1)


def test_a_prolonged_recording_goes_on_without_a_seam(tmp_path: Path) -> None:
    long = tmp_path / "long.mp4"
    prolonged(make_video(tmp_path / "short.mp4", count=25), long, seconds=4.0)
    with VideoStream(long) as stream:
        times = [frame.stamp.t_s for frame in stream.frames()]
        assert stream.counts.concealed == 0
    assert len(times) == 100
    assert np.diff(times) == pytest.approx(0.04, abs=1e-4)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["pipeline", "--cameras", "0"], "--cameras"),
        (["pipeline", "--video", "x.mp4"], "--site"),
        (["pipeline", "--video", "x.mp4", "--site", "x.yaml"], "x.mp4"),
        (["peers", "--rounds", "0"], "--rounds"),
        (["memory", "--minutes", "0"], "--minutes"),
    ],
)
def test_bad_usage_is_one_line_and_code_2(
    words: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(bench.main, "bench", words) == cli.BAD_INPUT
    shown = capsys.readouterr()
    assert named in shown.err
    assert shown.err.count("\n") == 1
    assert not shown.out


def test_the_pipeline_bench_gives_its_keys_on_a_recording(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video = make_video(tmp_path / "short.mp4", count=20, size=(320, 180))
    site = tmp_path / "site.yaml"
    site.write_text(
        "camera: {id: cam-1}\n"
        "zone: {id: z, name: Zone, speed_limit_kmh: 50, timezone: America/Lima}\n"
    )
    words = ["--video", str(video), "--site", str(site), "--rounds", "1", "--cameras", "2"]
    weights = ["--weights", str(DEFAULT_WEIGHTS)]
    assert cli.run(bench.main, "bench", ["pipeline", *words, *weights]) == cli.DONE
    figures = json.loads(capsys.readouterr().out)
    assert figures["frames"] == 40
    assert figures["ratio"] == pytest.approx(figures["ours_fps"] / figures["bare_fps"], rel=0.02)
