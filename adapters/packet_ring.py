"""Keeps the last seconds of a stream encoded, so that evidence is a copy of what the camera sent.

Bounded in bytes and seconds; forgets whole groups of pictures, because a clip must begin at a
key picture. It must not know libav, files or why a clip is wanted.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field, replace
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One encoded picture, decode order. t_s is capture time; pts, dts are the stream's ticks.

    segment changes where the stream's time base or connection changed: a clip never spans that.
    """

    index: int
    segment: int
    pts: int | None
    dts: int | None
    duration: int
    keyframe: bool
    t_s: float
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFormat:
    """What a muxer must know of the stream; header is a tiny NUT file with the codec's parameters."""

    codec: str
    width: int
    height: int
    rotation: int
    time_base: Fraction
    header: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """Consecutive packets from a key picture on, with their format; plain data, may travel."""

    format: StreamFormat
    packets: tuple[Packet, ...]

    @property
    def from_s(self) -> float:
        """Capture time of the earliest picture."""
        return min(p.t_s for p in self.packets)

    @property
    def to_s(self) -> float:
        """Capture time of the latest picture."""
        return max(p.t_s for p in self.packets)


class PacketRing:
    """Thread-safe: the stream pushes while somebody copies a clip out."""

    def __init__(self, *, max_bytes: int = 64 << 20, max_seconds: float = 60.0) -> None:
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._packets: deque[Packet] = deque()
        self._bytes = 0
        self._formats: dict[int, StreamFormat] = {}
        self._lock = threading.Lock()

    @property
    def size_bytes(self) -> int:
        """Bytes held now."""
        return self._bytes

    def span_s(self) -> tuple[float, float] | None:
        """Capture times of the oldest and newest packet, None while empty."""
        with self._lock:
            return (self._packets[0].t_s, self._packets[-1].t_s) if self._packets else None

    def begin_segment(self, segment: int, stream_format: StreamFormat) -> None:
        """Later packets of this segment are in this format."""
        with self._lock:
            self._formats[segment] = stream_format

    def newest_format(self) -> StreamFormat | None:
        """The format of the newest segment, None before the first."""
        with self._lock:
            return self._formats[max(self._formats)] if self._formats else None

    def push(self, packet: Packet) -> None:
        """Keep one packet; forget the oldest groups of pictures that no longer fit."""
        with self._lock:
            self._packets.append(packet)
            self._bytes += len(packet.data)
            while self._too_much():
                self._forget_one_group()

    def retime(self, from_index: int, segment: int, shift_s: float) -> None:
        """The clock found a step at from_index: that packet and later ones are a new segment."""
        with self._lock:
            for at in range(len(self._packets) - 1, -1, -1):
                packet = self._packets[at]
                if packet.index < from_index:
                    break
                if packet.segment in self._formats:
                    self._formats.setdefault(segment, self._formats[packet.segment])
                self._packets[at] = replace(packet, segment=segment, t_s=packet.t_s + shift_s)

    def clip(self, from_s: float, to_s: float) -> Clip | None:
        """Packets from the key picture at or before from_s through to_s, None if none are held.

        Where the stream was interrupted, the segment that holds most of the span is given.
        """
        with self._lock:
            rows = list(self._packets)
            formats = dict(self._formats)
        wanted = [p.segment for p in rows if from_s <= p.t_s <= to_s and p.segment in formats]
        if not wanted:
            return None
        segment = max(set(wanted), key=lambda s: (wanted.count(s), s))
        rows = [p for p in rows if p.segment == segment]
        keys = [i for i, p in enumerate(rows) if p.keyframe]
        before = [i for i in keys if rows[i].t_s <= from_s]
        if not keys:
            return None
        first = before[-1] if before else keys[0]
        last = max((i for i, p in enumerate(rows) if p.t_s <= to_s), default=first)
        chosen = tuple(rows[first : max(first, last) + 1])
        return Clip(format=formats[segment], packets=chosen)

    def _too_much(self) -> bool:
        if len(self._packets) < 2:
            return False
        old = self._packets[-1].t_s - self._packets[0].t_s > self._max_seconds
        return old or self._bytes > self._max_bytes

    def _forget_one_group(self) -> None:
        while len(self._packets) > 1:
            gone = self._packets.popleft()
            self._bytes -= len(gone.data)
            if self._packets[0].segment != gone.segment:
                self._formats.pop(gone.segment, None)
            if self._packets[0].keyframe:
                return
