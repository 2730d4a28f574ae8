"""What callers send of zones and cameras: lengths, forms, nothing unknown.

It must not know the database, nor which addresses may be watched.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from fastapi import Path
from pydantic import AfterValidator, Field, model_validator

from serve.api_types import Body, KeyText, Text
from serve.site_types import GpsPlace, Latitude, Longitude

ZoneId = Annotated[KeyText, Path(description="id of a zone", examples=["ZN001"])]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$", examples=["ZN001"])]
Label = Annotated[Text, Field(min_length=1, max_length=255)]
_MOST_POSITIONS = 1_000


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("no time zone of the IANA list") from None
    return name


Timezone = Annotated[
    Text, Field(min_length=1, max_length=64, examples=["America/Lima"]), AfterValidator(_timezone)
]
Position = tuple[Longitude, Latitude]
Ring = Annotated[list[Position], Field(min_length=4, max_length=_MOST_POSITIONS)]


class PolygonGiven(Body):
    """RFC 7946: rings of [longitude, latitude], each closed."""

    type: Literal["Polygon"]
    coordinates: Annotated[list[Ring], Field(min_length=1, max_length=10)]

    @model_validator(mode="after")
    def _closed(self) -> Self:
        for ring in self.coordinates:
            if ring[0] != ring[-1]:
                raise ValueError("a ring must end where it begins")
        return self


class ZoneProperties(Body):
    """What is known of a zone; what is left out of a change stays."""

    name: Label | None = None
    description: Annotated[Text, Field(max_length=2000)] | None = None
    speed_limit: Annotated[int, Field(ge=1, le=200, description="km/h")] | None = None
    limit_source: Annotated[Text, Field(max_length=500)] | None = None
    municipality: Annotated[Text, Field(max_length=100)] | None = None
    district: Annotated[Text, Field(max_length=100)] | None = None
    timezone: Timezone | None = None
    is_active: bool | None = None


class ZoneGiven(Body):
    """A zone to make: a GeoJSON feature whose id is the zone's."""

    type: Literal["Feature"]
    id: Id
    geometry: PolygonGiven | None = None
    properties: ZoneProperties


class ZoneChange(Body):
    """What of a zone shall change; geometry null takes its shape away."""

    type: Literal["Feature"] = "Feature"
    geometry: PolygonGiven | None = None
    properties: ZoneProperties = ZoneProperties()


class Credentials(Body):
    """What the camera asks for; kept encrypted, never shown again."""

    username: Annotated[Text, Field(min_length=1, max_length=150)]
    password: Annotated[Text, Field(min_length=1, max_length=256)]


class StreamGiven(Body):
    """Where the pictures come from. credentials: left out keeps those of the same host; null: none.

    A user and password inside the URL are taken out of it and kept as credentials.
    """

    url: Annotated[
        Text, Field(min_length=8, max_length=500, examples=["rtsp://10.20.0.7:554/h264"])
    ]
    credentials: Credentials | None = None


class DeviceChange(Body):
    """What of a camera shall change; what is left out stays."""

    name: Label | None = None
    zone_id: KeyText | None = None
    location: GpsPlace | None = None
    serial_number: Annotated[Text, Field(min_length=1, max_length=100)] | None = None
    certificate_number: Annotated[Text, Field(min_length=1, max_length=100)] | None = None
    status: Annotated[
        Literal["active", "inactive", "maintenance"], Field(description="wanted, or put aside")
    ] = "active"
    stream: StreamGiven | None = None


class NewDevice(Body):
    """A camera to add."""

    id: Id
    name: Label
    zone_id: KeyText
    location: GpsPlace | None = None
    serial_number: Annotated[Text, Field(min_length=1, max_length=100)] | None = None
    certificate_number: Annotated[Text, Field(min_length=1, max_length=100)] | None = None
    stream: StreamGiven
