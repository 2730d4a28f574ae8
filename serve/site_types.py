"""What callers send of a camera's view: points, lengths and forms checked. Whether they fit is decided below.

It must not know the database.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from enforcement.calibration import PointPair
from enforcement.geodesy import Origin
from enforcement.lens import Lens
from serve.api_types import Body, Text

Pixel = Annotated[float, Field(ge=-20_000, le=20_000, allow_inf_nan=False)]
Point = Annotated[tuple[Pixel, Pixel], Field(description="[x, y], pixels, y downwards")]
Polygon = Annotated[list[Point], Field(min_length=3, max_length=60)]
Metre = Annotated[float, Field(ge=-100_000, le=100_000, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Side = Annotated[int, Field(ge=16, le=16_384)]
Positive = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
Bend = Annotated[float, Field(ge=-1e3, le=1e3, allow_inf_nan=False)]
# A tenth of a millimetre on the ground, both.
_DEGREE_DECIMALS = 9
_METRE_DECIMALS = 4


class GpsPlace(Body):
    """A place, degrees, WGS 84."""

    latitude: Annotated[Latitude, Field(examples=[-12.0464])]
    longitude: Annotated[Longitude, Field(examples=[-77.0428])]


class PairGiven(Body):
    """A point of the picture and where it lies on the road: in metres, or by GPS."""

    image: Point
    world_m: Annotated[tuple[Metre, Metre] | None, Field(description="[X, Y] on the road")] = None
    gps: GpsPlace | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.world_m is None) == (self.gps is None):
            raise ValueError("expected one of world_m and gps")
        return self


class LensGiven(Body):
    """Pinhole with Brown's distortion, pixels."""

    fx: Positive
    fy: Positive
    cx: Positive
    cy: Positive
    k1: Bend = 0.0
    k2: Bend = 0.0
    p1: Bend = 0.0
    p2: Bend = 0.0
    k3: Bend = 0.0


class CalibrationGiven(Body):
    """Points that decide the road, points that only prove it, and the picture they were seen in.

    origin: where X = Y = 0 is; by GPS alone it is the first place given.
    """

    points: Annotated[list[PairGiven], Field(max_length=60)]
    held_out: Annotated[list[PairGiven], Field(max_length=60, default_factory=list)]
    lens: LensGiven | None = None
    image_size: Annotated[tuple[Side, Side], Field(examples=[[1920, 1080]])]
    origin: GpsPlace | None = None

    def origin_used(self) -> Origin | None:
        """Where metres are counted from, None where nothing is given by GPS."""
        found = self.origin or next(
            (pair.gps for pair in (*self.points, *self.held_out) if pair.gps is not None), None
        )
        if found is None:
            return None
        return Origin(
            latitude=round(found.latitude, _DEGREE_DECIMALS),
            longitude=round(found.longitude, _DEGREE_DECIMALS),
        )

    def lens_used(self) -> Lens | None:
        """The lens as the fit takes it."""
        return None if self.lens is None else Lens(**self.lens.model_dump())

    def pairs(self, given: list[PairGiven]) -> list[PointPair]:
        """In metres. Raises BadInput for a place far from the others."""
        origin = self.origin_used()
        return [PointPair(image=one.image, world_m=_metres(one, origin)) for one in given]


def _metres(given: PairGiven, origin: Origin | None) -> tuple[float, float]:
    if given.gps is None or origin is None:
        return given.world_m or (0.0, 0.0)
    x, y = origin.to_metres(given.gps.latitude, given.gps.longitude)
    return round(x, _METRE_DECIMALS), round(y, _METRE_DECIMALS)


class LaneGiven(Body):
    """One lane as it lies in the picture."""

    id: Annotated[Text, Field(min_length=1, max_length=50, examples=["1"])]
    type: Annotated[Text, Field(min_length=1, max_length=50, examples=["exclusive_bus"])] = "normal"
    polygon: Polygon
    heading_deg: Annotated[float, Field(ge=-360, le=360, allow_inf_nan=False)] | None = None
    allowed: (
        Annotated[list[Literal["car", "bus", "truck", "motorcycle"]], Field(max_length=4)] | None
    ) = None
    crossing_zones: Annotated[list[Polygon], Field(max_length=20)] | None = None


class ViewGiven(Body):
    """Everything drawn in one camera's picture; what is null or empty is not there."""

    lanes: Annotated[list[LaneGiven], Field(max_length=20, default_factory=list)]
    stop_line: tuple[Point, Point] | None = None
    measurement_zone: Polygon | None = None
