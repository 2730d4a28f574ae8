"""Looks into a video file before anything is promised about it, and names what is wrong.

A file is refused whole rather than half watched: cut short, no video, no time. Only its packets
and one picture are read. It must not know capture time, rings or roads.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

from adapters.libav import Input, RawPacket, SourceFailure, StreamInfo
from enforcement.errors import BadVideo

_LOOKED_AT = 512
_PICTURE_WITHIN = 64
_LONGEST_S = 100 * 366 * 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFile:
    """A usable file; intervals_s are its first display intervals, seconds."""

    info: StreamInfo
    intervals_s: tuple[float, ...]


def check_video_file(path: Path) -> VideoFile:
    """Facts about a file that can be watched; BadVideo with one line naming what is wrong."""
    size = _regular_size(path)
    try:
        source = Input(str(path), live=False)
    except SourceFailure as error:
        raise BadVideo(f"{path}: {error}") from None
    try:
        if not source.info.timed:
            raise BadVideo(f"{path}: carries no time stamps, and a frame count is not time")
        promised = source.promised_bytes()
        if promised > size:
            raise BadVideo(f"{path}: cut short, {size} bytes of at least {promised}")
        packets = _first_packets(path, source)
        intervals = _intervals(path, packets, source.info)
    finally:
        source.close()
    _decodes(path)
    return VideoFile(info=source.info, intervals_s=intervals)


def _regular_size(path: Path) -> int:
    try:
        facts = path.stat()
        if stat.S_ISDIR(facts.st_mode):
            raise BadVideo(f"{path}: is a folder, not a video")
        if not stat.S_ISREG(facts.st_mode):
            raise BadVideo(f"{path}: is not a regular file")
        with path.open("rb") as file:
            file.read(1)
    except FileNotFoundError:
        raise BadVideo(f"{path}: no such file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise BadVideo(f"{path}: cannot be read ({reason})") from None
    if not facts.st_size:
        raise BadVideo(f"{path}: is empty")
    return facts.st_size


def _first_packets(path: Path, source: Input) -> list[RawPacket]:
    try:
        packets = list(islice(source.packets(), _LOOKED_AT))
    except SourceFailure as error:
        raise BadVideo(f"{path}: {error}") from None
    if not packets:
        raise BadVideo(f"{path}: holds no pictures")
    return packets


def _intervals(path: Path, packets: list[RawPacket], info: StreamInfo) -> tuple[float, ...]:
    stamps = [p.pts for p in packets if p.pts is not None]
    if not stamps or len(stamps) * 2 < len(packets):
        raise BadVideo(f"{path}: {len(packets) - len(stamps)} of {len(packets)} pictures unstamped")
    if len(packets) > 1 and min(stamps) == max(stamps):
        raise BadVideo(f"{path}: time stands still, all {len(packets)} time stamps are equal")
    # Decode order sorted within a reordering window is display order; a step back stays one.
    ordered = _display_order(stamps)
    seconds = [float(s * info.time_base) for s in ordered]
    if max(abs(s) for s in seconds) > _LONGEST_S:
        raise BadVideo(f"{path}: absurd time stamps, up to {max(seconds, key=abs):.3g} s")
    steps = [b - a for a, b in pairwise(seconds)]
    if steps and sum(s <= 0 for s in steps) * 2 > len(steps):
        raise BadVideo(f"{path}: time runs backwards")
    return tuple(s for s in steps if s > 0)


def _display_order(stamps: list[int], window: int = 16) -> list[int]:
    held: list[int] = []
    ordered: list[int] = []
    for stamp in stamps:
        held.append(stamp)
        if len(held) > window:
            held.sort()
            ordered.append(held.pop(0))
    return ordered + sorted(held)


def _decodes(path: Path) -> None:
    source = Input(str(path), live=False)
    try:
        for _, pictures in islice(source.read(), _PICTURE_WITHIN):
            if pictures:
                return
    except SourceFailure as error:
        raise BadVideo(f"{path}: {error}") from None
    finally:
        source.close()
    raise BadVideo(f"{path}: none of its first pictures can be decoded")
