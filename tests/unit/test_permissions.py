"""Who may do what: every cell of the table of roles and permissions, written out again by hand."""

from __future__ import annotations

import pytest

from enforcement.errors import BadInput
from enforcement.permissions import (
    ROLE_PERMISSIONS,
    Permission,
    Role,
    allowed,
    checked_permissions,
)

# Operator, supervisor, auditor, admin.
CELLS = {
    "infractions.read": "1111",
    "evidence.view": "1111",
    "infractions.review": "1101",
    "appeals.file": "1101",
    "appeals.resolve": "0101",
    "payments.record": "0101",
    "fines.read": "1111",
    "pii.read": "0101",
    "users.read": "0111",
    "users.manage": "0001",
    "devices.read": "1111",
    "devices.manage": "0101",
    "zones.read": "1111",
    "zones.manage": "0101",
    "law.read": "1111",
    "audit.read": "0011",
    "reports.read": "0111",
    "exports.create": "0101",
    "notifications.read": "1111",
    "models.read": "0111",
}
ROLES = (Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN)


def test_the_table_names_each_permission_and_role_once() -> None:
    assert set(CELLS) == {permission.value for permission in Permission}
    assert set(ROLE_PERMISSIONS) == set(Role) == set(ROLES)


@pytest.mark.parametrize("name", CELLS)
def test_each_cell_says_what_was_agreed(name: str) -> None:
    found = "".join(str(int(Permission(name) in allowed(role))) for role in ROLES)
    assert found == CELLS[name]


def test_an_auditor_changes_nothing() -> None:
    changing = {"review", "manage", "file", "resolve", "record", "create"}
    assert not {p for p in allowed("auditor") if p.value.split(".")[1] in changing}


def test_a_single_permission_is_added_to_those_of_the_role() -> None:
    more = allowed("operator", ["exports.create"])
    assert more - allowed("operator") == {Permission.EXPORTS_CREATE}


def test_a_permission_that_this_release_does_not_know_grants_nothing() -> None:
    assert allowed("operator", ["root", "*", "infractions.*"]) == allowed("operator")


@pytest.mark.parametrize("role", ["", "root", "Admin", "admin "])
def test_a_role_that_does_not_exist_is_refused(role: str) -> None:
    with pytest.raises(BadInput, match="role"):
        allowed(role)


def test_permissions_are_stored_sorted_and_once_and_others_are_refused() -> None:
    assert checked_permissions(["pii.read", "audit.read", "pii.read"]) == ["audit.read", "pii.read"]
    with pytest.raises(BadInput, match="nonsense"):
        checked_permissions(["nonsense"])
