"""Frames of a scene at any true time: a still background, heads, shadows, vehicles far to near, weather.

Only vehicles' own regions are drawn anew. It must not know files, codecs or the law.
"""

from __future__ import annotations

import copy
from dataclasses import replace

import cv2
import numpy as np

from enforcement.detections import ByteArray, FloatArray
from enforcement.signals import SignalState
from simulation.background import render_background
from simulation.drawing import Placed, draw_vehicle, place
from simulation.effects import Sensor, draw_lamps, draw_shadow
from simulation.lens import Camera
from simulation.scene import SimScene
from simulation.signals import Head
from simulation.vehicles import Vehicle

SHIFT = 4
LAMP_ON = {"red": (60, 50, 255), "amber": (40, 190, 255), "green": (150, 255, 90)}
LAMP_OFF = {"red": (28, 24, 60), "amber": (22, 44, 58), "green": (34, 52, 24)}
STILL_DECEL_MS2 = -0.6


class Renderer:
    """Draws frames of one scene; holds its background, nothing between frames."""

    def __init__(self, scene: SimScene, *, oversample: int = 2) -> None:
        self._scene = scene
        self._still = render_background(
            scene.camera, scene.road, scene.weather, scene.seed, oversample
        )
        for head in scene.heads:
            _draw_post(self._still, scene.camera, head)
        self._sensor = Sensor(scene.camera.width, scene.camera.height, scene.weather, scene.seed)

    def with_vehicles(self, vehicles: tuple[Vehicle, ...]) -> Renderer:
        """The same still picture and sensor with other traffic; cheap."""
        other = copy.copy(self)
        other._scene = replace(self._scene, vehicles=vehicles)
        return other

    def frame(self, t_s: float, index: int = 0) -> ByteArray:
        """(H, W, 3) uint8 BGR at a true time; index chooses the noise."""
        return self._draw(t_s, index, None)

    def labelled(self, t_s: float, index: int = 0) -> tuple[ByteArray, ByteArray, list[Placed]]:
        """The frame, its instance map (H, W) uint8 (0 none, i+1 for the i-th placed) and the placed."""
        camera = self._scene.camera
        instances = np.zeros((camera.height, camera.width), np.uint8)
        placed = self._placed(t_s)
        frame = self._draw(t_s, index, instances, placed)
        return frame, instances, placed

    def _placed(self, t_s: float) -> list[Placed]:
        seen = (place(self._scene.camera, v, t_s) for v in self._scene.present(t_s))
        return sorted((p for p in seen if p is not None), key=lambda p: -p.distance)

    def _draw(
        self,
        t_s: float,
        index: int,
        instances: ByteArray | None,
        placed: list[Placed] | None = None,
    ) -> ByteArray:
        scene, camera, light = self._scene, self._scene.camera, self._scene.weather
        frame: ByteArray = self._still.copy()
        if scene.programme is not None:
            for head in scene.heads:
                draw_head(frame, camera, head, scene.programme.state(t_s))
        placed = self._placed(t_s) if placed is None else placed
        for p in placed:
            draw_shadow(frame, camera, p, light)
        for number, p in enumerate(placed, start=1):
            alpha = draw_vehicle(frame, camera, p, light, self._smear(p, t_s))
            slowing = _slowing(p, t_s)
            draw_lamps(frame, camera, p, light, braking=slowing)
            if instances is not None:
                x0, y0, x1, y1 = p.bounds
                instances[y0:y1, x0:x1][alpha > 127] = number
        self._sensor.apply(frame, index)
        return frame

    def _smear(self, placed: Placed, t_s: float) -> FloatArray:
        """Pixels that the vehicle's near end moves during the exposure."""
        shutter = self._scene.weather.shutter_s
        metres = float(placed.vehicle.motion.profile.speed(np.array([t_s]))[0]) * shutter
        ahead = np.array([np.sin(placed.heading), np.cos(placed.heading), 0.0]) * metres
        middle = placed.world.mean(axis=0)
        a, b = self._scene.camera.project(np.array([middle, middle + ahead]))
        return np.asarray(b - a)


def _slowing(placed: Placed, t_s: float) -> bool:
    v = placed.vehicle.motion.profile.speed(np.array([t_s, t_s + 0.1]))
    return bool((v[1] - v[0]) / 0.1 < STILL_DECEL_MS2 or v[0] < 0.2)


def _draw_post(picture: ByteArray, camera: Camera, head: Head) -> None:
    for dx in (0.35,):
        foot = np.array(
            [
                [head.x_m + dx - 0.08, head.y_m, 0.0],
                [head.x_m + dx + 0.08, head.y_m, 0.0],
                [head.x_m + dx + 0.06, head.y_m, head.z_m + 0.5],
                [head.x_m + dx - 0.06, head.y_m, head.z_m + 0.5],
            ]
        )
        points = np.round((camera.project(foot) - 0.5) * (1 << SHIFT)).astype(np.int32)
        cv2.fillPoly(picture, [points], (70, 72, 72), cv2.LINE_AA, SHIFT)


def draw_head(frame: ByteArray, camera: Camera, head: Head, state: SignalState) -> None:
    """The housing and its three lamps, in place."""
    half, tall = head.lamp_m * 0.75, head.lamp_m * 2.0
    box = np.array(
        [
            [head.x_m - half, head.y_m, head.z_m - tall],
            [head.x_m + half, head.y_m, head.z_m - tall],
            [head.x_m + half, head.y_m, head.z_m + tall],
            [head.x_m - half, head.y_m, head.z_m + tall],
        ]
    )
    points = np.round((camera.project(box) - 0.5) * (1 << SHIFT)).astype(np.int32)
    cv2.fillPoly(frame, [points], (24, 24, 24), cv2.LINE_AA, SHIFT)
    lit = {"red_amber": {"red", "amber"}}.get(state.value, {state.value})
    for name, centre in head.lamp_centres().items():
        at = np.array([centre])
        pixel = (camera.project(at)[0] - 0.5) * (1 << SHIFT)
        radius = head.lamp_m / 2 * camera.lens.fx / float(camera.depth(at)[0]) * (1 << SHIFT)
        colour = LAMP_ON[name] if name in lit else LAMP_OFF[name]
        where = (round(float(pixel[0])), round(float(pixel[1])))
        cv2.circle(frame, where, max(int(radius), 16), colour, -1, cv2.LINE_AA, SHIFT)
