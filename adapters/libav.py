"""PyAV at its edge: opens sources, reads packets, decodes pictures, copies packets into MP4.

The only module that imports `av`; its objects leave here wrapped. It must not know capture
time, reconnects, rings or roads. Errors carry the kind of failure, never an address, because
libav repeats the URL with its credentials in every message.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import av.logging
from av.container import InputContainer
from av.format import Flags as FormatFlags
from av.video.frame import VideoFrame

from adapters.picture import Picture

# libav's own lines go to stderr and repeat the URL with its password.
av.logging.set_level(None)

_LIVE_OPTIONS = {
    "rtsp_transport": "tcp",
    # A second media stream makes libav rebase PTS on the first RTCP report: a step we would cause.
    "allowed_media_types": "video",
    # The frame rate is never used, so it is not waited for.
    "fpsprobesize": "0",
    "analyzeduration": "1500000",
}

_FIRST_INTERVAL_S = 2


class SourceFailure(Exception):
    """libav could not open or read; `kind` says how, the message never holds an address.

    kind: refused (credentials), missing (no such path), invalid (not video), timeout, network.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamInfo:
    """What a video stream says about itself; size as coded, before rotation.

    nominal_fps is the container's claim and is shown, never used for time. timed: the container
    carries time stamps at all. frames: promised by the container, 0 where it promises nothing.
    """

    codec: str
    width: int
    height: int
    time_base: Fraction
    nominal_fps: float | None
    timed: bool
    frames: int
    extradata: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPacket:
    """One encoded picture as read, decode order; pts and dts in ticks of the stream."""

    index: int
    pts: int | None
    dts: int | None
    duration: int
    keyframe: bool
    corrupt: bool
    data: bytes


class Input:
    """An open source: one video stream, read packet by packet; close() frees everything."""

    def __init__(
        self,
        source: str,
        *,
        live: bool,
        open_timeout_s: float = 5.0,
        read_timeout_s: float = 2.5,
        decoder_threads: int = 1,
    ) -> None:
        """Open source; SourceFailure where it is not video or does not answer in time."""
        self._live = live
        self._read_timeout_s = read_timeout_s
        options = dict(_LIVE_OPTIONS) if live else {}
        if live:
            options["timeout"] = str(int(read_timeout_s * 1e6))
        try:
            self._container: InputContainer = av.open(
                source, "r", options=options, timeout=(open_timeout_s, read_timeout_s)
            )
        except (av.error.FFmpegError, ValueError, OSError) as error:
            raise _failure(error) from None
        try:
            self.info = self._describe(decoder_threads, live=live)
        except BaseException:
            self._container.close()
            raise
        self.decode_errors = 0

    def _describe(self, threads: int, *, live: bool) -> StreamInfo:
        videos = [s for s in self._container.streams.video if s.codec_context is not None]
        if not videos:
            kinds = sorted({str(s.type) for s in self._container.streams}) or ["nothing"]
            raise SourceFailure("invalid", f"holds no video, only {', '.join(kinds)}")
        self._stream = stream = videos[0]
        context = stream.codec_context
        if context.width <= 0 or context.height <= 0:
            if live:
                raise SourceFailure("timeout", "sent no picture in time")
            raise SourceFailure("invalid", "the video stream has no picture size")
        # Slices add no delay; frame threads do, which a file does not mind.
        context.thread_type = "SLICE" if live or threads == 1 else "AUTO"
        context.thread_count = threads
        context.copy_opaque = True
        rate = stream.average_rate
        flags = FormatFlags(self._container.format.flags)
        return StreamInfo(
            codec=context.codec.canonical_name,
            width=context.width,
            height=context.height,
            time_base=stream.time_base or Fraction(1, 90000),
            nominal_fps=float(rate) if rate else None,
            timed=not flags & FormatFlags.no_timestamps,
            frames=stream.frames,
            extradata=bytes(context.extradata or b""),
        )

    @property
    def started_at_us(self) -> int | None:
        """Sender's wall clock at PTS 0 (RTCP), microseconds since 1970; None until reported."""
        return self._container.start_time_realtime

    def promised_bytes(self) -> int:
        """The file size that the container's index asks for; 0 where it has no index."""
        entries = self._stream.index_entries
        return max((e.pos + e.size for e in entries), default=0)

    def packets(self) -> Iterator[RawPacket]:
        """Encoded packets only, nothing decoded; for inspection."""
        for packet, _ in self._demux(decode=False):
            if packet is not None:
                yield packet

    def read(self) -> Iterator[tuple[RawPacket | None, list[Picture]]]:
        """Each packet with the pictures its decoding released; at the end (None, last ones)."""
        return self._demux(decode=True)

    def _demux(self, *, decode: bool) -> Iterator[tuple[RawPacket | None, list[Picture]]]:
        index = 0
        asked = time.monotonic()
        try:
            for packet in self._begun(self._container.demux(self._stream)):
                raw = None
                if packet.size:
                    packet.opaque = index
                    raw = RawPacket(
                        index=index,
                        pts=packet.pts,
                        dts=packet.dts,
                        duration=packet.duration or 0,
                        keyframe=packet.is_keyframe,
                        corrupt=packet.is_corrupt,
                        data=bytes(packet),
                    )
                    index += 1
                late = self._live and time.monotonic() - asked >= self._read_timeout_s
                yield raw, self._decode(packet) if decode else []
                if late:
                    # The parser gave up its last picture because the read had timed out.
                    raise SourceFailure("timeout", "no picture in time")
                asked = time.monotonic()
        except av.error.FFmpegError as error:
            raise _failure(error) from None

    def _begun(self, packets: Iterator[Any]) -> Iterator[Any]:
        """Give a live stream's first picture the stamp that libav's parser loses.

        RTP stamps count from the first packet's (rtpdec), so that one is 0 by construction.
        """
        if self._live:
            first, second = next(packets, None), next(packets, None)
            stamp = second.pts if second is not None else None
            near = stamp is not None and 0 < stamp * self.info.time_base <= _FIRST_INTERVAL_S
            if first is not None and first.pts is None and near:
                first.pts = first.dts = 0
            yield from (p for p in (first, second) if p is not None)
        yield from packets

    def _decode(self, packet: av.Packet[Any]) -> list[Picture]:
        try:
            frames = packet.decode()
        except (av.error.InvalidDataError, av.error.UndefinedError):
            self.decode_errors += 1
            return []
        return [Picture(f, f.rotation % 360) for f in frames if isinstance(f, VideoFrame)]

    def header(self, packet: RawPacket) -> bytes:
        """A NUT file with this one packet: what `write_mp4` needs to know of the codec."""
        sink = io.BytesIO()
        with av.open(sink, "w", format="nut", options={"fflags": "+bitexact"}) as out:
            stream = out.add_stream_from_template(self._stream, opaque=True)
            first = av.Packet(packet.data)
            first.stream, first.time_base = stream, self.info.time_base
            first.pts = first.dts = 0
            first.is_keyframe = True
            out.mux(first)
        return sink.getvalue()

    def close(self) -> None:
        """Free the connection and the decoder now, not when Python collects it."""
        self._container.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class MuxPacket:
    """A packet ready for a muxer: ticks already shifted and monotonic."""

    pts: int
    dts: int
    duration: int
    keyframe: bool
    data: bytes = field(repr=False)


