"""One connection's packets turned into stamped frames, with every packet kept for evidence.

The bridge between what libav reads (`libav`), what is broken (`damage`), when it was
(`stream_clock`) and what is kept (`packet_ring`). It must not know reconnects or threads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from adapters.damage import DamageTracker
from adapters.frozen import FrozenWatch
from adapters.libav import Input, RawPacket
from adapters.packet_ring import Packet, PacketRing, StreamFormat
from adapters.picture import Image, Picture
from adapters.stream_clock import StreamClock
from enforcement.frames import FrameStamp

_FINGERPRINT_COLUMNS = 80
_LOOK_EVERY_S = 0.2
_PENDING_PACKETS = 256
# A sender whose report disagrees more than this with the host has a clock nobody set.
_BELIEVED_SENDER_S = 2.0
_HELD_AT_START = 64
_PROMPT_SHARE = 0.7


@dataclass(slots=True)
class StreamCounts:
    """What happened to a stream since it was opened; shown in run.json and health rows."""

    packets: int = 0
    decoded: int = 0
    concealed: int = 0
    decode_errors: int = 0
    dropped: int = 0
    reconnects: int = 0
    stalls: int = 0
    frozen: bool = False


class Frame:
    """One picture with its stamp; pixels are converted only when asked, each call anew."""

    __slots__ = ("_picture", "frozen", "stamp")

    def __init__(self, stamp: FrameStamp, picture: Picture, *, frozen: bool) -> None:
        self.stamp = stamp
        self.frozen = frozen
        self._picture = picture

    @property
    def width(self) -> int:
        """Displayed width, pixels."""
        return self._picture.width

    @property
    def height(self) -> int:
        """Displayed height, pixels."""
        return self._picture.height

    @property
    def image(self) -> Image:
        """Full picture, BGR uint8, (height, width, 3); a conversion per access."""
        return self._picture.bgr()

    def resized(self, width: int, height: int) -> Image:
        """Scaled picture, BGR uint8, (height, width, 3), straight from YUV."""
        return self._picture.resized(width, height)

    def crop(self, x: int, y: int, width: int, height: int) -> Image:
        """The part of `image` inside the box, clipped to the picture; converts only that part."""
        return self._picture.crop(x, y, width, height)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrival:
    """A decoded picture, whether it is concealed, and the host's monotonic time if live."""

    picture: Picture
    concealed: bool
    at_s: float | None


