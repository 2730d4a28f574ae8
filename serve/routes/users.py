"""Accounts: who there is, made, changed and unlocked by those who may."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from anyio import to_thread
from fastapi import Header, Request, Response

from enforcement.errors import BadInput
from enforcement.passwords import check_password
from enforcement.permissions import Role
from schema import api_users
from schema.api_users import NewUser as NewUserRow
from serve import api_types as types
from serve.answers import json_answer, problems
from serve.api_answers import Rows, UserRow
from serve.callers import SignedIn, record, resource, values_of
from serve.etags import etag, expected_version
from serve.idempotency import IdempotencyKey, once
from serve.state import ApiState

router = resource("/users", "users")


@router.get("", response_model=Rows, responses=problems(401, 403, 422))
async def list_users(
    api: ApiState, role: Role | None = None, is_active: bool | None = None
) -> Response:
    """Accounts by name."""
    async with api.pool.acquire() as connection:
        rows = await api_users.list_users(connection, role=role, is_active=is_active)
    return json_answer({"items": rows, "next_cursor": None})


@router.post("", status_code=201, response_model=UserRow, responses=problems(401, 403, 409, 422))
async def create_user(
    request: Request,
    api: ApiState,
    caller: SignedIn,
    given: types.NewUser,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Make an account."""
    check_password(given.password, [given.username, given.full_name or "", given.email])
    password_hash = await to_thread.run_sync(api.passwords.hash, given.password)

    async def make(connection: Any) -> Response:
        row = await api_users.create_user(
            connection,
            NewUserRow(
                username=given.username,
                email=given.email,
                password_hash=password_hash,
                full_name=given.full_name,
                role=given.role,
                permissions=tuple(given.permissions),
                created_by=caller.account.id,
            ),
        )
        await record(
            connection,
            request,
            caller,
            action="create",
            resource_type="user",
            resource_id=str(row["id"]),
            new_values=values_of(given.model_dump(mode="json")),
        )
        return json_answer(row, status=201, headers={"ETag": etag(row["version"])})

    return await once(api, request, caller, idempotency_key, make)


@router.get("/{user_id}", response_model=UserRow, responses=problems(401, 403, 404, 422))
async def get_user(api: ApiState, user_id: UUID) -> Response:
    """One account, with its ETag."""
    async with api.pool.acquire() as connection:
        row = await api_users.get_user(connection, user_id)
    return json_answer(row, headers={"ETag": etag(row["version"])})


@router.patch(
    "/{user_id}",
    response_model=UserRow,
    responses=problems(401, 403, 404, 409, 412, 422, 428),
)
async def change_user(
    request: Request,
    api: ApiState,
    caller: SignedIn,
    user_id: UUID,
    given: types.UserChange,
    if_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Change an account; sessions end where what it may do changed."""
    version = expected_version(if_match)
    asked = given.model_dump(mode="json", exclude_unset=True)
    changes = {name: value for name, value in asked.items() if name != "password"}
    for name in ("email", "role", "permissions", "is_active", "password"):
        if name in asked and asked[name] is None:
            raise BadInput(f"{name}: cannot be empty")
    if given.password is not None:
        check_password(given.password)
        changes["password_hash"] = await to_thread.run_sync(api.passwords.hash, given.password)
    async with api.pool.acquire() as connection, connection.transaction():
        before, after = await api_users.update_user(connection, user_id, version, changes)
        await record(
            connection,
            request,
            caller,
            action="update",
            resource_type="user",
            resource_id=str(user_id),
            old_values=values_of({name: before[name] for name in changes if name in before}),
            new_values=values_of(changes),
        )
    api.accounts.clear()
    return json_answer(after, headers={"ETag": etag(after["version"])})


@router.post("/{user_id}/unlock", response_model=UserRow, responses=problems(401, 403, 404, 422))
async def unlock_user(request: Request, api: ApiState, caller: SignedIn, user_id: UUID) -> Response:
    """Let a locked account try again."""
    async with api.pool.acquire() as connection, connection.transaction():
        row = await api_users.unlock_user(connection, user_id)
        await record(
            connection,
            request,
            caller,
            action="unlock",
            resource_type="user",
            resource_id=str(user_id),
        )
    return json_answer(row, headers={"ETag": etag(row["version"])})
