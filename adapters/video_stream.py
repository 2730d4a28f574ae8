"""The one door to moving pictures: a file or a camera in, stamped frames and kept packets out.

Files are read as fast as they are consumed and nothing is dropped; live sources are read by a
thread of their own and reconnect. It must not know detectors, roads or verdicts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from adapters.camera_address import Network, admitted
from adapters.decode_session import DecodeSession, Frame, StreamCounts
from adapters.libav import Input, SourceFailure
from adapters.live_reader import LiveOptions, LiveReader
from adapters.packet_ring import Clip, PacketRing, StreamFormat
from adapters.rtsp_probe import is_live, mask_url
from adapters.stream_clock import UNCOMPARED_RATE_SIGMA, StreamClock
from adapters.video_file import check_video_file
from enforcement.errors import BadVideo
from enforcement.frames import ClockHealth

__all__ = [
    "UNKNOWN_START",
    "Clip",
    "Frame",
    "StreamCounts",
    "StreamOptions",
    "VideoStream",
    "guarded",
]

# A file's own creation tag tells when it was written, often by an editor; better visibly unknown.
UNKNOWN_START = datetime(1970, 1, 1, tzinfo=UTC)

_IDLE_WAIT_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOptions:
    """How to read a source. ring_*: how much is kept encoded. file_threads: 0 lets libav choose.

    rate_sigma: doubt of the camera clock's rate, a fraction, until a live comparison is better.
    """

    ring_bytes: int = 64 << 20
    ring_seconds: float = 60.0
    rate_sigma: float = UNCOMPARED_RATE_SIGMA
    file_threads: int = 1
    live: LiveOptions = field(default_factory=LiveOptions)


def guarded(options: StreamOptions, networks: Sequence[Network]) -> StreamOptions:
    """The same, each address checked before it is opened; networks: see camera_address.admitted."""
    live = replace(options.live, admit=lambda url: admitted(url, networks))
    return replace(options, live=live)


class VideoStream:
    """An open source. Iterate `frames()`; `ring` keeps packets; close it or use `with`."""

    def __init__(
        self,
        source: str | Path,
        *,
        options: StreamOptions | None = None,
        start_at: datetime | None = None,
    ) -> None:
        """Open source.

        start_at: the instant of the first frame; None: the wall clock (the sender's where it
        agrees) for live sources, and UNKNOWN_START for files, which cannot know it. Raises
        BadVideo with one line naming what is wrong, Unavailable where a live source does not
        answer now.
        """
        self.options = options or StreamOptions()
        self.counts = StreamCounts()
        self.ring = PacketRing(
            max_bytes=self.options.ring_bytes, max_seconds=self.options.ring_seconds
        )
        self.live = is_live(str(source))
        self.name = mask_url(str(source))
        self._closed = False
        self._reader: LiveReader | None = None
        self._input: Input | None = None
        if self.live:
            self._open_live(str(source), start_at)
        else:
            self._open_file(Path(source), start_at)

    def _open_live(self, url: str, start_at: datetime | None) -> None:
        self._clock = StreamClock(start_at=start_at, rate_sigma=self.options.rate_sigma)
        self._reader = LiveReader(
            url,
            options=self.options.live,
            clock=self._clock,
            ring=self.ring,
            counts=self.counts,
        )

    def _open_file(self, path: Path, start_at: datetime | None) -> None:
        facts = check_video_file(path)
        self._clock = StreamClock(
            start_at=start_at or UNKNOWN_START,
            rate_sigma=self.options.rate_sigma,
            prior_intervals_s=facts.intervals_s,
        )
        try:
            self._input = Input(str(path), live=False, decoder_threads=self.options.file_threads)
        except SourceFailure as error:
            raise BadVideo(f"{path}: {error}") from None

    def frames(self) -> Iterator[Frame]:
        """Frames in display order. A file ends; a live source ends only by close or Unavailable."""
        if self._reader is not None:
            while not self._closed:
                frame = self._reader.next_frame(_IDLE_WAIT_S)
                if frame is not None:
                    yield frame
        elif self._input is not None:
            session = DecodeSession(
                self._input, clock=self._clock, ring=self.ring, counts=self.counts
            )
            try:
                yield from session.frames()
            except SourceFailure as error:
                raise BadVideo(f"{self.name}: {error}") from None

    def next_live_frame(self, timeout_s: float) -> Frame | None:
        """For a caller that must also notice silence: the next frame, None after timeout_s."""
        if self._reader is None:
            raise ValueError("only a live source is polled")
        return self._reader.next_frame(timeout_s)

    @property
    def connected(self) -> bool:
        """Whether the source is giving frames now; True for an open file."""
        return self._reader.connected if self._reader is not None else not self._closed

    @property
    def last_frame_monotonic_s(self) -> float | None:
        """Host's monotonic clock when the last live frame came, None before or for files."""
        return self._reader.last_frame_monotonic_s if self._reader is not None else None

    @property
    def format(self) -> StreamFormat:
        """Codec, size and time base of the newest connection; ValueError before the first frame."""
        newest = self.ring.newest_format()
        if newest is None:
            raise ValueError("no frame was decoded yet")
        return newest

    def health(self) -> ClockHealth:
        """What is known of the stream's clock so far."""
        return self._clock.health()

    def clip(self, from_s: float, to_s: float) -> Clip | None:
        """Encoded packets from the key picture at or before from_s to to_s (capture time)."""
        return self.ring.clip(from_s, to_s)

    def close(self) -> None:
        """Let the source go; frames already given stay valid."""
        self._closed = True
        if self._reader is not None:
            self._reader.close()
        if self._input is not None:
            self._input.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
