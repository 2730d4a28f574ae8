"""Writes kept packets as an MP4: the camera's own bits, not a second opinion of them.

Nothing is re-encoded, equal packets make equal bytes, and the file is whole or absent. It must
not know why a clip is evidence or where it is stored afterwards.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from adapters.libav import MuxPacket, write_mp4
from adapters.packet_ring import Clip, Packet
from enforcement.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenClip:
    """What turns the file's time stamps back into the stream's, and into capture time.

    stream pts = file pts (rescaled to time_base) + pts_offset; capture time of that stamp =
    t_offset_s + stream pts * time_base. from_s and to_s: capture times of the first and last
    picture in the file.
    """

    path: Path
    pts_offset: int
    time_base: Fraction
    t_offset_s: float
    from_s: float
    to_s: float
    packets: int


def write_clip(clip: Clip, path: Path) -> WrittenClip:
    """Write clip at path: temporary file, fsync, atomic rename, fsync of the folder.

    BadInput for a clip without a usable packet. OSError where the disk refuses.
    """
    rows = [p for p in clip.packets if p.pts is not None]
    if not rows or not rows[0].keyframe:
        raise BadInput("clip: no key picture to begin with")
    offset = min(p.pts for p in rows if p.pts is not None)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        write_mp4(
            partial,
            clip.format.header,
            clip.format.rotation,
            clip.format.time_base,
            _mux_packets(rows, offset),
        )
        _sync(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    _sync(path.parent)
    time_base = clip.format.time_base
    return WrittenClip(
        path=path,
        pts_offset=offset,
        time_base=time_base,
        t_offset_s=rows[0].t_s - float((rows[0].pts or 0) * time_base),
        from_s=min(p.t_s for p in rows),
        to_s=max(p.t_s for p in rows),
        packets=len(rows),
    )


def _mux_packets(rows: list[Packet], offset: int) -> list[MuxPacket]:
    """Stamps from zero; decode stamps are kept where they serve, else made from the order."""
    pts = [(p.pts or 0) - offset for p in rows]
    dts = [p.dts - offset for p in rows if p.dts is not None]
    usable = (
        len(dts) == len(pts)
        and all(a < b for a, b in pairwise(dts))
        and all(d <= p for d, p in zip(dts, pts, strict=True))
    )
    if not usable:
        dts = _decode_stamps(pts)
    return [
        MuxPacket(pts=max(p, d), dts=d, duration=row.duration, keyframe=row.keyframe, data=row.data)
        for row, p, d in zip(rows, pts, dts, strict=True)
    ]


def _decode_stamps(pts: list[int]) -> list[int]:
    ordered = sorted(pts)
    for at in range(1, len(ordered)):
        # Equal stamps cannot be muxed: the later one moves by one tick.
        ordered[at] = max(ordered[at], ordered[at - 1] + 1)
    delay = max(0, *(o - p for o, p in zip(ordered, pts, strict=True)))
    return [o - delay for o in ordered]


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
