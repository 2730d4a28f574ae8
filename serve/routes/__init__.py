"""One router per resource; each says what goes in and out and leaves deciding to the floors below."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from serve.routes import audit, auth, evidence, infractions, law, system, users

ROUTERS: Sequence[APIRouter] = (
    system.router,
    auth.router,
    infractions.router,
    evidence.router,
    users.router,
    law.router,
    audit.router,
)
