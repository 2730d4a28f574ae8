"""A question to a risk deployment, and its handle where one runs: what the API needs, without Serve's weight.

It must not know the models.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

APPLICATION: Final = "vigia-risk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Of one driver or one vehicle, at an instant. infraction_id: whose instant it is, None at large."""

    driver_dni: str | None = None
    plate: str | None = None
    at: datetime | None = None
    infraction_id: str | None = None


def deployed(kind: str) -> Any | None:
    """The handle of a deployment, None outside Ray and where the application does not run."""
    # Asked for outside Ray, Serve would start one; and under uvicorn it is never even imported.
    ray = sys.modules.get("ray")
    if ray is None or not ray.is_initialized():
        return None
    from ray import serve as ray_serve  # noqa: PLC0415
    from ray.exceptions import RayError  # noqa: PLC0415
    from ray.serve.exceptions import RayServeException  # noqa: PLC0415

    try:
        known = ray_serve.status().applications.get(APPLICATION)
    except (RayServeException, RayError):
        return None
    return None if known is None else ray_serve.get_deployment_handle(kind, APPLICATION)
