"""Where a vehicle is at any instant: a path on the road and a speed profile along it, both exact.

Speed is piecewise linear in time, so the distance is piecewise quadratic and no integration error
enters the truth. It must not know what the vehicle looks like.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from enforcement.detections import FloatArray
from enforcement.units import KMH_PER_MS

PATH_STEP_M = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Distance over time: knots where the acceleration changes.

    t_s, s_m, v_ms: (K,) float64 at the knots; a_ms2: (K,) acceleration after each knot. Before the
    first knot and after the last the speed is constant.
    """

    t_s: FloatArray
    s_m: FloatArray
    v_ms: FloatArray
    a_ms2: FloatArray

    def _knot(self, t: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        i = np.clip(np.searchsorted(self.t_s, t, side="right") - 1, 0, len(self.t_s) - 1)
        dt = t - self.t_s[i]
        return dt, self.s_m[i], self.v_ms[i], np.where(dt < 0, 0.0, self.a_ms2[i])

    def distance(self, t: FloatArray) -> FloatArray:
        """Metres along the path at times t (any shape)."""
        dt, s, v, a = self._knot(t)
        return np.asarray(s + v * dt + 0.5 * a * dt * dt, np.float64)

    def speed(self, t: FloatArray) -> FloatArray:
        """m/s at times t (any shape)."""
        dt, _, v, a = self._knot(t)
        return np.asarray(v + a * dt, np.float64)

    def time_at(self, s_m: float) -> float:
        """First time at which the distance reaches s_m, seconds; inf if never."""
        for i in range(len(self.t_s)):
            end = self.t_s[i + 1] if i + 1 < len(self.t_s) else np.inf
            s, v, a = self.s_m[i], self.v_ms[i], self.a_ms2[i]
            if i == 0 and s_m <= s:
                return float(self.t_s[0] + (s_m - s) / v) if v > 0 else float("inf")
            dt = _first_root(0.5 * a, v, s - s_m)
            if dt is not None and self.t_s[i] + dt <= end + 1e-9:
                return float(self.t_s[i] + dt)
        return float("inf")


def _first_root(a: float, b: float, c: float) -> float | None:
    if abs(a) < 1e-12:
        return float(-c / b) if b > 1e-12 and -c / b >= -1e-9 else None
    square = b * b - 4 * a * c
    if square < 0:
        return None
    root = np.sqrt(square)
    good = [r for r in ((-b - root) / (2 * a), (-b + root) / (2 * a)) if r >= -1e-9]
    return float(min(good)) if good else None


def profile(
    t0_s: float, speed_ms: float, phases: list[tuple[float, float]], s0_m: float = 0.0
) -> Profile:
    """From (duration s, acceleration m/s^2) phases; the speed never goes below zero by choice of them."""
    t, s, v = [t0_s], [s0_m], [speed_ms]
    a: list[float] = []
    for duration, acceleration in phases:
        a.append(acceleration)
        t.append(t[-1] + duration)
        s.append(s[-1] + v[-1] * duration + 0.5 * acceleration * duration**2)
        v.append(v[-1] + acceleration * duration)
    return Profile(t_s=np.array(t), s_m=np.array(s), v_ms=np.array(v), a_ms2=np.array([*a, 0.0]))


def braking_phases(speed_ms: float, decel_ms2: float) -> list[tuple[float, float]]:
    """Phases that bring speed_ms to a stop."""
    return [(speed_ms / decel_ms2, -decel_ms2)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A curve on the road by arc length: s_m, x_m, y_m, heading (radians from +Y towards +X), (P,)."""

    s_m: FloatArray
    x_m: FloatArray
    y_m: FloatArray
    heading: FloatArray

    def at(self, s: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """x, y, heading at arc lengths s; straight on before the start and after the end."""
        x, y, h = (np.interp(s, self.s_m, v) for v in (self.x_m, self.y_m, self.heading))
        over = np.maximum(s - self.s_m[-1], 0) + np.minimum(s - self.s_m[0], 0)
        return x + over * np.sin(h), y + over * np.cos(h), h


def polyline(x: FloatArray, y: FloatArray) -> Path:
    """A path through finely spaced points."""
    dx, dy = np.diff(x), np.diff(y)
    s = np.concatenate([[0.0], np.cumsum(np.hypot(dx, dy))])
    segment = np.unwrap(np.arctan2(dx, dy))
    at_points = np.concatenate([[segment[0]], (segment[1:] + segment[:-1]) / 2, [segment[-1]]])
    return Path(s_m=s, x_m=x, y_m=y, heading=at_points)


def lane_path(
    x_m: float,
    y_start_m: float,
    y_end_m: float,
    shifts: tuple[tuple[float, float, float], ...] = (),
) -> Path:
    """Along a lane from y_start to y_end, with smooth sideways moves.

    shifts: (y where it begins, length in metres, sideways metres), each a raised cosine.
    """
    n = max(int(abs(y_end_m - y_start_m) / PATH_STEP_M), 2) if shifts else 2
    y = np.linspace(y_start_m, y_end_m, n)
    x = np.full_like(y, x_m)
    direction = np.sign(y_end_m - y_start_m)
    for begin, length, sideways in shifts:
        u = np.clip((y - begin) * direction / length, 0, 1)
        x = x + sideways * (1 - np.cos(np.pi * u)) / 2
    return polyline(x, y)


def turning_path(
    x_m: float, y_start_m: float, y_turn_m: float, radius_m: float, side: float, x_end_m: float
) -> Path:
    """Straight to y_turn, then a quarter circle towards X growing (side 1) or falling (-1), then on."""
    direction = float(np.sign(y_turn_m - y_start_m))
    angle = np.linspace(0, np.pi / 2, max(int(radius_m * 1.6 / PATH_STEP_M), 8))
    x_arc = x_m + side * radius_m * (1 - np.cos(angle))
    y_arc = y_turn_m + direction * radius_m * np.sin(angle)
    x = np.concatenate([[x_m], x_arc, [x_end_m]])
    y = np.concatenate([[y_start_m], y_arc, [y_arc[-1]]])
    return polyline(x, y)


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """A vehicle's centre moving along a path; alive between enters_s and leaves_s."""

    path: Path
    profile: Profile
    enters_s: float
    leaves_s: float

    def pose(self, t: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Centre x, y (metres) and heading (radians from +Y towards +X) at times t."""
        return self.path.at(self.profile.distance(t))

    def speed_kmh(self, t: FloatArray) -> FloatArray:
        """Speed of the centre along its path at times t."""
        return self.profile.speed(t) * KMH_PER_MS

    def mean_speed_kmh(self, t0_s: float, t1_s: float) -> float:
        """Exact mean speed along the path between two true times."""
        s = self.profile.distance(np.array([t0_s, t1_s]))
        return float((s[1] - s[0]) / (t1_s - t0_s) * KMH_PER_MS)


def motion_along(path: Path, along: Profile) -> Motion:
    """A motion that lives from the path's start to its end."""
    return Motion(
        path=path,
        profile=along,
        enters_s=along.time_at(0.0),
        leaves_s=along.time_at(float(path.s_m[-1])),
    )
