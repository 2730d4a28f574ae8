"""A short recording repeated into a long one, packet by packet, with time stamps that go on.

Nothing is decoded again or re-encoded; to a camera it is one continuous recording.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import ceil
from pathlib import Path

from adapters.clip_writer import write_clip
from adapters.packet_ring import Clip, Packet
from adapters.video_stream import StreamOptions, VideoStream
from enforcement.errors import BadVideo

WHOLE = StreamOptions(ring_bytes=1 << 30, ring_seconds=1e6)


def prolonged(video: Path, out: Path, *, seconds: float) -> None:
    """Write OUT, at least that long. Raises BadVideo for a recording without packets."""
    with VideoStream(video, options=WHOLE) as stream:
        for _ in stream.frames():
            pass
        clip = stream.clip(float("-inf"), float("inf"))
    if clip is None:
        raise BadVideo(f"{video}: no packets in it")
    stamps = sorted(p.pts for p in clip.packets if p.pts is not None)
    step = stamps[1] - stamps[0] if len(stamps) > 1 else 1
    period = stamps[-1] - stamps[0] + step
    times = ceil(seconds / float(period * clip.format.time_base))
    write_clip(Clip(format=clip.format, packets=tuple(_repeated(clip, period, times))), out)


def _repeated(clip: Clip, period: int, times: int) -> Iterator[Packet]:
    for turn in range(times):
        shift = turn * period
        for packet in clip.packets:
            yield replace(
                packet,
                index=turn * len(clip.packets) + packet.index,
                pts=None if packet.pts is None else packet.pts + shift,
                dts=None if packet.dts is None else packet.dts + shift,
                t_s=packet.t_s + float(shift * clip.format.time_base),
            )