class DecodeSession:
    """Drives one open Input; numbering of packets and frames goes on across sessions."""

    def __init__(
        self, source: Input, *, clock: StreamClock, ring: PacketRing, counts: StreamCounts
    ) -> None:
        clock.use_time_base(source.info.time_base)
        self._source = source
        self._clock = clock
        self._ring = ring
        self._counts = counts
        self._tracker = DamageTracker(source.info)
        self._frozen = FrozenWatch()
        self._look_at_s = 0.0
        self._base = counts.packets
        self._pending: deque[RawPacket] | None = deque(maxlen=_PENDING_PACKETS)
        self.format: StreamFormat | None = None

    def frames(self, monotonic: Callable[[], float] | None = None) -> Iterator[Frame]:
        """Stamped frames in display order until the source ends; SourceFailure when it fails.

        monotonic: the host's clock for live sources, None for files.
        """
        arrivals = self._arrivals(monotonic)
        if monotonic is not None:
            arrivals = self._start(arrivals)
        for arrival in arrivals:
            yield self._stamped(arrival)

    def _arrivals(self, monotonic: Callable[[], float] | None) -> Iterator[_Arrival]:
        errors_before = 0
        for raw, pictures in self._source.read():
            if raw is not None:
                self._counts.packets += 1
                self._tracker.packet(raw)
                self._keep(raw)
                if self._source.decode_errors > errors_before:
                    errors_before = self._source.decode_errors
                    self._counts.decode_errors += 1
                    self._tracker.broken(raw)
            for picture, concealed in self._tracker.release(pictures, last=raw is None):
                at_s = monotonic() if monotonic else None
                yield _Arrival(picture=picture, concealed=concealed, at_s=at_s)

    def _start(self, arrivals: Iterator[_Arrival]) -> Iterator[_Arrival]:
        """Find when the first pictures would have come before giving them.

        What queued while the source was being opened arrives at once and late; the first picture
        that had to be waited for is prompt, and its stamp leads back to the others.
        """
        held: list[_Arrival] = []
        for arrival in arrivals:
            held.append(arrival)
            if len(held) >= _HELD_AT_START or self._prompt(held):
                break
        if held and self._clock.start_at is None:
            spread = timedelta(seconds=self._seconds(held[0], held[-1]))
            self._clock.start_at = self._sender_start(held[0].picture) or datetime.now(UTC) - spread
        for arrival in held:
            late_s = self._seconds(arrival, held[-1])
            at_s = None if held[-1].at_s is None else held[-1].at_s - late_s
            yield replace(arrival, at_s=at_s)
        yield from arrivals

    def _prompt(self, held: list[_Arrival]) -> bool:
        if len(held) < 2:
            return False
        before, last = held[-2].at_s, held[-1].at_s
        if before is None or last is None:
            return True
        return last - before >= _PROMPT_SHARE * self._seconds(held[-2], held[-1])

    def _seconds(self, first: _Arrival, last: _Arrival) -> float:
        if first.picture.pts is None or last.picture.pts is None:
            return 0.0
        return max(0.0, float((last.picture.pts - first.picture.pts) * self._source.info.time_base))

    def _stamped(self, arrival: _Arrival) -> Frame:
        clock, picture = self._clock, arrival.picture
        segment, offset_s = clock.segment, clock.time_of(0)
        stamp = clock.stamp(
            picture.pts,
            index=self._counts.decoded,
            concealed=arrival.concealed,
            arrival_s=arrival.at_s,
        )
        self._counts.decoded += 1
        self._counts.concealed += arrival.concealed
        if self._pending is not None:
            self._begin(picture)
        elif clock.segment != segment:
            from_index = self._base + picture.packet_index
            self._ring.retime(from_index, clock.segment, clock.time_of(0) - offset_s)
        if stamp.t_s >= self._look_at_s:
            self._look_at_s = stamp.t_s + _LOOK_EVERY_S
            step = max(1, picture.width // _FINGERPRINT_COLUMNS)
            self._counts.frozen = self._frozen.add(picture.luma_grid(step), stamp.t_s)
        return Frame(stamp, picture, frozen=self._counts.frozen)

    def _sender_start(self, picture: Picture) -> datetime | None:
        reported = self._source.started_at_us
        if reported is None or picture.pts is None:
            return None
        after_s = float(picture.pts * self._source.info.time_base)
        at = datetime.fromtimestamp(reported / 1e6, UTC) + timedelta(seconds=after_s)
        off_s = abs((datetime.now(UTC) - at).total_seconds())
        return at if off_s <= _BELIEVED_SENDER_S else None

    def _begin(self, picture: Picture) -> None:
        """The first stamp ties packets to time: only now can the ring take them."""
        pending, self._pending = self._pending or deque(), None
        if not pending:
            return
        self.format = StreamFormat(
            codec=self._source.info.codec,
            width=picture.width,
            height=picture.height,
            rotation=picture.rotation,
            time_base=self._source.info.time_base,
            header=self._source.header(pending[0]),
        )
        self._ring.begin_segment(self._clock.segment, self.format)
        for raw in pending:
            self._keep(raw)

    def _keep(self, raw: RawPacket) -> None:
        if self._pending is not None:
            self._pending.append(raw)
            return
        stamp = raw.pts if raw.pts is not None else raw.dts
        if stamp is None:
            return
        self._ring.push(
            Packet(
                index=self._base + raw.index,
                segment=self._clock.segment,
                pts=raw.pts,
                dts=raw.dts,
                duration=raw.duration,
                keyframe=raw.keyframe,
                t_s=self._clock.time_of(stamp),
                data=raw.data,
            )
        )
