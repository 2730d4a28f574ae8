"""Evidence clips: the camera's own packets, playable, the same bytes every time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from adapters.clip_writer import write_clip
from adapters.packet_ring import Clip
from adapters.video_stream import VideoStream
from enforcement.errors import BadInput
from tests.fixtures.video import QUICK, make_video

START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(params=["mp4", "mkv", "b-pictures", "rotated", "h265"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    kind = request.param
    if kind == "b-pictures":
        return make_video(tmp_path / "in.mp4", count=72, options={**QUICK, "bf": "2"})
    if kind == "rotated":
        return make_video(tmp_path / "in.mp4", count=72, rotation=90)
    if kind == "h265":
        options = {"preset": "ultrafast", "x265-params": "keyint=12:log-level=none"}
        return make_video(tmp_path / "in.mp4", count=72, codec="libx265", options=options)
    return make_video(tmp_path / f"in.{kind}", count=72)


def read(path: Path) -> dict[float, np.ndarray]:
    with VideoStream(path, start_at=START) as stream:
        return {round(f.stamp.t_s, 3): f.image for f in stream.frames()}


def test_a_clip_holds_the_same_pictures_at_recoverable_times(source: Path, tmp_path: Path) -> None:
    with VideoStream(source, start_at=START) as stream:
        originals = {round(f.stamp.t_s, 3): f.image for f in stream.frames()}
        clip = stream.clip(1.0, 2.0)
    assert clip is not None
    written = write_clip(clip, tmp_path / "clip.mp4")
    assert written.from_s <= 1.0
    assert written.to_s == pytest.approx(2.0, abs=0.15)  # reordered pictures
    with VideoStream(written.path, start_at=START) as again:
        ticks = {f.stamp.pts: f.image for f in again.frames()}
        scale = float(again.format.time_base / written.time_base)
    for pts, image in ticks.items():
        assert pts is not None
        at = written.t_offset_s + (pts * scale + written.pts_offset) * float(written.time_base)
        assert np.array_equal(image, originals[round(at, 3)])
    assert len(ticks) >= 25


def test_equal_packets_make_equal_bytes_and_no_rest_is_left(source: Path, tmp_path: Path) -> None:
    with VideoStream(source, start_at=START) as stream:
        for _ in stream.frames():
            pass
        clip = stream.clip(0.5, 2.0)
    assert clip is not None
    folder = tmp_path / "out"
    folder.mkdir()
    one, two = (write_clip(clip, folder / name).path.read_bytes() for name in ("a.mp4", "b.mp4"))
    assert one == two
    assert sorted(p.name for p in folder.iterdir()) == ["a.mp4", "b.mp4"]


def test_a_clip_is_cut_while_frames_are_still_being_decoded(tmp_path: Path) -> None:
    source = make_video(tmp_path / "in.mp4", count=72)
    with VideoStream(source, start_at=START) as stream:
        seen = 0
        for frame in stream.frames():
            seen += 1
            if frame.stamp.index == 40:
                clip = stream.clip(0.2, 1.5)
                assert clip is not None
                written = write_clip(clip, tmp_path / "clip.mp4")
        assert seen == 72
    assert len(read(written.path)) >= 33


def test_a_clip_without_a_key_picture_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with VideoStream(make_video(tmp_path / "in.mp4", count=30), start_at=START) as stream:
        for _ in stream.frames():
            pass
        clip = stream.clip(0.0, 1.0)
    assert clip is not None
    headless = Clip(format=clip.format, packets=clip.packets[1:])
    with pytest.raises(BadInput, match="key picture"):
        write_clip(headless, tmp_path / "clip.mp4")
    assert not list(tmp_path.glob("*clip*"))


def test_a_full_or_absent_folder_is_an_oserror_and_leaves_nothing(tmp_path: Path) -> None:
    with VideoStream(make_video(tmp_path / "in.mp4", count=30), start_at=START) as stream:
        for _ in stream.frames():
            pass
        clip = stream.clip(0.0, 1.0)
    assert clip is not None
    with pytest.raises(OSError, match="No such file"):
        write_clip(clip, tmp_path / "absent" / "clip.mp4")
