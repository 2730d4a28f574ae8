"""Access tokens (short JWTs) and refresh tokens (random, kept only as hashes).

It must not know who may do what, nor where sessions are kept.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.durable import refusals, write_new
from adapters.web_token import opened, signed
from enforcement.errors import BadInput
from serve.problems import Problem

ISSUER = "vigia"
AUDIENCE = "vigia-api"
ACCESS_LIFE = timedelta(minutes=10)
REFRESH_LIFE = timedelta(hours=12)
KEY_BYTES = 32
_MOST_OPENED = 5_000
_REQUIRED = ["exp", "iat", "nbf", "iss", "aud", "sub", "sid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """What a token of ours says: for whom, from when and until when."""

    claims: Claims
    begins: datetime
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Whom a token speaks of: the user and the session (refresh family) it was given in."""

    user_id: uuid.UUID
    session_id: uuid.UUID


class AccessTokens:
    """Signs and checks access tokens with one key.

    A signature that was good stays good: it is checked once per token, the times each time.
    """

    def __init__(self, key: bytes, *, life: timedelta = ACCESS_LIFE) -> None:
        self._key = key
        self._opened: dict[str, _Opened] = {}
        self.life = life

    def sign(self, claims: Claims, now: datetime) -> str:
        """A token that is good until now + life."""
        return signed(
            {
                "sub": str(claims.user_id),
                "sid": str(claims.session_id),
                "iss": ISSUER,
                "aud": AUDIENCE,
                "iat": now,
                "nbf": now,
                "exp": now + self.life,
            },
            self._key,
        )

    def read(self, token: str, now: datetime) -> Claims:
        """Whom it speaks of. Raises Problem 401: `token_expired`, else `token_invalid`."""
        found = self._opened.get(token)
        if found is None:
            found = self._open(token)
            if len(self._opened) >= _MOST_OPENED:
                self._opened.clear()
            self._opened[token] = found
        if now >= found.expires:
            raise unauthenticated("token_expired", "the access token has expired")
        if now < found.begins - timedelta(seconds=30):
            raise _foreign()
        return found.claims

    def _open(self, token: str) -> _Opened:
        row = opened(token, self._key, audience=AUDIENCE, issuer=ISSUER, required=_REQUIRED)
        if row is None:
            raise _foreign()
        try:
            return _Opened(
                claims=Claims(user_id=uuid.UUID(row["sub"]), session_id=uuid.UUID(row["sid"])),
                begins=datetime.fromtimestamp(float(row["nbf"]), UTC),
                expires=datetime.fromtimestamp(float(row["exp"]), UTC),
            )
        except (ValueError, TypeError, AttributeError, OverflowError, OSError):
            raise _foreign() from None


def _foreign() -> Problem:
    return unauthenticated("token_invalid", "the access token is not ours")


def unauthenticated(code: str, detail: str) -> Problem:
    """401 with the challenge that RFC 6750 asks."""
    return Problem(401, code, detail, headers={"WWW-Authenticate": 'Bearer realm="vigia"'})


def new_refresh_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(KEY_BYTES)


def refresh_hash(token: str) -> str:
    """What is kept of it. Plain SHA-256: the token has full entropy, so there is nothing to guess."""
    return hashlib.sha256(token.encode()).hexdigest()


def token_key(folder: Path) -> bytes:
    """The signing key in `folder/api-token.key`, made on first use; one key for all processes.

    Raises BadInput when the file is damaged or the folder refuses.
    """
    path = folder / "api-token.key"
    with refusals(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make_key(path)
        key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise BadInput(f"{path}: not a key of {KEY_BYTES} bytes; remove it to make a new one")
    return key


def _make_key(path: Path) -> None:
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        write_new(new, secrets.token_bytes(KEY_BYTES), mode=0o600)
        # A link appears whole or not at all, and never over another process's key.
        os.link(new, path)
    except FileExistsError:
        return
    finally:
        new.unlink(missing_ok=True)
