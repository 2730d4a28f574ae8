"""Every frame's vehicles offered to the crop keeper, with what makes a crop doubtful.

It must not know how crops are ranked or read.
"""

from __future__ import annotations

from adapters.plate_crops import PlateCrops
from adapters.video_stream import Frame
from enforcement.detections import ByteArray, Detections, IntArray, VehicleClass
from enforcement.overlap import crowding
from enforcement.plates import Box

MAX_OCCLUSION = 0.25


def offer_vehicles(crops: PlateCrops, frame: Frame, tracked: Detections, ids: IntArray) -> None:
    """Offer each tracked box; only crops that would be kept are converted from the frame."""
    if len(ids) == 0:
        return
    occlusion, contested = crowding(tracked.xyxy)
    boxes: list[Box] = [(float(a), float(b), float(c), float(d)) for a, b, c, d in tracked.xyxy]

    def part(left: int, top: int, right: int, bottom: int) -> ByteArray:
        return frame.crop(left, top, right - left, bottom - top)

    for row, track_id in enumerate(ids.tolist()):
        crops.offer(
            part,
            track_id=track_id,
            xyxy=boxes[row],
            t_s=frame.stamp.t_s,
            frame_size=(frame.width, frame.height),
            vehicle_class=VehicleClass(int(tracked.class_id[row])),
            doubtful=bool(contested[row] or occlusion[row] > MAX_OCCLUSION),
            others=[box for other, box in enumerate(boxes) if other != row],
        )
