"""From what is known of a detector and a clock to what the measurement rests on.

It must not know how detections are made; it only scales their error model to the camera's pixels.
"""

from __future__ import annotations

from actors.ports import DetectorInfo
from enforcement.detections import EdgeError, VehicleClass
from enforcement.passes import MeasurementModel
from enforcement.path import BoxError

UNMEASURED = EdgeError(bias_frac=0.0, sigma_frac=0.03, sigma_px=1.5, corr=0.5)
"""A detector whose box errors nobody measured is trusted little."""


def measurement_model(
    info: DetectorInfo, *, pixels_per_inference_pixel: float, clock_rate_sigma: float
) -> MeasurementModel:
    """The error model at the camera's scale."""
    errors = {}
    for vehicle_class in VehicleClass:
        edges = info.box_error.get(vehicle_class, {})
        left, right = edges.get("left", UNMEASURED), edges.get("right", UNMEASURED)
        # The horizontal middle averages two edges.
        side = EdgeError(
            bias_frac=(left.bias_frac + right.bias_frac) / 2,
            sigma_frac=max(left.sigma_frac, right.sigma_frac) / 2**0.5,
            sigma_px=max(left.sigma_px, right.sigma_px) / 2**0.5,
            corr=max(left.corr, right.corr),
        )
        errors[vehicle_class] = BoxError(
            bottom=edges.get("bottom", UNMEASURED), side=side, scale=pixels_per_inference_pixel
        )
    return MeasurementModel(errors=errors, clock_rate_sigma=clock_rate_sigma)
