"""One table: every endpoint, and what its caller must hold. Nothing else opens a door.

An endpoint that is not here does not start; what each role holds stands in enforcement/permissions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from enforcement.permissions import Permission

P = Permission
API = "/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """permission: what is needed, None for anyone signed in. public: not even that."""

    permission: Permission | None = None
    public: bool = False


PUBLIC = Access(public=True)
SIGNED_IN = Access()


def _needs(permission: Permission) -> Access:
    return Access(permission=permission)


ACCESS: Mapping[str, Access] = {
    f"{method} {API}{path}": access
    for (method, path), access in {
        ("POST", "/auth/login"): PUBLIC,
        ("POST", "/auth/refresh"): PUBLIC,
        # Whoever holds the cookie may throw it away, signed in or not.
        ("POST", "/auth/logout"): PUBLIC,
        ("POST", "/auth/logout-everywhere"): SIGNED_IN,
        ("GET", "/auth/me"): SIGNED_IN,
        ("GET", "/infractions"): _needs(P.INFRACTIONS_READ),
        ("GET", "/infractions/export"): _needs(P.EXPORTS_CREATE),
        ("GET", "/infractions/live"): _needs(P.INFRACTIONS_READ),
        ("GET", "/infractions/{infraction_id}"): _needs(P.INFRACTIONS_READ),
        # Which of them is this person's is decided transition by transition in enforcement/review.
        ("POST", "/infractions/{infraction_id}/transitions"): _needs(P.INFRACTIONS_READ),
        ("GET", "/infractions/{infraction_id}/evidence/{name}"): _needs(P.EVIDENCE_VIEW),
        ("GET", "/infractions/{infraction_id}/track"): _needs(P.EVIDENCE_VIEW),
        ("GET", "/second-reviews"): _needs(P.INFRACTIONS_REVIEW),
        ("GET", "/second-reviews/{review_id}"): _needs(P.INFRACTIONS_REVIEW),
        ("POST", "/second-reviews/{review_id}"): _needs(P.INFRACTIONS_REVIEW),
        ("GET", "/reports/{name}"): _needs(P.REPORTS_READ),
        ("GET", "/monthly-reports"): _needs(P.REPORTS_READ),
        # A table of it as Parquet is an export, and needs that permission too.
        ("GET", "/monthly-reports/{month}/{name}"): _needs(P.REPORTS_READ),
        ("GET", "/users"): _needs(P.USERS_READ),
        ("POST", "/users"): _needs(P.USERS_MANAGE),
        ("GET", "/users/{user_id}"): _needs(P.USERS_READ),
        ("PATCH", "/users/{user_id}"): _needs(P.USERS_MANAGE),
        ("POST", "/users/{user_id}/unlock"): _needs(P.USERS_MANAGE),
        ("GET", "/devices"): _needs(P.DEVICES_READ),
        ("POST", "/devices"): _needs(P.DEVICES_MANAGE),
        ("GET", "/devices/{device_id}"): _needs(P.DEVICES_READ),
        ("PATCH", "/devices/{device_id}"): _needs(P.DEVICES_MANAGE),
        ("GET", "/devices/{device_id}/health"): _needs(P.DEVICES_READ),
        ("GET", "/devices/{device_id}/calibration"): _needs(P.DEVICES_READ),
        ("PUT", "/devices/{device_id}/calibration"): _needs(P.DEVICES_MANAGE),
        ("POST", "/devices/{device_id}/calibration/preview"): _needs(P.DEVICES_MANAGE),
        ("GET", "/devices/{device_id}/lanes"): _needs(P.DEVICES_READ),
        ("PUT", "/devices/{device_id}/lanes"): _needs(P.DEVICES_MANAGE),
        # People stand in these pictures as they do in evidence.
        ("GET", "/devices/{device_id}/snapshot"): _needs(P.EVIDENCE_VIEW),
        ("GET", "/zones"): _needs(P.ZONES_READ),
        ("POST", "/zones"): _needs(P.ZONES_MANAGE),
        ("GET", "/zones/{zone_id}"): _needs(P.ZONES_READ),
        ("PATCH", "/zones/{zone_id}"): _needs(P.ZONES_MANAGE),
        ("GET", "/vehicles/{plate}"): _needs(P.INFRACTIONS_READ),
        ("GET", "/drivers/{dni}"): _needs(P.PII_READ),
        ("GET", "/fines"): _needs(P.FINES_READ),
        ("POST", "/fines/{infraction_id}/payment"): _needs(P.PAYMENTS_RECORD),
        ("POST", "/fines/{infraction_id}/issue"): _needs(P.PAYMENTS_RECORD),
        ("GET", "/fines/{infraction_id}/papeleta"): _needs(P.FINES_READ),
        ("POST", "/appeals/{infraction_id}"): _needs(P.APPEALS_FILE),
        ("POST", "/appeals/{infraction_id}/resolution"): _needs(P.APPEALS_RESOLVE),
        ("GET", "/law/articles"): _needs(P.LAW_READ),
        ("GET", "/law/uit"): _needs(P.LAW_READ),
        ("GET", "/notifications"): _needs(P.NOTIFICATIONS_READ),
        # Own ones only, all of them.
        ("GET", "/notifications/preferences"): _needs(P.NOTIFICATIONS_READ),
        ("PUT", "/notifications/preferences"): _needs(P.NOTIFICATIONS_READ),
        ("GET", "/notifications/{notification_id}/deliveries"): _needs(P.NOTIFICATIONS_READ),
        ("POST", "/notifications/{notification_id}/read"): _needs(P.NOTIFICATIONS_READ),
        ("GET", "/audit"): _needs(P.AUDIT_READ),
        ("GET", "/infractions/{infraction_id}/risks/{kind}"): _needs(P.MODELS_READ),
        ("GET", "/models"): _needs(P.MODELS_READ),
        ("GET", "/predictions"): _needs(P.MODELS_READ),
        ("GET", "/system/health"): PUBLIC,
        ("GET", "/system/ready"): PUBLIC,
        ("GET", "/system/version"): PUBLIC,
    }.items()
}
