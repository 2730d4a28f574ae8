"""Signing in and out: a short access token in the answer, a rotating refresh token in its cookie."""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from fastapi import Request, Response

from enforcement.permissions import allowed
from schema import api_accounts as accounts
from schema.api_accounts import Account, NewToken, RotationOutcome
from serve.access import API
from serve.answers import json_answer, problems
from serve.api_answers import Signed, SignedInUser
from serve.api_types import Login, Refresh
from serve.callers import Caller, SignedIn, record, resource
from serve.middleware import too_many
from serve.problems import Problem
from serve.state import Api, ApiState
from serve.tokens import REFRESH_LIFE, Claims, new_refresh_token, refresh_hash, unauthenticated

COOKIE = "vigia_refresh"
COOKIE_PATH = f"{API}/auth"
router = resource("/auth", "auth")


@router.post("/login", response_model=Signed, responses=problems(401, 422, 423, 429))
async def login(request: Request, api: ApiState, given: Login) -> Response:
    """Sign in. Five wrong passwords in a row lock the account for a while (423, Retry-After)."""
    wait = await api.limiter.wait_s(f"login {request.scope.get('address')}", api.limits.per_login)
    if wait:
        raise too_many(wait)
    async with api.pool.acquire() as connection:
        attempt = await accounts.take_login_attempt(connection, given.username)
    allowed_to_try = attempt is not None and attempt.allowed
    kept = attempt.password_hash if attempt is not None and allowed_to_try else None
    # Argon2 takes tens of milliseconds: off the loop. A name that is not there costs the same.
    right = await to_thread.run_sync(api.passwords.matches, kept, given.password)
    if attempt is None or not attempt.allowed or not right or not attempt.is_active:
        await _refuse(request, api, given.username, attempt)
    assert attempt is not None  # noqa: S101 - _refuse never returns
    fresh = None
    if api.passwords.outdated(attempt.password_hash):
        fresh = await to_thread.run_sync(api.passwords.hash, given.password)
    refresh, token = _new_token(request, api)
    async with api.pool.acquire() as connection, connection.transaction():
        await accounts.login_succeeded(connection, attempt.account.id, new_hash=fresh)
        session_id = await accounts.open_session(connection, attempt.account.id, token)
        await record(
            connection,
            request,
            _caller(attempt.account, session_id),
            action="login",
            resource_type="session",
            resource_id=str(session_id),
        )
    return _signed(request, api, attempt.account, session_id, refresh)


@router.post("/refresh", response_model=Signed, responses=problems(401, 422))
async def refresh(request: Request, api: ApiState, given: Refresh | None = None) -> Response:
    """A new access token for a refresh token, which is replaced; shown again later, it ends the session."""
    shown = _shown(request, given)
    if shown is None:
        raise unauthenticated("not_signed_in", "no refresh token")
    following, token = _new_token(request, api)
    async with api.pool.acquire() as connection:
        rotation = await accounts.rotate_session(connection, refresh_hash(shown), token)
        if rotation.outcome is not RotationOutcome.ROTATED:
            api.accounts.clear()
            await record(
                connection,
                request,
                _caller(rotation.account, rotation.family_id),
                action="refresh",
                resource_type="session",
                resource_id=None if rotation.family_id is None else str(rotation.family_id),
                success=False,
                error_message=rotation.outcome.value,
            )
    if rotation.outcome is not RotationOutcome.ROTATED:
        problem = unauthenticated("session_ended", "this session has ended: sign in again")
        problem.headers["Set-Cookie"] = _expired_cookie()
        raise problem
    assert rotation.account is not None  # noqa: S101 - a rotated token is somebody's
    assert rotation.family_id is not None  # noqa: S101
    return _signed(request, api, rotation.account, rotation.family_id, following)


