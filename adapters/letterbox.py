"""A camera's picture at inference size, and boxes back at camera size.

The scale is uniform and the padding grey, as in training. Sizes are (width, height). It knows
neither a model nor a camera.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from enforcement.detections import ByteArray, Detections, Float32Array

GREY = 114
STRIDE = 32


def input_size_for(
    source: tuple[int, int], *, pixels: int, stride: int = STRIDE
) -> tuple[int, int]:
    """Inference size that shows a source of that shape largest: whole strides, at most `pixels` in area.

    A network costs by the pixel, so a square and a wide camera of one budget cost the same.
    """
    width, height = source
    cells = max(1, pixels // stride**2)
    sizes = [(c * stride, max(1, cells // c) * stride) for c in range(1, cells + 1)]
    return max(sizes, key=lambda s: (min(s[0] / width, s[1] / height), -s[0] * s[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterbox:
    """Maps between a source picture and an inference picture.

    inference = source * scale + (left, top); the rest of `target` is grey. Edges of pixels map to
    edges, so a box loses nothing there and back.
    """

    source: tuple[int, int]
    target: tuple[int, int]
    scale: tuple[float, float]
    left: int
    top: int
    inner: tuple[int, int]

    @classmethod
    def fit(cls, source: tuple[int, int], target: tuple[int, int]) -> Letterbox:
        """The largest uniform scale at which `source` fits in `target`, centred."""
        scale = min(target[0] / source[0], target[1] / source[1])
        inner = (max(1, round(source[0] * scale)), max(1, round(source[1] * scale)))
        return cls(
            source=source,
            target=target,
            scale=(inner[0] / source[0], inner[1] / source[1]),
            left=(target[0] - inner[0]) // 2,
            top=(target[1] - inner[1]) // 2,
            inner=inner,
        )

    def picture(self, image: ByteArray, out: ByteArray | None = None) -> ByteArray:
        """The picture at inference size.

        image: (H, W, 3) uint8 of `source` size. out: (h, w, 3) uint8 to write into, for example a
        row of a batch; a new array when None. Averages areas below half size, where nothing else would
        keep thin things; bilinear above, as in training.
        """
        width, height = self.target
        if out is None:
            out = np.empty((height, width, 3), np.uint8)
        if self.inner != self.target:
            out[: self.top] = GREY
            out[self.top + self.inner[1] :] = GREY
            out[:, : self.left] = GREY
            out[:, self.left + self.inner[0] :] = GREY
        view = out[self.top : self.top + self.inner[1], self.left : self.left + self.inner[0]]
        if self.inner == self.source:
            view[:] = image
        else:
            how = cv2.INTER_AREA if self.scale[0] < 0.5 else cv2.INTER_LINEAR
            view[:] = cv2.resize(image, self.inner, interpolation=how)
        return out

    def to_source(self, detections: Detections) -> Detections:
        """Boxes from inference pixels to source pixels, cut at the picture's edge."""
        moved = (detections.xyxy - self._offset()) / self._factor()
        limit = np.array([*self.source, *self.source], np.float32)
        return Detections(
            xyxy=np.clip(moved, 0, limit).astype(np.float32),
            confidence=detections.confidence,
            class_id=detections.class_id,
        )

    def to_inference(self, xyxy: Float32Array) -> Float32Array:
        """Boxes (N, 4) from source pixels to inference pixels."""
        return np.asarray(xyxy * self._factor() + self._offset(), np.float32)

    def _factor(self) -> Float32Array:
        return np.array([*self.scale, *self.scale], np.float32)

    def _offset(self) -> Float32Array:
        return np.array([self.left, self.top, self.left, self.top], np.float32)
