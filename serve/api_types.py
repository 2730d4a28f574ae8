"""What callers send, checked: lengths, forms, no unknown fields. Inside, these become plain arguments.

It must not know the database.
"""

from __future__ import annotations

import re
import uuid
from typing import Annotated, Literal

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from enforcement.notice_rules import Channel, Language, NoticeType
from enforcement.permissions import Permission, Role
from enforcement.review import Status

_EMAIL = re.compile(r"^[^@\s\x00]{1,64}@[^@\s\x00]{1,180}\.[^@\s\x00]{2,30}$")


def _clean(text: str) -> str:
    if "\x00" in text:
        raise ValueError("holds a NUL character")
    return text


def _email(text: str) -> str:
    if not _EMAIL.match(text):
        raise ValueError("not an e-mail address")
    return text


Text = Annotated[str, AfterValidator(_clean)]
Email = Annotated[str, Field(max_length=255), AfterValidator(_email)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,149}$", examples=["mquispe"])]
KeyText = Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[^\x00/]+$")]
DeviceId = Annotated[KeyText, Path(description="id of a camera", examples=["CAM001"])]
Plate = Annotated[KeyText, Path(description="plate as printed", examples=["ABC-123"])]
Dni = Annotated[KeyText, Path(description="a person's DNI", examples=["00000000"])]
InfractionId = Annotated[uuid.UUID, Path(description="id of an infraction")]


class Body(BaseModel):
    """What a caller sends: nothing that is not named here."""

    model_config = ConfigDict(extra="forbid", str_max_length=4000)


class Login(Body):
    """A name and a password."""

    username: Annotated[Text, Field(min_length=1, max_length=150, examples=["mquispe"])]
    password: Annotated[Text, Field(min_length=1, max_length=256)]


class Refresh(Body):
    """A refresh token for callers without cookies."""

    refresh_token: Annotated[Text, Field(min_length=20, max_length=200)] | None = None


class TransitionAsked(Body):
    """Where an infraction shall go, and why."""

    to: Annotated[Status, Field(examples=["validated"])]
    reason: Annotated[Text, Field(max_length=2000, examples=["La placa no se lee"])] | None = None


class Appeal(Body):
    """Why a fine is appealed."""

    reason: Annotated[Text, Field(min_length=1, max_length=2000)]


class Resolution(Body):
    """How an appeal ends: upheld cancels the infraction, rejected lets the fine stand."""

    outcome: Literal["upheld", "rejected"]
    reason: Annotated[Text, Field(min_length=1, max_length=2000)]


class Payment(Body):
    """A payment that was received; reference is the receipt's number."""

    reference: Annotated[Text, Field(max_length=100, examples=["REC-0001"])] | None = None


class NewUser(Body):
    """An account to be made."""

    username: Name
    email: Email
    password: Annotated[Text, Field(min_length=12, max_length=256)]
    full_name: Annotated[Text, Field(max_length=255)] | None = None
    role: Role
    permissions: Annotated[list[Permission], Field(max_length=32)] = []


class UserChange(Body):
    """What of an account shall change; what is left out stays."""

    email: Email | None = None
    full_name: Annotated[Text, Field(max_length=255)] | None = None
    role: Role | None = None
    permissions: Annotated[list[Permission], Field(max_length=32)] | None = None
    is_active: bool | None = None
    password: Annotated[Text, Field(min_length=12, max_length=256)] | None = None


class SecondVerdict(Body):
    """Another person's verdict."""

    verdict: Literal["validated", "rejected"]
    reason: Annotated[Text, Field(max_length=2000)] | None = None


class NotificationPreference(Body):
    """One notice through one channel, on or off."""

    type: Annotated[NoticeType, Field(examples=["infraction_appealed"])]
    channel: Annotated[Channel, Field(examples=["email"])]
    enabled: bool


class NotificationPreferences(Body):
    """What shall be switched; what is left out stays."""

    items: Annotated[list[NotificationPreference], Field(max_length=100)] = []
    language: Language | None = None

    @model_validator(mode="after")
    def _something(self) -> NotificationPreferences:
        if not self.items and self.language is None:
            raise ValueError("names nothing to change")
        return self