@router.post("/logout", status_code=204, responses=problems(422))
async def logout(request: Request, api: ApiState, given: Refresh | None = None) -> Response:
    """End the session of the refresh token; without one, nothing happens."""
    shown = _shown(request, given)
    if shown is not None:
        async with api.pool.acquire() as connection:
            ended = await accounts.revoke_token(connection, refresh_hash(shown))
            if ended:
                await record(connection, request, None, action="logout", resource_type="session")
        api.accounts.clear()
    return Response(status_code=204, headers={"Set-Cookie": _expired_cookie()})


@router.post("/logout-everywhere", status_code=204, responses=problems(401))
async def logout_everywhere(request: Request, api: ApiState, caller: SignedIn) -> Response:
    """End every session of the caller's, this one too."""
    async with api.pool.acquire() as connection, connection.transaction():
        ended = await accounts.revoke_user(connection, caller.account.id, "logout_everywhere")
        await record(
            connection,
            request,
            caller,
            action="logout_everywhere",
            resource_type="session",
            metadata={"ended": ended},
        )
    api.accounts.clear()
    return Response(status_code=204, headers={"Set-Cookie": _expired_cookie()})


@router.get("/me", response_model=SignedInUser, responses=problems(401))
async def me(caller: SignedIn) -> Response:
    """Who is signed in and what they may do."""
    return json_answer(user_row(caller.account))


def user_row(account: Account) -> dict[str, Any]:
    """An account as answers show it."""
    return {
        "id": account.id,
        "username": account.username,
        "full_name": account.full_name,
        "role": account.role,
        "permissions": sorted(allowed(account.role, account.permissions)),
    }


def _caller(account: Account | None, session_id: Any) -> Caller | None:
    if account is None:
        return None
    return Caller(account=account, session_id=session_id, permissions=frozenset())


async def _refuse(
    request: Request, api: Api, username: str, attempt: accounts.LoginAttempt | None
) -> None:
    locked = attempt is not None and not attempt.allowed
    known = None if attempt is None else attempt.account
    async with api.pool.acquire() as connection:
        await record(
            connection,
            request,
            _caller(known, None),
            action="login",
            resource_type="session",
            success=False,
            # The name that was typed may be a password in the wrong field: only known names are kept.
            error_message="locked" if locked else "unknown name" if known is None else "refused",
        )
    if locked and attempt is not None:
        seconds = str(max(1, round(attempt.retry_after_s + 0.5)))
        raise Problem(
            423,
            "account_locked",
            "too many wrong passwords: the account is locked for a while",
            headers={"Retry-After": seconds},
        )
    raise unauthenticated("wrong_credentials", "name or password is wrong")


def _new_token(request: Request, api: Api) -> tuple[str, NewToken]:
    text = new_refresh_token()
    return text, NewToken(
        token_hash=refresh_hash(text),
        expires_at=api.now() + REFRESH_LIFE,
        ip=request.scope.get("address"),
        user_agent=request.headers.get("user-agent"),
    )


def _signed(
    request: Request, api: Api, account: Account, session_id: Any, refresh_token: str
) -> Response:
    claims = Claims(user_id=account.id, session_id=session_id)
    answer = json_answer(
        {
            "access_token": api.tokens.sign(claims, api.now()),
            "token_type": "bearer",
            "expires_in": int(api.tokens.life.total_seconds()),
            "user": user_row(account),
        }
    )
    answer.set_cookie(
        COOKIE,
        refresh_token,
        max_age=int(REFRESH_LIFE.total_seconds()),
        path=COOKIE_PATH,
        httponly=True,
        samesite="strict",
        secure=request.scope.get("scheme") == "https",
    )
    return answer


def _expired_cookie() -> str:
    return f'{COOKIE}=""; Path={COOKIE_PATH}; Max-Age=0; HttpOnly; SameSite=Strict'


def _shown(request: Request, given: Refresh | None) -> str | None:
    if given is not None and given.refresh_token is not None:
        return given.refresh_token
    return request.cookies.get(COOKIE)
