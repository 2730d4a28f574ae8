"""One decoded picture, whole or in part, as pixels: converted from YUV only when asked.

Works on libav's frame without importing libav; the frame never leaves here. It must not know
time, streams or what is in the picture.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]


class Picture:
    """One decoded picture, kept as YUV until somebody asks for pixels (BGR uint8, H x W x 3)."""

    __slots__ = ("_frame", "corrupt", "packet_index", "pts", "rotation")

    def __init__(self, frame: Any, rotation: int) -> None:
        self._frame = frame
        self.rotation = rotation
        self.pts: int | None = frame.pts
        self.corrupt: bool = frame.is_corrupt
        self.packet_index = int(frame.opaque) if isinstance(frame.opaque, int) else -1

    @property
    def width(self) -> int:
        """Displayed width, pixels."""
        return int(self._frame.height if self.rotation in {90, 270} else self._frame.width)

    @property
    def height(self) -> int:
        """Displayed height, pixels."""
        return int(self._frame.width if self.rotation in {90, 270} else self._frame.height)

    def bgr(self) -> Image:
        """The whole picture, (height, width, 3)."""
        return self._turned(_to_bgr(self._frame))

    def resized(self, width: int, height: int) -> Image:
        """The whole picture scaled to (height, width, 3) straight from YUV, area averaged."""
        if self.rotation in {90, 270}:
            return self._turned(_to_bgr(self._frame, height, width))
        return self._turned(_to_bgr(self._frame, width, height))

    def crop(self, x: int, y: int, width: int, height: int) -> Image:
        """The box of the displayed picture, clipped to it, BGR; only that part is converted."""
        left, top = max(0, x), max(0, y)
        right, bottom = min(self.width, x + width), min(self.height, y + height)
        if right <= left or bottom <= top:
            raise ValueError(f"box {x},{y},{width},{height} lies outside the picture")
        if self.rotation or self._frame.format.name not in _PLANAR_420:
            return np.ascontiguousarray(self.bgr()[top:bottom, left:right])
        part = _cut_420(self._frame, left & ~1, top & ~1, right, bottom)
        image = _to_bgr(part)
        top, left, rows, columns = top & 1, left & 1, bottom - top, right - left
        return np.ascontiguousarray(image[top : top + rows, left : left + columns])

    def luma_grid(self, step: int) -> bytes:
        """Every step-th luma sample in both directions: a cheap fingerprint of the picture."""
        rows = _plane(self._frame, 0)
        return rows[: self._frame.height : step, : self._frame.width : step].tobytes()

    def _turned(self, image: Image) -> Image:
        turns = self.rotation // 90
        return np.ascontiguousarray(np.rot90(image, turns)) if turns else image


_PLANAR_420 = {"yuv420p", "yuvj420p"}


def _plane(frame: Any, index: int) -> Image:
    plane = frame.planes[index]
    return np.frombuffer(plane, np.uint8).reshape(-1, int(plane.line_size))


def _cut_420(frame: Any, left: int, top: int, right: int, bottom: int) -> Any:
    """A small frame of its own from even corners; odd right and bottom edges are padded."""
    width, height = right - left + (right - left) % 2, bottom - top + (bottom - top) % 2
    # The frame's own class makes the new one, so that this module imports no vendor.
    part = type(frame)(width, height, frame.format.name)
    for index, halved in ((0, 1), (1, 2), (2, 2)):
        x, y = left // halved, top // halved
        source = _plane(frame, index)[y : y + height // halved, x : x + width // halved]
        target = _plane(part, index)
        target[: source.shape[0], : source.shape[1]] = source
    part.colorspace, part.color_range = frame.colorspace, frame.color_range
    return part


def _to_bgr(frame: Any, width: int | None = None, height: int | None = None) -> Image:
    # One thread: swscale's own threads cost more than they give at these sizes (measured).
    out = frame.reformat(width, height, "bgr24", interpolation="AREA", threads=1)
    image: Image = out.to_ndarray()
    return image
