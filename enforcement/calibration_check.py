"""A calibration before it is kept: what each point is off by, how it proves itself, or why it is refused.

The fit is `enforcement.calibration`'s and the bound is the one that speed is refused by, so that nothing is
kept here on which no speed would be measured. It must not know who drew the points nor where they are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from enforcement.calibration import PointPair, RoadPlane, calibrate
from enforcement.detections import FloatArray
from enforcement.errors import PoorCalibration
from enforcement.lens import Lens
from enforcement.speed import SpeedRules

MAX_HELD_OUT_RMSE_M = SpeedRules().max_held_out_rmse_m
_STEPS_M = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
_MOST_LINES = 24
_SAMPLES = 41


@dataclass(frozen=True, slots=True, kw_only=True)
class PointError:
    """How far a point lies from where the fit puts it: on the road, and in the picture."""

    metres: float
    pixels: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What is known of a calibration. refusal: a code, with detail in words; both None when it is good.

    road: None where the points decide none. points, held_out: in the order given, empty without a road.
    grid: (K, 2) polylines, pixels, of the road's lines every grid_step_m.
    """

    refusal: str | None
    detail: str | None
    road: RoadPlane | None
    points: tuple[PointError, ...] = ()
    held_out: tuple[PointError, ...] = ()
    grid: tuple[FloatArray, ...] = ()
    grid_step_m: float | None = None

    @property
    def accepted(self) -> bool:
        """Whether speed may be measured on it."""
        return self.refusal is None

    def require(self) -> RoadPlane:
        """The road. Raises PoorCalibration with the reason when it is refused."""
        if self.refusal is not None or self.road is None:
            raise PoorCalibration(self.detail or "calibration: refused", reason=str(self.refusal))
        return self.road


def prove(
    points: Sequence[PointPair],
    *,
    held_out: Sequence[PointPair] = (),
    lens: Lens | None = None,
    image_size: tuple[int, int],
) -> Proof:
    """Fit and judge. image_size: (width, height) of the picture the points were seen in, pixels."""
    try:
        _inside([*points, *held_out], image_size)
        with np.errstate(all="ignore"):
            road = calibrate(points, held_out=held_out, lens=lens, image_size=image_size)
            if not np.isfinite([*road.homography.flat, road.fit_rmse_m]).all():
                raise PoorCalibration("calibration: the points do not decide a plane")
            return _judged(road, points, held_out, image_size)
    except PoorCalibration as error:
        return Proof(refusal=error.reason, detail=str(error), road=None)
    except (np.linalg.LinAlgError, FloatingPointError):
        return Proof(
            refusal="undecided", detail="calibration: the points do not decide a plane", road=None
        )


def _judged(
    road: RoadPlane,
    points: Sequence[PointPair],
    held_out: Sequence[PointPair],
    image_size: tuple[int, int],
) -> Proof:
    step, grid = road_grid(road, [p.world_m for p in (*points, *held_out)], image_size)
    refusal, detail = _refusal(road, points, held_out)
    return Proof(
        refusal=refusal,
        detail=detail,
        road=road,
        points=_errors(road, points),
        held_out=_errors(road, held_out),
        grid=grid,
        grid_step_m=step,
    )


def _refusal(
    road: RoadPlane, points: Sequence[PointPair], held_out: Sequence[PointPair]
) -> tuple[str | None, str | None]:
    fitted = np.array([p.image for p in points])
    for pair in held_out:
        if np.min(np.linalg.norm(fitted - np.array(pair.image), axis=1)) < 1.0:
            return "held_out_repeats", "calibration: a held-out point is one of the fitted points"
    error = road.held_out_rmse_m
    if error is None:
        return (
            "unproven",
            "calibration: four points always fit; a fifth, or a held-out one, must prove it",
        )
    if not error <= MAX_HELD_OUT_RMSE_M:
        return (
            "poor",
            f"calibration: {error:.2f} m off at points it has not seen;"
            f" {MAX_HELD_OUT_RMSE_M:.2f} m is the most",
        )
    return None, None


def _errors(road: RoadPlane, pairs: Sequence[PointPair]) -> tuple[PointError, ...]:
    if not pairs:
        return ()
    image = np.array([p.image for p in pairs], dtype=np.float64)
    world = np.array([p.world_m for p in pairs], dtype=np.float64)
    metres = np.linalg.norm(road.to_world(image) - world, axis=1)
    pixels = np.linalg.norm(road.to_image(world) - image, axis=1)
    return tuple(
        PointError(metres=float(m), pixels=float(p)) for m, p in zip(metres, pixels, strict=True)
    )


def _inside(pairs: Sequence[PointPair], image_size: tuple[int, int]) -> None:
    for number, pair in enumerate(pairs, start=1):
        x, y = pair.image
        if not (0 <= x <= image_size[0] and 0 <= y <= image_size[1]):
            raise PoorCalibration(
                f"calibration: point {number} lies outside the picture", reason="outside"
            )


def road_grid(
    road: RoadPlane, world_m: Sequence[tuple[float, float]], image_size: tuple[int, int]
) -> tuple[float, tuple[FloatArray, ...]]:
    """(step in metres, polylines in pixels) of whole steps over the points and one step around them."""
    world = np.array(world_m, dtype=np.float64)
    span = float(max(np.ptp(world, axis=0)))
    # At most so many lines a way; wider than the last step nobody calibrates.
    step = next((s for s in _STEPS_M if span / s <= _MOST_LINES), _STEPS_M[-1])
    low = (np.floor(world.min(axis=0) / step) - 1) * step
    high = (np.ceil(world.max(axis=0) / step) + 1) * step
    sign = float(np.sign(_depth(road, world.mean(axis=0))))
    lines: list[FloatArray] = []
    for along in (0, 1):
        across = 1 - along
        count = min(round((high[across] - low[across]) / step) + 1, 4 * _MOST_LINES)
        for at in np.linspace(low[across], high[across], count):
            line = np.empty((_SAMPLES, 2))
            line[:, along] = np.linspace(low[along], high[along], _SAMPLES)
            line[:, across] = at
            lines += _seen(road, line, sign, image_size)
    return step, tuple(lines)


def _depth(road: RoadPlane, world: FloatArray) -> FloatArray:
    """Proportional to the distance before the camera; its sign turns at the horizon."""
    return np.asarray(world @ road.homography[2, :2] + road.homography[2, 2])


def _seen(
    road: RoadPlane, line: FloatArray, sign: float, image_size: tuple[int, int]
) -> list[FloatArray]:
    """The stretches of a line (K, 2) metres that lie before the camera and in the picture."""
    before = _depth(road, line) * sign > 1e-9
    pixels = np.full_like(line, -1.0)
    pixels[before] = road.to_image(line[before])
    width, height = image_size
    # A margin, so that lines reach the picture's border.
    inside = before & np.isfinite(pixels).all(axis=1)
    inside &= (np.abs(pixels - [width / 2, height / 2]) < [width, height]).all(axis=1)
    runs: list[FloatArray] = []
    run: list[int] = []
    for index in range(len(line) + 1):
        if index < len(line) and inside[index]:
            run.append(index)
            continue
        if len(run) > 1:
            runs.append(pixels[run].round(1))
        run = []
    return runs
