"""Supervision's speed estimation example: Ultralytics detects, ByteTrack follows, a plane gives metres.

Kept as the example has it: box bottoms inside the zone through a perspective transform, cut to whole
metres; distance along the road over frames ÷ nominal fps, once half a second was seen. Its drawing and
its output video are left out, in its favour.
"""

from __future__ import annotations

from collections import defaultdict, deque
from time import perf_counter

import cv2
import numpy as np
import supervision as sv
from trackers import ByteTrackTracker

from enforcement.detections import FloatArray
from enforcement.errors import BadInput
from enforcement.scene import Scene
from jobs.benches.peer_runs import PeerRun, PeerTask, PeerTrack
from jobs.benches.peer_ultralytics import model, options, without


def speed_example(task: PeerTask) -> PeerRun:
    """The example over a whole file."""
    yolo = model(task)
    arguments = without(options(task), "tracker")
    zone, target = zone_corners(task.scene)
    tracks: dict[int, PeerTrack] = {}
    seen: dict[int, deque[tuple[int, int]]] = defaultdict(
        lambda: deque(maxlen=round(task.nominal_fps))
    )
    begun = perf_counter()
    info = sv.VideoInfo.from_video_path(str(task.video))
    tracker = ByteTrackTracker(frame_rate=info.fps, track_activation_threshold=task.card.confidence)
    polygon = sv.PolygonZone(polygon=zone.astype(np.int64))
    transform = cv2.getPerspectiveTransform(zone.astype(np.float32), target.astype(np.float32))
    frame = -1
    for frame, picture in enumerate(sv.get_video_frames_generator(str(task.video))):
        result = yolo(picture, verbose=False, **arguments)[0]
        found = sv.Detections.from_ultralytics(result)
        found = found[found.confidence > task.card.confidence]
        found = found[polygon.trigger(found)].with_nms(threshold=task.card.overlap)
        found = tracker.update(found)
        found = found[found.tracker_id >= 0]
        feet = found.get_anchors_coordinates(anchor=sv.Position.BOTTOM_CENTER)
        metres = _moved(feet, transform).astype(int)
        for number, box, (_, along) in zip(found.tracker_id, found.xyxy, metres, strict=True):
            track = tracks.setdefault(int(number), PeerTrack())
            track.add(frame, box)
            history = seen[int(number)]
            history.append((frame, int(along)))
            if len(history) >= task.nominal_fps / 2:
                distance = abs(history[-1][1] - history[0][1])
                speed = distance / (len(history) / task.nominal_fps) * 3.6
                track.say(speed, history[0][0], frame)
    return PeerRun(frames=frame + 1, seconds=perf_counter() - begun, tracks=tracks)


def zone_corners(scene: Scene) -> tuple[FloatArray, FloatArray]:
    """Four corners of the measured zone in pixels, and in metres from one of them."""
    if scene.road is None or scene.measurement_zone is None:
        raise BadInput("bench peers: the site needs a calibration and a measurement_zone")
    world = scene.road.to_world(scene.measurement_zone)
    corners = [
        int(np.argmin(world @ np.array(side))) for side in ((1, -1), (-1, -1), (-1, 1), (1, 1))
    ]
    chosen = world[corners]
    return scene.measurement_zone[corners], chosen - chosen.min(axis=0)


def _moved(points: FloatArray, transform: FloatArray) -> FloatArray:
    if len(points) == 0:
        return np.zeros((0, 2))
    given = points.reshape(-1, 1, 2).astype(np.float32)
    return np.asarray(cv2.perspectiveTransform(given, transform).reshape(-1, 2), np.float64)
