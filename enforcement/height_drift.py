"""Whether a track's boxes stand for one vehicle all along: the height in metres that they imply.

It must not know what a change of it leads to.
"""

from __future__ import annotations

import numpy as np

from enforcement.calibration import RoadPlane
from enforcement.contact import standing_height
from enforcement.detections import IntArray
from enforcement.path import BoxError, GroundPath, unbiased
from enforcement.tracks import Track

WHOLE_PX, WHOLE_SHARE = 3.0, 0.02
"""Gap to the picture's upper border, pixels and share of the box's height, from which its top is seen."""


def height_ratio(
    track: Track, path: GroundPath, road: RoadPlane, error: BoxError, chosen: IntArray
) -> float:
    """Ratio of the heights that the vehicle's first and last boxes stand for; 1 where none is known.

    A box that holds a rider alone when far and the motorcycle too when near puts the far positions too
    far, smoothly, and no residual shows it: 14 km/h were seen.
    """
    if road.pose is None:
        return 1.0
    boxes = unbiased(track.xyxy, error)[chosen]
    whole = boxes[:, 1] > WHOLE_PX + WHOLE_SHARE * (boxes[:, 3] - boxes[:, 1])
    if int(whole.sum()) < 6:
        return 1.0
    boxes, chosen = boxes[whole], chosen[whole]
    height = standing_height(boxes, path.centre[chosen], path.heading[chosen], road, path.shape)
    third = max(len(chosen) // 3, 1)
    first, last = float(np.median(height[:third])), float(np.median(height[-third:]))
    return max(first, last) / max(min(first, last), 1e-6)
