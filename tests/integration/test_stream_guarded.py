"""An address that somebody typed is checked before each opening, and at every reconnect anew."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.camera_address import admitted, parse_networks
from adapters.live_reader import LiveOptions
from adapters.video_stream import StreamOptions, VideoStream, guarded
from enforcement.errors import BadInput, BadVideo
from jobs.benches.rtsp_responder import Misbehaviour, RtspResponder, recording_of
from tests.fixtures.video import make_video

HERE = parse_networks("VIGIA_CAMERA_NETWORKS", "127.0.0.0/8")
LIVE = LiveOptions(
    open_timeout_s=3.0, read_timeout_s=1.0, first_wait_s=0.05, longest_wait_s=0.1, give_up_after_s=4
)


def test_this_machine_is_not_watched_unless_it_is_named(tmp_path: Path) -> None:
    options = StreamOptions(live=LIVE)
    with RtspResponder(recording_of(make_video(tmp_path / "a.mp4", count=25))) as camera:
        with pytest.raises(BadVideo, match="leads to this machine"):
            VideoStream(camera.url, options=guarded(options, ()))
        assert list(camera.asked) == []
        with VideoStream(camera.url, options=guarded(options, HERE)) as stream:
            assert stream.next_live_frame(5) is not None


def test_a_name_that_leads_elsewhere_later_is_not_followed_when_the_stream_comes_back(
    tmp_path: Path,
) -> None:
    answers = iter([True])

    def admit(url: str) -> str:
        if next(answers, False):
            return admitted(url, HERE)
        raise BadInput("stream url: lies outside VIGIA_CAMERA_NETWORKS")

    options = StreamOptions(live=replace(LIVE, admit=admit))
    film = recording_of(make_video(tmp_path / "a.mp4", count=25))
    # Every connection ends after three pictures, and the reader comes back at once.
    manners = Misbehaviour(pictures_per_connection=3, speed=0)
    with (
        RtspResponder(film, misbehaviour=manners) as camera,
        VideoStream(camera.url, options=options) as stream,
    ):
        assert stream.next_live_frame(5) is not None
        while stream.counts.reconnects < 3:
            time.sleep(0.05)
        assert len([line for line in camera.asked if line.startswith("DESCRIBE")]) == 1
