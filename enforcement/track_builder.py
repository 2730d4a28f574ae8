"""Grows one track frame by frame, in bounded memory.

A vehicle that stands still is kept twice a second: it says nothing new, and a red light or a jam would
otherwise fill memory. It must not know what the track is for.
"""

from __future__ import annotations

import numpy as np

from enforcement.detections import Float32Array
from enforcement.frames import FrameStamp
from enforcement.tracks import Track

BORDER_PX = 2.0
BORDER_SHARE = 0.03
"""A box this close to the border, as a share of its own size, may be cut by it: edges err that much."""
JUMP_AFTER_S = 0.2
JUMP_SIZES, JUMP_SHARE = 0.6, 0.5
"""A box may miss its expected place by so many box diagonals plus this share of the way made meanwhile."""
STILL_PX = 2.5
STILL_FOR_S = 1.5
STILL_EVERY_S = 0.5


class TrackBuilder:
    """Observations of one track in capture order."""

    def __init__(self, *, track_id: int, image_size: tuple[int, int]) -> None:
        """image_size: (width, height) of the full frame, pixels."""
        self.track_id = track_id
        self.first_seen_s = 0.0
        self.last_seen_s = 0.0
        self._size = image_size
        self._rows: list[tuple[float, ...]] = []
        self._boxes: list[Float32Array] = []

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def last_box(self) -> Float32Array:
        """(4,) pixels."""
        return self._boxes[-1]

    @property
    def first_stamp(self) -> tuple[int, float]:
        """(frame index, capture time in seconds) of the first observation."""
        return int(self._rows[0][0]), self.first_seen_s

    def add(
        self,
        stamp: FrameStamp,
        box: Float32Array,
        *,
        confidence: float,
        class_id: int,
        occlusion: float,
        sides_hidden: float,
        contested: bool,
    ) -> None:
        """Append one observation; box: (4,) pixels."""
        if not self._rows:
            self.first_seen_s = stamp.t_s
        self.last_seen_s = stamp.t_s
        if self._stands_still(box, stamp.t_s):
            return
        width, height = self._size
        beside = BORDER_PX + BORDER_SHARE * float(box[2] - box[0])
        below = BORDER_PX + BORDER_SHARE * float(box[3] - box[1])
        # Not the top: a far bus that the picture cuts above still stands where its box ends below.
        truncated = box[0] <= beside or box[2] >= width - beside or box[3] >= height - below
        self._rows.append(
            (
                stamp.index,
                -1 if stamp.pts is None else stamp.pts,
                stamp.t_s,
                stamp.sigma_t_s,
                confidence,
                class_id,
                occlusion,
                sides_hidden,
                truncated,
                stamp.concealed,
                stamp.regular,
                contested,
            )
        )
        self._boxes.append(np.array(box, dtype=np.float32))

    def jumps(self, box: Float32Array, t_s: float) -> bool:
        """Whether a box after a pause is too far from where this vehicle was going to be it.

        box: (4,) pixels. A tracker that has lost a vehicle may go on with another one that passes near.
        """
        pause = t_s - self.last_seen_s
        if pause < JUMP_AFTER_S or len(self._boxes) < 4:
            return False
        back = min(len(self._boxes), 8)
        before, last = self._boxes[-back], self._boxes[-1]
        seconds = self._rows[-1][2] - self._rows[-back][2]
        velocity = (_middle(last) - _middle(before)) / max(seconds, 1e-3)
        miss = float(np.linalg.norm(_middle(box) - _middle(last) - velocity * pause))
        size = float(np.hypot(*(last[2:] - last[:2])))
        allowed = JUMP_SIZES * size + JUMP_SHARE * float(np.linalg.norm(velocity)) * pause
        return miss > allowed

    def _stands_still(self, box: Float32Array, t_s: float) -> bool:
        if not self._rows or t_s - self._rows[-1][2] >= STILL_EVERY_S:
            return False
        back = len(self._rows) - 1
        while back >= 0 and t_s - self._rows[back][2] < STILL_FOR_S:
            if float(np.abs(self._boxes[back] - box).max()) > STILL_PX:
                return False
            back -= 1
        return back >= 0

    def build(self) -> Track:
        """The track so far, as columns."""
        columns = list(zip(*self._rows, strict=True))
        return Track(
            track_id=self.track_id,
            frame_index=np.array(columns[0], np.int64),
            pts=np.array(columns[1], np.int64),
            t_s=np.array(columns[2], np.float64),
            sigma_t_s=np.array(columns[3], np.float64),
            xyxy=np.stack(self._boxes).astype(np.float32),
            confidence=np.array(columns[4], np.float32),
            class_id=np.array(columns[5], np.int64),
            occlusion=np.array(columns[6], np.float32),
            sides_hidden=np.array(columns[7], np.float32),
            truncated=np.array(columns[8], bool),
            concealed=np.array(columns[9], bool),
            regular=np.array(columns[10], bool),
            contested=np.array(columns[11], bool),
        )


def _middle(box: Float32Array) -> Float32Array:
    return np.asarray((box[:2] + box[2:]) / 2, np.float32)
