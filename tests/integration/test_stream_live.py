"""Live sources over real RTSP on this machine: cut, silent, locked, nameless, forgetful of paths."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from adapters.clip_writer import write_clip
from adapters.live_reader import LiveOptions
from adapters.video_stream import StreamOptions, VideoStream
from enforcement.errors import BadVideo, Unavailable
from jobs.benches.rtsp_responder import Misbehaviour, Recording, RtspResponder, recording_of
from tests.fixtures.video import make_video

QUICK_LIVE = LiveOptions(
    open_timeout_s=3.0,
    read_timeout_s=1.0,
    first_wait_s=0.05,
    longest_wait_s=0.3,
    give_up_after_s=8.0,
)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return recording_of(make_video(tmp_path_factory.mktemp("live") / "a.mp4", count=50))


@pytest.fixture
def camera(recording: Recording) -> Iterator[RtspResponder]:
    with RtspResponder(recording) as responder:
        yield responder


def watching(url: str, live: LiveOptions = QUICK_LIVE) -> VideoStream:
    return VideoStream(url, options=StreamOptions(live=live))


def wait_for_frame(stream: VideoStream, seconds: float = 8.0) -> float:
    began = time.monotonic()
    assert stream.next_live_frame(seconds) is not None
    return time.monotonic() - began


def test_live_frames_keep_pace_with_the_host_and_packets_make_a_clip(
    camera: RtspResponder, tmp_path: Path
) -> None:
    with watching(camera.url) as stream:
        stamps = []
        for frame in stream.frames():
            stamps.append(frame.stamp)
            if len(stamps) == 60:
                break
        off_s = time.time() - stamps[-1].captured_at.timestamp()
        clip = stream.clip(0.5, 2.0)
    assert all(b.t_s - a.t_s == pytest.approx(0.04, abs=0.001) for a, b in pairwise(stamps))
    assert stamps[0].regular
    assert not any(s.concealed for s in stamps)
    assert -0.05 < off_s < 1.0
    assert clip is not None
    written = write_clip(clip, tmp_path / "clip.mp4")
    with VideoStream(written.path) as again:
        assert sum(1 for _ in again.frames()) == written.packets


def test_a_cut_source_is_back_with_time_gone_on(camera: RtspResponder) -> None:
    with watching(camera.url) as stream:
        before = stream.next_live_frame(5)
        assert before is not None
        time.sleep(0.5)
        camera.cut()
        time.sleep(1.0)
        while stream.next_live_frame(0) is not None:
            pass
        assert not stream.connected
        camera.restore()
        assert wait_for_frame(stream) < 5
        after = stream.next_live_frame(5)
        assert after is not None
        assert after.stamp.t_s - before.stamp.t_s > 1.2
        assert after.stamp.captured_at.timestamp() == pytest.approx(time.time(), abs=1.5)
        assert stream.counts.reconnects >= 1


def test_a_silent_source_is_noticed_within_the_read_timeout(camera: RtspResponder) -> None:
    with watching(camera.url) as stream:
        wait_for_frame(stream)
        camera.silent.set()
        began = time.monotonic()
        while stream.connected:
            assert time.monotonic() - began < 3
            time.sleep(0.01)
        assert stream.counts.stalls == 1
        camera.silent.clear()
        wait_for_frame(stream)


def test_a_slow_consumer_loses_the_oldest_frames_and_they_are_counted(
    camera: RtspResponder,
) -> None:
    with watching(camera.url) as stream:
        first = stream.next_live_frame(5)
        time.sleep(2.0)
        second = stream.next_live_frame(5)
        assert first is not None
        assert second is not None
        assert stream.counts.dropped > 10
        assert second.stamp.index - first.stamp.index > 10
        # Packets for evidence are kept whatever the consumer does.
        clip = stream.clip(0.0, second.stamp.t_s)
        assert clip is not None
        assert len(clip.packets) >= second.stamp.index


def test_the_path_is_found_when_the_address_names_only_the_host(recording: Recording) -> None:
    manners = Misbehaviour(path="/Streaming/Channels/102")
    with RtspResponder(recording, misbehaviour=manners) as camera:
        with watching(f"rtsp://127.0.0.1:{camera.port}") as stream:
            wait_for_frame(stream)
        tried = [a.partition(str(camera.port))[2] for a in camera.asked if a.startswith("DESCRIBE")]
        assert tried == ["/h264/ch1/main/av_stream", "/Streaming/Channels/101", manners.path]


def test_refused_credentials_end_the_search_and_are_never_shown(
    recording: Recording, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    manners = Misbehaviour(user_pass="admin:RIGHT1")
    caplog.set_level(logging.DEBUG)
    with RtspResponder(recording, misbehaviour=manners) as camera:
        host = f"127.0.0.1:{camera.port}"
        with pytest.raises(BadVideo, match="refuses these credentials") as caught:
            watching(f"rtsp://admin:WRONG1@{host}")
        with watching(f"rtsp://admin:RIGHT1@{host}/x") as stream:
            wait_for_frame(stream)
            camera.cut()
            time.sleep(0.5)
        # One answer of 401 per request kind: the other known paths were not tried.
        assert not any("Streaming" in line for line in camera.asked)
    seen = caplog.text + "".join(capfd.readouterr()) + str(caught.value) + stream.name
    seen += "".join(str(r.__dict__) for r in caplog.records)
    assert "***@" in seen
    assert "WRONG1" not in seen
    assert "RIGHT1" not in seen
    assert caught.value.__cause__ is None


def test_a_source_that_is_not_there_is_unavailable_by_name() -> None:
    live = LiveOptions(first_wait_s=0.05, longest_wait_s=0.1, give_up_after_s=0.5)
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9"):
        watching("rtsp://127.0.0.1:9/x", live)


def test_a_source_that_never_returns_ends_in_unavailable(camera: RtspResponder) -> None:
    live = LiveOptions(
        read_timeout_s=1.0, first_wait_s=0.05, longest_wait_s=0.1, give_up_after_s=1.0
    )
    with watching(camera.url, live) as stream:
        wait_for_frame(stream)
        camera.cut()
        with pytest.raises(Unavailable, match="no frames for 1 s"):
            for _ in stream.frames():
                pass


def test_a_wrong_path_is_bad_input(recording: Recording) -> None:
    with (
        RtspResponder(recording, misbehaviour=Misbehaviour(path="/right")) as camera,
        pytest.raises(BadVideo, match="no such stream"),
    ):
        watching(f"rtsp://127.0.0.1:{camera.port}/wrong")


def test_reconnects_leave_no_thread_and_no_file_behind(recording: Recording) -> None:
    live = LiveOptions(first_wait_s=0.002, longest_wait_s=0.02, give_up_after_s=None)
    manners = Misbehaviour(pictures_per_connection=3, speed=0)
    open_files = Path("/proc/self/fd")
    with (
        RtspResponder(recording, misbehaviour=manners) as camera,
        watching(camera.url, live) as stream,
    ):
        held: list[tuple[int, int]] = []
        for wanted in (10, 60):
            while stream.counts.reconnects < wanted:
                stream.next_live_frame(0.5)
            held.append((threading.active_count(), len(list(open_files.iterdir()))))
        assert held[1][0] <= held[0][0] + 3
        assert held[1][1] <= held[0][1] + 3
        assert stream.ring.size_bytes < 1 << 20