def write_mp4(
    path: Path, header: bytes, rotation: int, time_base: Fraction, packets: Sequence[MuxPacket]
) -> None:
    """Copy packets into an MP4 at path, bit exact for equal input; nothing is re-encoded."""
    with av.open(io.BytesIO(header), "r", format="nut") as template:
        source = template.streams.video[0]
        options = {"fflags": "+bitexact", "movflags": "+faststart", "use_editlist": "1"}
        with av.open(str(path), "w", format="mp4", options=options) as out:
            stream = out.add_stream_from_template(source, opaque=True)
            stream.time_base = time_base
            if rotation:
                stream.set_display_rotation(rotation)
            for packet in packets:
                copy = av.Packet(packet.data)
                copy.stream, copy.time_base = stream, time_base
                copy.pts, copy.dts, copy.duration = packet.pts, packet.dts, packet.duration
                copy.is_keyframe = packet.keyframe
                out.mux(copy)


def _failure(error: BaseException) -> SourceFailure:
    for kinds, kind, message in _FAILURES:
        if isinstance(error, kinds):
            return SourceFailure(kind, message)
    if isinstance(error, OSError):
        return SourceFailure("network", f"does not answer ({error.strerror or 'connection lost'})")
    return SourceFailure("invalid", f"cannot be read as video ({type(error).__name__})")


_FAILURES: tuple[tuple[tuple[type[BaseException], ...], str, str], ...] = (
    (
        (av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError),
        "refused",
        "the camera refuses these credentials",
    ),
    ((av.error.HTTPClientError,), "missing", "the server has no such stream"),
    ((av.error.ExitError, av.error.TimeoutError, TimeoutError), "timeout", "no answer in time"),
    ((av.error.InvalidDataError,), "invalid", "not video, or damaged beyond reading"),
    ((FileNotFoundError,), "missing", "no such file"),
)
