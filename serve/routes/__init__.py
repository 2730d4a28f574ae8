"""One router per resource; each says what goes in and out and leaves deciding to the floors below."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from serve.routes import (
    audit,
    auth,
    evidence,
    fines,
    infractions,
    law,
    models,
    monthly_reports,
    notifications,
    places,
    registry,
    reports,
    second_reviews,
    system,
    users,
)

ROUTERS: Sequence[APIRouter] = (
    system.router,
    auth.router,
    infractions.router,
    evidence.router,
    second_reviews.router,
    *fines.ROUTERS,
    reports.router,
    monthly_reports.router,
    *places.ROUTERS,
    *registry.ROUTERS,
    users.router,
    law.router,
    notifications.router,
    *models.ROUTERS,
    audit.router,
)
