"""Who may do what: one table of roles and permissions, and nothing that checks it anywhere else.

It must not know users, tokens or requests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from enforcement.errors import BadInput


class Role(StrEnum):
    """The data model's four roles."""

    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    OPERATOR = "operator"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """One thing that a person may do; a user may be given single ones beside those of the role."""

    INFRACTIONS_READ = "infractions.read"
    EVIDENCE_VIEW = "evidence.view"
    INFRACTIONS_REVIEW = "infractions.review"
    APPEALS_FILE = "appeals.file"
    APPEALS_RESOLVE = "appeals.resolve"
    PAYMENTS_RECORD = "payments.record"
    FINES_READ = "fines.read"
    PII_READ = "pii.read"
    USERS_READ = "users.read"
    USERS_MANAGE = "users.manage"
    DEVICES_READ = "devices.read"
    DEVICES_MANAGE = "devices.manage"
    ZONES_READ = "zones.read"
    ZONES_MANAGE = "zones.manage"
    LAW_READ = "law.read"
    AUDIT_READ = "audit.read"
    REPORTS_READ = "reports.read"
    EXPORTS_CREATE = "exports.create"
    NOTIFICATIONS_READ = "notifications.read"
    MODELS_READ = "models.read"


_P = Permission

_EVERYONE = frozenset(
    {
        _P.INFRACTIONS_READ,
        _P.EVIDENCE_VIEW,
        _P.FINES_READ,
        _P.DEVICES_READ,
        _P.ZONES_READ,
        _P.LAW_READ,
        _P.NOTIFICATIONS_READ,
    }
)
_OPERATOR = _EVERYONE | {_P.INFRACTIONS_REVIEW, _P.APPEALS_FILE}

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    # Decides on what was seen; names, DNI and addresses are not needed for that.
    Role.OPERATOR: _OPERATOR,
    # Answers for operators, cameras and fines.
    Role.SUPERVISOR: _OPERATOR
    | {
        _P.APPEALS_RESOLVE,
        _P.PAYMENTS_RECORD,
        _P.PII_READ,
        _P.USERS_READ,
        _P.DEVICES_MANAGE,
        _P.ZONES_MANAGE,
        _P.REPORTS_READ,
        _P.EXPORTS_CREATE,
        _P.MODELS_READ,
    },
    # Sees what was done and changes nothing.
    Role.AUDITOR: _EVERYONE | {_P.USERS_READ, _P.AUDIT_READ, _P.REPORTS_READ, _P.MODELS_READ},
    Role.ADMIN: frozenset(Permission),
}


def allowed(role: str, extra: Sequence[str] = ()) -> frozenset[Permission]:
    """What a user of that role, with these single permissions beside it, may do.

    Names in `extra` that are no permission of this release grant nothing. Raises BadInput for a role
    that does not exist.
    """
    try:
        base = ROLE_PERMISSIONS[Role(role)]
    except ValueError:
        raise BadInput(f"role: {role!r} is none of {', '.join(Role)}") from None
    known = {permission.value for permission in Permission}
    return base | {Permission(name) for name in extra if name in known}


def checked_permissions(names: Sequence[str]) -> list[str]:
    """Single permissions as they are stored: known, sorted, once each. Raises BadInput naming others."""
    known = {permission.value for permission in Permission}
    for name in names:
        if name not in known:
            raise BadInput(f"permissions: {name!r} does not exist")
    return sorted(set(names))
