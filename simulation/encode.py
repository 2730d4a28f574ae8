"""Frames into a real H.264 stream in MP4, stamped with PTS of a 90 kHz clock, losses included.

PyAV stays in here. It must not know scenes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.packet import Packet

from enforcement.detections import ByteArray, FloatArray
from simulation.faults import lost_slices

TICKS_PER_S = 90_000
# NAL unit types of H.264 that carry a coded picture's slices.
SLICE_TYPES = (1, 5)
SLICES_PER_FRAME = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """crf: x264 quality (lower is better). gop_s: seconds between key frames. loss: share of slices lost."""

    crf: int = 23
    gop_s: float = 1.0
    preset: str = "veryfast"
    loss: float = 0.0
    seed: int = 1


def encode(
    path: Path,
    frames: Iterable[ByteArray],
    pts_s: FloatArray,
    *,
    size: tuple[int, int],
    fps: float,
    coding: Coding,
    on_frame: Callable[[int], None] | None = None,
) -> int:
    """Write frames to an MP4; returns the number of slices lost on purpose."""
    rng = np.random.default_rng((coding.seed, 43))
    ticks = stamp_ticks(pts_s)
    lost = 0
    with av.open(str(path), "w", format="mp4") as container:
        rate = Fraction(fps).limit_denominator(1001)
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = size[0], size[1], "yuv420p"
        stream.time_base = Fraction(1, TICKS_PER_S)
        stream.codec_context.time_base = Fraction(1, TICKS_PER_S)
        stream.codec_context.gop_size = max(round(fps * coding.gop_s), 1)
        stream.options = _options(coding, fps)
        for index, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = int(ticks[index]), Fraction(1, TICKS_PER_S)
            for packet in stream.encode(frame):
                lost += _mux(container, packet, coding.loss, rng)
            if on_frame is not None:
                on_frame(index)
        for packet in stream.encode(None):
            lost += _mux(container, packet, coding.loss, rng)
    return lost


def stamp_ticks(pts_s: FloatArray) -> np.ndarray:
    """(F,) int64 strictly increasing ticks of the 90 kHz clock."""
    ticks = np.round(pts_s * TICKS_PER_S).astype(np.int64)
    steps = np.arange(len(ticks))
    return np.asarray(np.maximum.accumulate(ticks - steps) + steps, np.int64)


def _options(coding: Coding, fps: float) -> dict[str, str]:
    slices = SLICES_PER_FRAME if coding.loss > 0 else 1
    gop = max(round(fps * coding.gop_s), 1)
    keys = f"keyint={gop}:min-keyint={gop}:scenecut=0"
    return {
        "preset": coding.preset,
        "crf": str(coding.crf),
        "x264-params": f"{keys}:bframes=0:sliced-threads=0:slices={slices}:threads=2",
    }


def _mux(
    container: av.container.OutputContainer,
    packet: Packet[Any],
    loss: float,
    rng: np.random.Generator,
) -> int:
    if loss <= 0:
        container.mux(packet)
        return 0
    kept, gone = _thinned(bytes(packet), loss, rng)
    # The stream begins with a whole key frame, or nothing could be decoded at all.
    if gone == 0 or packet.pts == 0:
        container.mux(packet)
        return 0
    if kept:
        container.mux(_copy(packet, kept))
    return gone


def _copy(packet: Packet[Any], data: bytes) -> Packet[Any]:
    """The packet's stamps around other data."""
    thin: Packet[Any] = Packet(data)
    thin.pts, thin.dts, thin.time_base = packet.pts, packet.dts, packet.time_base
    thin.stream = packet.stream
    thin.is_keyframe = packet.is_keyframe
    return thin


def _thinned(data: bytes, loss: float, rng: np.random.Generator) -> tuple[bytes, int]:
    """The packet without its lost slices, and how many were lost; empty when no slice is left."""
    units = split_units(data)
    slices = [i for i, unit in enumerate(units) if _kind(unit) in SLICE_TYPES]
    gone = {slices[i] for i in lost_slices(len(slices), loss, rng)}
    if len(gone) == len(slices):
        return b"", len(gone)
    return b"".join(unit for i, unit in enumerate(units) if i not in gone), len(gone)


def split_units(data: bytes) -> list[bytes]:
    """NAL units of an Annex B packet, start codes kept."""
    starts = []
    at = data.find(b"\x00\x00\x01")
    while at >= 0:
        starts.append(at - 1 if at > 0 and data[at - 1] == 0 else at)
        at = data.find(b"\x00\x00\x01", at + 3)
    return [data[a:b] for a, b in zip(starts, [*starts[1:], len(data)], strict=True)]


def _kind(unit: bytes) -> int:
    header = unit.find(b"\x01") + 1
    return unit[header] & 0x1F
