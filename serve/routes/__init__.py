"""One router per resource; each says what goes in and out and leaves deciding to the floors below."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from serve.routes import (
    audit,
    auth,
    calibration,
    device_changes,
    evidence,
    fines,
    infractions,
    lanes,
    law,
    models,
    monthly_reports,
    notifications,
    places,
    registry,
    reports,
    risks,
    second_reviews,
    snapshot,
    system,
    users,
    zone_changes,
)

# Looked through in this order: what is asked most stands first.
ROUTERS: Sequence[APIRouter] = (
    infractions.router,
    system.router,
    auth.router,
    evidence.router,
    second_reviews.router,
    *fines.ROUTERS,
    reports.router,
    monthly_reports.router,
    *places.ROUTERS,
    device_changes.router,
    zone_changes.router,
    calibration.router,
    snapshot.router,
    lanes.router,
    *registry.ROUTERS,
    users.router,
    law.router,
    notifications.router,
    *models.ROUTERS,
    risks.router,
    audit.router,
)
