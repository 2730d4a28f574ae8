"""What every table shares: one metadata, one naming convention, the column types used throughout.

It must not know any particular table.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import (
    DateTime,
    Double,
    MetaData,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

JsonObject = dict[str, Any]
UuidKey = Annotated[
    uuid.UUID, mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
]


class Base(DeclarativeBase):
    """Parent of all tables; Python types map to the data model's types, instants always with zone."""

    metadata = MetaData()
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        float: Double(),
        uuid.UUID: UUID(as_uuid=True),
        JsonObject: JSONB(none_as_null=True),
        list[str]: ARRAY(Text()),
        str: Text(),
    }


class Created:
    """When the row was written."""

    created_at: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())


class Stamped(Created):
    """When the row was written and last changed; the second is kept by a trigger."""

    updated_at: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())


class SoftDeleted:
    """Rows are never removed; this says since when one no longer stands."""

    deleted_at: Mapped[datetime | None]
