"""What callers are told, described for OpenAPI; answers are written from plain rows, not from these.

Requests made from the description check in tests that both say the same. It must not know the database.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from enforcement.notice_rules import Channel, Language, NoticeType
from enforcement.permissions import Permission, Role
from enforcement.review import Status


class ProblemDetails(BaseModel):
    """RFC 9457, with a code for programs and the id under which our log has the request."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str | None
    errors: list[dict[str, Any]] | None = None
    current: Any = None


class SignedInUser(BaseModel):
    """Who is signed in, and what they may do."""

    id: uuid.UUID
    username: str
    full_name: str | None
    role: Role
    permissions: list[Permission]


class Signed(BaseModel):
    """An access token; the refresh token travels in its cookie."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the scheme's name
    expires_in: int
    user: SignedInUser


class InfractionRow(BaseModel):
    """One infraction in a list."""

    id: uuid.UUID
    infraction_code: str
    type: str
    status: Status
    device_id: str | None
    zone_id: str | None
    zone_name: str | None
    plate: str | None
    detected_speed: float | None
    speed_limit: float | None
    speed_excess: float | None
    speed_sigma_kmh: float | None
    confidence_score: float
    ocr_confidence: float | None
    detected_at: AwareDatetime
    version: int


class InfractionPage(BaseModel):
    """A page of infractions; next_cursor is null on the last."""

    items: list[InfractionRow]
    next_cursor: str | None


class EvidenceFile(BaseModel):
    """A file of the sealed bundle."""

    url: str
    bytes: int


class EvidencePart(BaseModel):
    """The sealed bundle."""

    bundle_id: str
    manifest_digest: str
    sealed_at: datetime
    files: dict[str, EvidenceFile]


class MismatchRow(BaseModel):
    """What was seen and the registry contradicts; field: class, color or plate."""

    field: Literal["class", "color", "plate"]
    seen: str
    registered: str | None


class VehiclePart(BaseModel):
    """The vehicle as registered; owner only to those who may see it."""

    model_config = ConfigDict(extra="allow")

    plate: str
    vehicle_class: str | None = Field(alias="class")
    make: str | None
    color: str | None
    simulated: bool
    stale: bool
    mismatch: list[MismatchRow]


class DiscountPart(BaseModel):
    """What is to pay by when."""

    name: str
    percent: float
    amount_soles: float
    within_working_days: int | None


class FinePart(BaseModel):
    """The fine by the catalogue at the infraction's date."""

    code: str
    description: str
    uit_percent: float
    uit_soles: float
    amount_soles: float
    points: int | None
    discounts: list[DiscountPart]
    verified: bool
    source: str


class HistoryRow(BaseModel):
    """A transition that was made."""

    model_config = ConfigDict(populate_by_name=True)

    at: datetime
    by: str | None
    origin: str = Field(alias="from")
    target: str = Field(alias="to")
    reason: str | None


class InfractionDetail(InfractionRow):
    """Everything a reviewer needs."""

    violation_details: dict[str, Any] | None
    track_id: int | None
    evidence: EvidencePart | None
    vehicle: VehiclePart | None
    fine: FinePart | None
    history: list[HistoryRow]
    allowed_transitions: list[str]


class Rows(BaseModel):
    """A list whose rows are described where it is asked for."""

    items: list[dict[str, Any]]
    next_cursor: str | None = None


class UserRow(BaseModel):
    """An account; never its password's hash."""

    model_config = ConfigDict(extra="allow")

    id: uuid.UUID
    username: str
    email: str
    full_name: str | None
    role: Role
    permissions: list[str]
    is_active: bool
    last_login: datetime | None
    login_attempts: int
    locked_until: datetime | None
    version: int


class TransitionMade(BaseModel):
    """What a decision made; the ETag is the new version's."""

    id: uuid.UUID
    infraction_code: str
    status: Status
    version: int
    fine: dict[str, Any] | None
    no_fine: dict[str, Any] | None
    at: datetime
    allowed_transitions: list[Status]


class TrackFrame(BaseModel):
    """Where the vehicle's box is, pixels, t_s seconds into the clip."""

    t_s: float
    box: list[float]


class TrackShown(BaseModel):
    """What a player draws over the clip; size is [width, height] of its pixels."""

    fps: float | None
    clip_start_s: float
    size: list[int]
    frames: list[TrackFrame]
    stop_line: list[list[float]] | None
    lanes: list[dict[str, Any]]
    measurement_zone: list[list[float]] | None


class Row(BaseModel):
    """One row with the columns of its table that the caller may see."""

    model_config = ConfigDict(extra="allow")


class Version(BaseModel):
    """The version after a change."""

    version: int


class Health(BaseModel):
    """A camera, its latest reports, its metrics of the last day."""

    device: Row
    reports: list[Row]
    metrics: list[Row]


class FeatureCollection(BaseModel):
    """RFC 7946."""

    type: Literal["FeatureCollection"]
    features: list[dict[str, Any]]


class PreferenceRow(BaseModel):
    """One notice through one channel."""

    type: NoticeType
    channel: Channel
    enabled: bool
    default: bool


class Preferences(BaseModel):
    """What a person is told of, how, and in which language."""

    items: list[PreferenceRow]
    language: Language


class SecondLook(BaseModel):
    """An infraction to judge again, without its status, history and fine."""

    id: int
    infraction: dict[str, Any]


class SecondVerdictMade(BaseModel):
    """What it says beside the first."""

    id: int
    infraction_id: uuid.UUID
    first_verdict: str
    verdict: str
    agrees: bool
