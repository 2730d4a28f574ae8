"""The live path against a server that is not ours: GStreamer's, as cameras speak."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from adapters.video_stream import VideoStream
from enforcement.errors import Unavailable
from simulation.rtsp import RtspServer
from tests.fixtures.video import make_video


def test_a_gstreamer_source_is_read_from_its_first_picture(tmp_path: Path) -> None:
    server = RtspServer({"cam": make_video(tmp_path / "a.mp4", count=75)})
    try:
        server.start()
    except Unavailable as error:
        pytest.skip(str(error))
    try:
        with VideoStream(server.url("cam")) as stream:
            stamps = []
            for frame in stream.frames():
                stamps.append(frame.stamp)
                if len(stamps) == 40:
                    break
            clip = stream.clip(0.0, 1.0)
    finally:
        server.stop()
    assert all(b.t_s - a.t_s == pytest.approx(0.04, abs=0.001) for a, b in pairwise(stamps))
    assert not any(s.concealed for s in stamps)
    assert clip is not None
    assert clip.packets[0].keyframe
