"""What callers are told of a camera's view, described for OpenAPI.

It must not know the database.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class PointErrorRow(BaseModel):
    """How far a point lies from where the fit puts it."""

    error_m: float
    error_px: float


class ProofShown(BaseModel):
    """What a calibration is worth. refusal: a code, null when it may be saved; detail says it in words.

    limit_m: the most that held_out_rmse_m may be. grid: polylines of the road's lines every grid_step_m
    metres, pixels. world_m: the points as they are kept, in metres.
    """

    accepted: bool
    refusal: str | None
    detail: str | None
    fit_rmse_m: float | None
    held_out_rmse_m: float | None
    held_out_by: str | None
    limit_m: float
    camera_height_m: float | None
    points: list[PointErrorRow]
    held_out: list[PointErrorRow]
    grid_step_m: float | None
    grid: list[list[list[float]]]


class CalibrationShown(BaseModel):
    """A camera's calibration and what it is worth; nulls where there is none."""

    device_id: str
    calibration: dict[str, Any] | None
    error_meters: float | None
    digest: str | None
    origin: list[float] | None
    image_size: list[int] | None
    proof: ProofShown | None


class ViewShown(BaseModel):
    """What is drawn in a camera's picture, pixels."""

    device_id: str
    zone_id: str | None
    lanes: list[dict[str, Any]]
    stop_line: list[list[float]] | None
    measurement_zone: list[list[float]] | None


class Feature(BaseModel):
    """RFC 7946: a zone with its shape, null where nobody drew one."""

    type: str
    id: str
    geometry: dict[str, Any] | None
    properties: dict[str, Any]
