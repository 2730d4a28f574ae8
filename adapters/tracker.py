"""Identity of boxes over frames, by the kept `trackers` library (ByteTrack) on capture time.

Supervision's objects stop here. Frame counts are never used: the Kalman prediction and the memory for
lost tracks both run on capture time, so dropped frames and odd frame rates do not break a track.
"""

from __future__ import annotations

import numpy as np
import supervision as sv
from trackers import ByteTrackTracker

from adapters.detector_decode import suppress
from enforcement.detections import Detections, IntArray

REFERENCE_FPS = 30.0
"""The library counts its memory in frames of this rate; with time stamps it becomes seconds."""


class ByteTrack:
    """`enforcement.tracks.Tracker` over ByteTrack.

    start_confidence: score that may begin a track. match_confidence: score of the first association;
    lower ones may only continue a track. lost_s: how long an unseen vehicle is remembered, seconds.
    one_vehicle_iou: of two boxes that overlap more the weaker is not tracked. Detectors leave a second
    box between two vehicles close behind each other, which steals their identities.
    """

    def __init__(
        self,
        *,
        start_confidence: float = 0.4,
        match_confidence: float = 0.3,
        lost_s: float = 1.6,
        minimum_iou: float = 0.1,
        one_vehicle_iou: float = 0.5,
    ) -> None:
        self._one_vehicle_iou = one_vehicle_iou
        self._tracker = ByteTrackTracker(
            lost_track_buffer=round(lost_s * REFERENCE_FPS),
            frame_rate=REFERENCE_FPS,
            track_activation_threshold=start_confidence,
            high_conf_det_threshold=match_confidence,
            minimum_consecutive_frames=2,
            minimum_iou_threshold=minimum_iou,
        )
        self._last_s: float | None = None

    def update(self, detections: Detections, t_s: float) -> tuple[Detections, IntArray]:
        """Boxes of this frame that belong to a confirmed track, and their ids.

        t_s: capture time, seconds. A frame that is not newer than the last one is not tracked.
        """
        if self._last_s is not None and t_s <= self._last_s:
            return Detections.empty(), np.zeros(0, np.int64)
        self._last_s = t_s
        detections = self._single(detections)
        boxes = sv.Detections(
            xyxy=detections.xyxy.astype(np.float32),
            confidence=detections.confidence,
            class_id=detections.class_id.astype(int),
        )
        tracked = self._tracker.update(boxes, timestamp=t_s)
        ids = np.asarray(tracked.tracker_id, dtype=np.int64)
        known = np.flatnonzero(ids >= 0)
        # The library's order follows its matching; ours follows identity, so that output is stable.
        known = known[np.argsort(ids[known], kind="stable")]
        if len(known) == 0:
            return Detections.empty(), np.zeros(0, np.int64)
        return (
            Detections(
                xyxy=np.asarray(tracked.xyxy[known], np.float32),
                confidence=np.asarray(tracked.confidence[known], np.float32),
                class_id=np.asarray(tracked.class_id[known], np.int64),
            ),
            ids[known],
        )

    def _single(self, detections: Detections) -> Detections:
        """One box for each vehicle, in the order they came."""
        best_first = np.argsort(-detections.confidence, kind="stable")
        kept = suppress(detections.xyxy[best_first], self._one_vehicle_iou)
        return detections.select(np.sort(best_first[kept]))
