"""A camera's frames at inference size, in micro-batches: the only pixels that leave its process.

Full frames stay as the decoder gave them until their detections are back; each is scaled straight from
YUV into its row of the batch.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from actors.ports import DetectorInfo
from adapters.letterbox import GREY, Letterbox, input_size_for
from adapters.video_stream import Frame
from enforcement.detections import ByteArray


def letterbox_for(image_size: tuple[int, int], info: DetectorInfo) -> Letterbox:
    """The mapping between a camera's frames and its detector's pictures."""
    target = info.input_size
    if info.pixels is not None:
        target = input_size_for(image_size, pixels=info.pixels)
    return Letterbox.fit(image_size, target)


@dataclass(slots=True)
class FrameBatch:
    """Up to `capacity` frames and their pictures, (capacity, H, W, 3) uint8 BGR."""

    letterbox: Letterbox
    capacity: int
    frames: list[Frame] = field(default_factory=list)
    _pictures: ByteArray = field(init=False)

    def __post_init__(self) -> None:
        width, height = self.letterbox.target
        self._pictures = np.full((self.capacity, height, width, 3), GREY, np.uint8)

    @property
    def full(self) -> bool:
        """No room for another frame."""
        return len(self.frames) >= self.capacity

    @property
    def pictures(self) -> ByteArray:
        """(B, H, W, 3) pictures of the frames added so far."""
        return self._pictures[: len(self.frames)]

    def add(self, frame: Frame) -> None:
        """Scale one frame into the next row."""
        box = self.letterbox
        width, height = box.inner
        row = self._pictures[len(self.frames)]
        row[box.top : box.top + height, box.left : box.left + width] = frame.resized(width, height)
        self.frames.append(frame)
