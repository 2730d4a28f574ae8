"""All tables at once, for whoever needs the whole catalogue: migrations and tests."""

from __future__ import annotations

from schema import (
    accidents,
    audit,
    batch,
    devices,
    evidence,
    identity,
    infractions,
    kept_counts,
    law,
    ml,
    notifications,
    outbox,
    registry,
    retention,
    review,
    telemetry,
    zones,
)
from schema.base import Base

# Importing a module registers its tables; naming them keeps a forgotten one visible.
MODULES = (
    accidents,
    audit,
    batch,
    devices,
    evidence,
    identity,
    infractions,
    kept_counts,
    law,
    ml,
    notifications,
    outbox,
    registry,
    retention,
    review,
    telemetry,
    zones,
)
metadata = Base.metadata
