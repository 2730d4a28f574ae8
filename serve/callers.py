"""Who is asking, whether they may, and what of it is written down.

The door of every endpoint: reads the access token, looks at the one table, refuses. It must not know what
lies behind the door.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute

from enforcement.permissions import Permission, allowed
from schema import api_audit
from schema.api_accounts import Account, user_for_request
from schema.api_pool import Connection
from schema.api_transitions import Actor
from serve.access import ACCESS, API
from serve.answers import problems
from serve.middleware import too_many
from serve.problems import Problem
from serve.state import Api, ApiState
from serve.tokens import unauthenticated

_LOG = logging.getLogger(__name__)
# How long a revoked session or a changed role may go unseen by this process.
KNOWN_FOR_S = 2.0
_MOST_KNOWN = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks. session_id: of the log-in (refresh family)."""

    account: Account
    session_id: UUID
    permissions: frozenset[Permission]

    def may(self, permission: Permission) -> bool:
        """Whether they hold it."""
        return permission in self.permissions


async def authorise(request: Request, api: ApiState) -> Caller | None:
    """The caller, once the table lets them in; None on public endpoints.

    Raises Problem 401, 403 or 429.
    """
    route = request.scope["route"]
    access = ACCESS[f"{request.method} {route.path}"]
    if access.public:
        return None
    caller = await _caller(request, api)
    request.scope["user_id"] = str(caller.account.id)
    wait = await api.limiter.wait_s(f"user {caller.account.id}", api.limits.per_user)
    if wait:
        raise too_many(wait)
    if access.permission is not None and access.permission not in caller.permissions:
        await record_alone(
            api,
            request,
            caller,
            action="refused",
            resource_type="endpoint",
            resource_id=f"{request.method} {route.path}",
            success=False,
            error_message=f"needs {access.permission}",
        )
        raise Problem(403, "forbidden", f"this needs the permission {access.permission}")
    return caller


async def _signed_in(caller: Annotated[Caller | None, Depends(authorise)]) -> Caller:
    if caller is None:
        raise unauthenticated("not_signed_in", "sign in first")
    return caller


SignedIn = Annotated[Caller, Depends(_signed_in)]


def resource(path: str, tag: str, route_class: type[APIRoute] = APIRoute) -> APIRouter:
    """A router for one resource, behind the door."""
    return APIRouter(
        prefix=f"{API}{path}",
        tags=[tag],
        route_class=route_class,
        dependencies=[Depends(authorise)],
        responses=problems(400, 401, 403, 404, 413, 422, 429, 503),
    )


async def _caller(request: Request, api: Api) -> Caller:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise unauthenticated("not_signed_in", "send an access token: Authorization: Bearer …")
    claims = api.tokens.read(token.strip(), api.now())
    key = (claims.user_id, claims.session_id)
    known = api.accounts.get(key)
    if known is None or known[1] < api.monotonic():
        async with api.pool.acquire() as connection:
            account = await user_for_request(connection, *key)
        if account is None:
            api.accounts.pop(key, None)
            raise unauthenticated("session_ended", "this session has ended: sign in again")
        caller = Caller(
            account=account,
            session_id=claims.session_id,
            permissions=allowed(account.role, account.permissions),
        )
        if len(api.accounts) >= _MOST_KNOWN:
            api.accounts.clear()
        known = api.accounts[key] = (caller, api.monotonic() + KNOWN_FOR_S)
    found: Caller = known[0]
    return found


def actor(caller: Caller) -> Actor:
    """The caller as the schema knows who decides."""
    return Actor(
        id=caller.account.id,
        username=caller.account.username,
        permissions=caller.permissions,
    )


def origin(request: Request) -> api_audit.Request:
    """Where a request came from, as the audit keeps it."""
    route = request.scope.get("route")
    return api_audit.Request(
        ip=request.scope.get("address"),
        user_agent=request.headers.get("user-agent"),
        endpoint=getattr(route, "path", None),
        method=request.method,
        request_id=request.scope.get("request_id"),
    )


def entry(
    request: Request, caller: Caller | None, *, action: str, resource_type: str, **more: Any
) -> api_audit.AuditEntry:
    """An act of this caller in this request."""
    account = None if caller is None else caller.account
    return api_audit.AuditEntry(
        action=action,
        resource_type=resource_type,
        user_id=None if account is None else account.id,
        username=None if account is None else account.username,
        request=origin(request),
        **more,
    )


async def record(
    connection: Connection,
    request: Request,
    caller: Caller | None,
    *,
    action: str,
    resource_type: str,
    **more: Any,
) -> None:
    """Write an act down, in the caller's transaction where there is one."""
    await api_audit.append(
        connection, entry(request, caller, action=action, resource_type=resource_type, **more)
    )


async def record_alone(api: Api, request: Request, caller: Caller | None, **what: Any) -> None:
    """Write an act down on a connection of its own."""
    async with api.pool.acquire() as connection:
        await record(connection, request, caller, **what)


def values_of(change: Mapping[str, Any]) -> dict[str, Any]:
    """What the audit may show of a change: never a password."""
    return {name: "(changed)" if "password" in name else value for name, value in change.items()}
