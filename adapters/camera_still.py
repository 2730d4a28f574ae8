"""One picture of a camera's stream or of a recording, as JPEG, within seconds.

It must not know who asks, nor how often.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from adapters.camera_address import Network
from adapters.live_reader import LiveOptions
from adapters.snapshot import encode_jpeg
from adapters.video_stream import Frame, StreamOptions, VideoStream, guarded
from enforcement.errors import Unavailable

PATIENCE_S = 6.0
_QUALITY = 85


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """A picture. captured_at: None for a recording, which does not know."""

    jpeg: bytes
    width: int
    height: int
    captured_at: datetime | None


def live_still(
    url: str, *, networks: Sequence[Network] | None, patience_s: float = PATIENCE_S
) -> Still:
    """The next whole picture of a live source; blocks for patience_s at most, closing aside.

    networks: see camera_address.admitted; None: the address is trusted. Raises BadVideo where it never can
    be used, Unavailable where it gives no picture now.
    """
    deadline = time.monotonic() + patience_s
    live = LiveOptions(open_timeout_s=patience_s / 2, read_timeout_s=2.0, give_up_after_s=0.01)
    options = StreamOptions(ring_bytes=1 << 20, ring_seconds=1.0, live=live)
    if networks is not None:
        options = guarded(options, networks)
    with VideoStream(url, options=options) as stream:
        while (left := deadline - time.monotonic()) > 0:
            frame = stream.next_live_frame(left)
            if frame is not None and not frame.stamp.concealed:
                return _still(frame, frame.stamp.captured_at)
    raise Unavailable("the camera gave no whole picture in time")


def recording_still(path: Path) -> Still:
    """The first picture of a file. Raises BadVideo."""
    with VideoStream(path, options=StreamOptions(ring_bytes=1 << 20)) as stream:
        for frame in stream.frames():
            if not frame.stamp.concealed:
                return _still(frame, None)
    raise Unavailable("the recording holds no whole picture")


def _still(frame: Frame, captured_at: datetime | None) -> Still:
    return Still(
        jpeg=encode_jpeg(frame.image, quality=_QUALITY),
        width=frame.width,
        height=frame.height,
        captured_at=captured_at,
    )
