"""In the manner of the many small scripts: OpenCV reads, OpenVINO detects, SORT-like matching follows.

It is nobody's product. Speed is pixel velocity at the road's local scale times the nominal frame rate,
as Frigate has it. It draws nothing, reads no plate and keeps nothing: a lean lower bound on work.
"""

from __future__ import annotations

from time import perf_counter

import cv2
import numpy as np
import openvino
from scipy.optimize import linear_sum_assignment

from adapters.detector_decode import iou
from adapters.letterbox import Letterbox
from enforcement.detections import ByteArray, Float32Array
from enforcement.errors import BadInput
from enforcement.geometry import points_in_polygon
from enforcement.scene import Scene
from jobs.benches.peer_runs import PeerRun, PeerTask, PeerTrack

LOST_FRAMES = 15
LEAST_IOU = 0.2
BACK = 10


def plain_script(task: PeerTask) -> PeerRun:
    """One loop over a file."""
    core = openvino.Core()
    network = core.read_model(str(next(task.network.glob("*.xml"))))
    network.reshape([1, 3, task.size[1], task.size[0]])
    compiled = core.compile_model(network, "CPU", {"PERFORMANCE_HINT": "LATENCY"})
    tracks: dict[int, PeerTrack] = {}
    begun = perf_counter()
    video = cv2.VideoCapture(str(task.video))
    frame = -1
    while True:
        there, picture = video.read()
        if not there:
            break
        frame += 1
        boxes = _detect(compiled, picture, task)
        follow(tracks, boxes, frame)
        for track in tracks.values():
            if track.frames[-1] == frame and len(track.frames) > BACK:
                _say(track, task)
    video.release()
    return PeerRun(frames=frame + 1, seconds=perf_counter() - begun, tracks=tracks)


def _detect(compiled: openvino.CompiledModel, picture: ByteArray, task: PeerTask) -> Float32Array:
    """(N, 4) boxes in frame pixels."""
    box = Letterbox.fit((picture.shape[1], picture.shape[0]), task.size)
    blob = cv2.dnn.blobFromImage(box.picture(picture), 1 / 255.0, swapRB=True)
    raw = compiled([blob])[0][0]
    scores = raw[4:].max(axis=0)
    chosen = np.flatnonzero(scores > task.card.confidence)
    x, y, w, h = raw[:4, chosen]
    corners = np.stack([x - w / 2, y - h / 2, w, h], axis=1)
    kept = np.asarray(
        cv2.dnn.NMSBoxes(
            corners.tolist(), scores[chosen].tolist(), task.card.confidence, task.card.overlap
        ),
        np.int64,
    ).reshape(-1)
    corners[:, 2:] += corners[:, :2]
    moved = (corners[kept] - [box.left, box.top] * 2) / [*box.scale, *box.scale]
    return np.asarray(moved, np.float32)


def follow(tracks: dict[int, PeerTrack], boxes: Float32Array, frame: int) -> None:
    """Hungarian matching on overlap with each track carried on at its last velocity."""
    live = [k for k, t in tracks.items() if frame - t.frames[-1] <= LOST_FRAMES]
    taken: set[int] = set()
    if live and len(boxes):
        expected = np.stack([_carried(tracks[k], frame) for k in live])
        overlap = iou(expected, boxes)
        for row, column in zip(*linear_sum_assignment(-overlap), strict=True):
            if overlap[row, column] >= LEAST_IOU:
                tracks[live[row]].add(frame, boxes[column])
                taken.add(int(column))
    for column, box in enumerate(boxes):
        if column not in taken:
            tracks[len(tracks)] = PeerTrack(frames=[frame], boxes=[box])


def _carried(track: PeerTrack, frame: int) -> Float32Array:
    if len(track.frames) < 2:
        return track.boxes[-1]
    step = (track.boxes[-1] - track.boxes[-2]) / (track.frames[-1] - track.frames[-2])
    return np.asarray(track.boxes[-1] + step * (frame - track.frames[-1]), np.float32)


def _say(track: PeerTrack, task: PeerTask) -> None:
    first, last = track.boxes[-1 - BACK], track.boxes[-1]
    feet = np.array([[(b[0] + b[2]) / 2, b[3]] for b in (first, last)], np.float64)
    zone = task.scene.measurement_zone
    if zone is not None and not points_in_polygon(feet, zone).all():
        return
    frames = track.frames[-1] - track.frames[-1 - BACK]
    pixels = float(np.linalg.norm(feet[1] - feet[0]))
    scale = _metres_per_pixel(task.scene, feet.mean(axis=0))
    track.say(
        pixels / frames * scale * task.nominal_fps * 3.6, track.frames[-1 - BACK], track.frames[-1]
    )


def _metres_per_pixel(scene: Scene, foot: Float32Array) -> float:
    if scene.road is None:
        raise BadInput("bench peers: the site needs a calibration")
    around = np.stack([foot - [0.0, 1.0], foot + [0.0, 1.0]])
    world = scene.road.to_world(around)
    return float(np.linalg.norm(world[1] - world[0]) / 2.0)
